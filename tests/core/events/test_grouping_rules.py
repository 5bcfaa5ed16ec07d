"""Grouping rules of a project's own: how they are stored, and what a dry run says of the last week."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ingest.events import occurrence
from core.errors import Invalid
from core.events.grouping_rules import MAX_DRY_RUN_LINES
from core.rules.grouping.own_rules import OwnRules
from core.types import JSON, Source
from tests.support.core import World

RULES = "# ours\nerror.type:Timeout -> timeout\n"


def happen(world: World, event: JSON, *, source: Source = Source.INGEST, times: int = 1) -> None:
    rules = world.core.grouping_rules.of_project(world.project.id)
    taken = [replace(occurrence(event, world.clock(), rules=rules), door=source) for _ in range(times)]
    world.core.occurrences.record(world.project.id, taken)


def crash(kind: str, value: str, **more: object) -> JSON:
    return {"exception": {"values": [{"type": kind, "value": value}]}, **more}


def test_rules_are_stored_replaced_and_removed(world: World, other_world: World) -> None:
    rules = world.core.grouping_rules
    assert (rules.text(world.project.id), rules.of_project(world.project.id)) == ("", OwnRules())
    assert rules.set(world.project, RULES).count == 1
    assert (rules.text(world.project.id), rules.of_project(world.project.id).count) == (RULES, 1)
    assert rules.text(other_world.project.id) == ""
    rules.set(world.project, "\n# nothing but a comment\n")
    assert rules.text(world.project.id) == ""


def test_rules_that_are_refused_change_nothing(world: World) -> None:
    rules = world.core.grouping_rules
    rules.set(world.project, RULES)
    for attempt in (rules.set, rules.dry_run):
        with pytest.raises(Invalid, match="Line 2: “typ” is not a matcher here"):
            attempt(world.project, "type:X -> y\ntyp:X -> y")
    assert rules.text(world.project.id) == RULES


def test_rules_that_another_version_stored_and_nobody_understands_do_not_apply(world: World) -> None:
    with world.core.database.write() as work:
        work.accounts.set_grouping_rules(world.project.id, "from the future")
    assert world.core.grouping_rules.of_project(world.project.id) == OwnRules()


def test_a_dry_run_tells_of_joins_and_splits_and_changes_nothing(world: World) -> None:
    for value, times in (("no answer from the database", 2), ("no answer from the shop", 1)):
        happen(world, crash("Timeout", value), times=times)
    for region in ("eu", "us", "us"):
        happen(world, crash("Full", "the disk is full", tags={"region": region}))
    happen(world, crash("Other", "stays"))
    run = world.core.grouping_rules.dry_run(world.project, f"{RULES}error.type:Full -> {{{{ default }}}}, {{{{ tags.region }}}}")
    assert (run.events, run.issues_now, run.issues_then) == (7, 4, 4)
    assert run.since == world.clock() - timedelta(days=7)
    (join,), (split,) = run.joins, run.splits
    assert (set(join.issues), join.title, join.count, join.events) == ({"SHOP-1", "SHOP-2"}, "Timeout: no answer from the database", 2, 3)
    assert (split.issues, split.title, split.count, split.events) == (("SHOP-3",), "Full: the disk is full", 2, 3)
    assert world.core.grouping_rules.text(world.project.id) == ""
    assert [world.issue(number).times_seen for number in ("SHOP-1", "SHOP-2", "SHOP-3", "SHOP-4")] == [2, 1, 3, 1]


def test_a_dry_run_foretells_what_the_rules_then_do(world: World) -> None:
    events = [crash("Timeout", f"no answer from {place}") for place in ("database", "shop", "mail")] + [crash("Other", "stays")]
    for event in events:
        happen(world, event)
    assert world.core.grouping_rules.dry_run(world.project, RULES).issues_then == 2
    world.core.grouping_rules.set(world.project, RULES)
    for event in events:
        happen(world, event)
    assert world.issue("SHOP-5").times_seen == 3
    assert world.issue("SHOP-4").times_seen == 2


def test_a_dry_run_looks_at_the_last_week_of_this_project_and_leaves_alerts_alone(world: World, other_world: World) -> None:
    happen(world, crash("Timeout", "long ago"))
    world.clock.pass_by(days=8)
    happen(other_world, crash("Timeout", "elsewhere"))
    happen(world, crash("Timeout", "an alert"), source=Source.ALERTMANAGER)
    happen(world, crash("Timeout", "another alert"), source=Source.ALERTMANAGER)
    run = world.core.grouping_rules.dry_run(world.project, RULES)
    assert (run.events, run.issues_now, run.issues_then, run.joins) == (2, 2, 2, ())


def test_a_dry_run_names_the_ten_biggest_changes(world: World) -> None:
    for number in range(MAX_DRY_RUN_LINES + 2):
        for region in ("eu", "us"):
            happen(world, crash(f"Error{'abcdefghijklmnop'[number]}", "x", tags={"region": region}))
    run = world.core.grouping_rules.dry_run(world.project, "error.type:* -> {{ error.type }}, {{ tags.region }}")
    assert (run.issues_now, run.issues_then, len(run.splits)) == (12, 24, MAX_DRY_RUN_LINES)
    run = world.core.grouping_rules.dry_run(world.project, "error.type:* -> all")
    assert (run.issues_then, run.joins[0].count, len(run.joins[0].issues)) == (1, 12, 5)
