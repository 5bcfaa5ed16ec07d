"""What a watch would have told of the last week, without making it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.issues.actions import Archive, Resolve
from core.notify.watches import DEFAULT_RULE, WatchRule
from core.rules.snooze import Condition
from tests.support.core import NOON, World
from tests.support.notify.watches import NOTHING, arrive, boom, watch


def week(world: World) -> list[tuple[str, str]]:
    """Three days of events; says what was told in C1, in order."""
    said: list[tuple[str, str]] = []

    def batch(*titles: str, times: int = 1) -> None:
        said.extend((name, why.partition(":")[0]) for (_, name), why in arrive(world, *(boom(world, title) for title in titles), times=times).items())
        world.clock.pass_by(hours=1)

    batch("a")
    batch("b", "c")
    world.do(Resolve(), ids=("SHOP-1",))
    batch("a", times=3)
    batch("a", times=5)
    world.do(Archive(is_until_escalating=True), ids=("SHOP-2",))
    batch("b", times=12)
    world.clock.pass_by(days=1)
    world.do(Archive(Condition(events=2)), ids=("SHOP-3",))
    batch("c", "a", times=2)
    world.clock.pass_by(days=1)
    return said


@pytest.mark.parametrize(
    "terms",
    [
        DEFAULT_RULE,
        WatchRule("level:error environment:production"),
        WatchRule("is:regressed"),
        WatchRule(on_new=False),
        WatchRule(on_regression=False),
        WatchRule(on_escalation=False),
        WatchRule(min_interval=600),
    ],
    ids=str,
)
def test_a_dry_run_says_what_the_watch_would_have_told(world: World, terms: WatchRule) -> None:
    # The query goes by how issues are now, and "is:regressed" was not so when SHOP-1 was new.
    watch(world, replace(terms, query=""))
    said = week(world)
    if terms.query == "is:regressed":
        said = [(name, why) for name, why in said if name == "SHOP-1"]
    run = world.core.watches.dry_run(world.project, terms)
    assert sorted((line.issue, line.why) for line in run.lines) == sorted(said)
    assert run.total == len(said) > 0
    assert [line.at for line in run.lines] == sorted((line.at for line in run.lines), reverse=True)
    assert run.is_estimate is False


def test_a_dry_run_finds_the_hours_in_which_an_issue_met_its_numbers(world: World) -> None:
    terms = WatchRule(on_regression=False, every=4)
    watch(world, terms)
    said: list[tuple[str, str]] = []
    for hour, title in enumerate("aabaabaababbaabba"):
        world.clock.now = NOON + timedelta(hours=hour)
        said += [(name, why) for (_, name), why in arrive(world, boom(world, title)).items()]
    run = world.core.watches.dry_run(world.project, terms)
    assert [(line.issue, line.why) for line in run.lines] == said[::-1]
    assert len([why for _, why in said if why == "every 4 events"]) == 3
    assert run.is_estimate is True


def test_a_dry_run_changes_nothing(world: World) -> None:
    arrive(world, boom(world))
    assert world.core.watches.dry_run(world.project, DEFAULT_RULE).total == 1
    assert world.core.watches.listed(world.organization_id) == []
    assert world.core.outbox.receipts(world.organization_id, "SHOP-1") == []


def test_a_dry_run_looks_back_a_week_at_one_project(world: World, other_world: World) -> None:
    arrive(world, boom(world))
    arrive(other_world, boom(other_world))
    web = world.core.directory.create_project("web", "acme", None)
    world.core.occurrences.record(web.id, [boom(world)])
    world.clock.now = NOON + timedelta(days=7)
    run = world.core.watches.dry_run(world.project, DEFAULT_RULE)
    assert [(line.issue, line.title, line.why, line.times) for line in run.lines] == [("SHOP-1", "Boom", "new", 1)]
    assert run.since == NOON
    world.clock.pass_by(seconds=2)
    assert world.core.watches.dry_run(world.project, DEFAULT_RULE).total == 0


def test_a_dry_run_counts_all_and_shows_the_newest_fifty(world: World) -> None:
    arrive(world, *(boom(world, str(number)) for number in range(60)))
    run = world.core.watches.dry_run(world.project, DEFAULT_RULE)
    assert (run.total, len(run.lines)) == (60, 50)


@pytest.mark.parametrize(("min_interval", "times"), [(None, 30), (20, 3), (60, 1), (600, 1)])
def test_a_dry_run_knows_counts_by_the_hour(world: World, min_interval: int | None, times: int) -> None:
    arrive(world, boom(world), times=300)
    run = world.core.watches.dry_run(world.project, replace(NOTHING, every=10, min_interval=min_interval))
    assert [(line.at, line.why, line.times) for line in run.lines] == [(NOON, "every 10 events", times)]
    assert run.total == times
