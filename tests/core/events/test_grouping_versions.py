"""Issues that older grouping rules made keep their events under the newest rules: nothing splits, nothing is lost, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.db.models import Event, Hash, Issue
from core.events.auto_resolve import AutoResolve, Ended, Ending
from core.issues.actions.delete import Delete, Restore
from core.issues.actions.discard import Discard
from core.issues.actions.merge import Merge
from core.issues.unmerge import UnmergeRequest
from core.occurrence import Occurrence, Recorded
from core.rules.grouping.fingerprints import fingerprints
from core.types import JSON, Actor, Source
from tests.support.core import World

HERE = Path(__file__).parent
RECORDED: dict[str, list[str]] = json.loads((HERE / "version1_hashes.json").read_text(encoding="utf-8"))
"""What the release before version 2 of the rules made of the events in ``tests/core/rules/grouping/cases``."""
CASES: dict[str, list[JSON]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))["events"] for path in (HERE.parent / "rules" / "grouping" / "cases").glob("*.json")
}


def events() -> Iterator[tuple[JSON, str]]:
    """All of them, each with the fingerprint by which its issue is known."""
    for name, hashes in RECORDED.items():
        yield from zip(CASES[name], hashes, strict=True)


def take(world: World, *hashes: tuple[str, ...]) -> list[Recorded]:
    """One batch of events with these fingerprints."""
    return record(world, [replace(world.occurrence("Boom"), hashes=own) for own in hashes])


def record(world: World, occurrences: Sequence[Occurrence]) -> list[Recorded]:
    return world.core.occurrences.record(world.project.id, occurrences)


def rows(world: World, *columns: Any) -> list[tuple[Any, ...]]:
    with world.core.database.read() as work:
        return [tuple(row) for row in work.session.execute(select(*columns).order_by(*columns))]


def known(world: World) -> dict[str, int | None]:
    """Which issue each fingerprint belongs to."""
    return dict(rows(world, Hash.hash, Hash.issue_id))


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_a_database_of_version_1_takes_the_same_events_and_no_issue_splits(world: World, size: int) -> None:
    before = record(world, [replace(world.occurrence("Boom"), hashes=(hash_,)) for _, hash_ in events()])
    issues = len(rows(world, Issue.id))
    again = [replace(world.occurrence("Boom"), hashes=fingerprints(event)) for event, _ in events()]
    after = [one for first in range(0, len(again), size) for one in record(world, again[first : first + size])]
    assert [one.issue_id for one in after] == [one.issue_id for one in before]
    assert {one.effect for one in after} == {"seen"}
    assert len(rows(world, Issue.id)) == issues
    assert {own.hashes[0] for own in again} <= known(world).keys(), "each new fingerprint was learned"


def test_the_recorded_fingerprints_are_still_those_of_version_1() -> None:
    assert [fingerprints(event)[1:] for event, _ in events()] == [(hash_,) for _, hash_ in events()]


def test_an_issue_learns_the_newest_fingerprint(world: World) -> None:
    take(world, ("old",))
    assert [one.effect for one in take(world, ("new", "old"), ("new", "unknown"))] == ["seen", "seen"]
    assert known(world) == {"new": 1, "old": 1}


@pytest.mark.parametrize("size", [1, 9])
def test_two_old_issues_that_are_one_fault_by_now_both_keep_their_events(world: World, size: int) -> None:
    take(world, ("old 1",), ("old 2",))
    batch = [("new", "old 2"), ("new", "old 1"), ("new", "old 3"), ("new", "old 2")]
    recorded = [one for first in range(0, len(batch), size) for one in take(world, *batch[first : first + size])]
    assert [(one.issue_id, one.effect) for one in recorded] == [(2, "seen"), (1, "seen"), (2, "seen"), (2, "seen")]
    assert known(world) == {"new": 2, "old 1": 1, "old 2": 2}, "the newest belongs to the first that met it"
    assert [world.issue(f"SHOP-{number}").times_seen for number in (1, 2)] == [2, 4]


def test_an_old_issue_of_two_faults_stays_one_issue(world: World) -> None:
    take(world, ("old",))
    assert [one.issue_id for one in take(world, ("new 1", "old"), ("new 2", "old"))] == [1, 1]


@pytest.mark.parametrize("size", [1, 9])
def test_new_issues_go_by_the_newest_rules_alone(world: World, size: int) -> None:
    batch = [("new 1", "old"), ("new 2", "old"), ("new 1", "old"), ("new 1", "other")]
    recorded = [one for first in range(0, len(batch), size) for one in take(world, *batch[first : first + size])]
    assert [(one.issue_id, one.effect) for one in recorded] == [(1, "new"), (2, "new"), (1, "seen"), (1, "seen")]
    assert known(world) == {"new 1": 1, "new 2": 2}


def test_what_was_discarded_under_old_rules_stays_away(world: World) -> None:
    take(world, ("old",))
    world.do(Discard())
    assert [one.effect for one in take(world, ("new", "old"), ("new", "other"), ("new", "old"))] == ["discarded", "new", "discarded"]


def test_an_old_issue_keeps_its_events_where_another_of_the_same_fault_was_discarded(world: World) -> None:
    take(world, ("old 1",), ("old 2",))
    take(world, ("new", "old 2"))
    world.do(Discard(), ids=("SHOP-2",))
    recorded = take(world, ("new", "old 1"), ("new", "old 2"), ("new", "old 3"))
    assert [(one.issue_id, one.effect) for one in recorded] == [(1, "seen"), (0, "discarded"), (0, "discarded")]
    assert known(world) == {"new": None, "old 1": 1, "old 2": None}


def test_a_restored_issue_takes_its_events_again(world: World) -> None:
    take(world, ("old",))
    world.do(Delete())
    assert take(world, ("new", "old"))[0].issue_id == 2
    world.do(Restore())
    assert [one.issue_id for one in take(world, ("new", "old"), ("new", "other"))] == [1, 2]


def test_an_unmerged_fingerprint_takes_all_its_events_along(world: World) -> None:
    take(world, ("old 1",), ("old 2",))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    take(world, ("new", "old 1"), ("new", "old 2"), ("new", "old 3"))
    request = UnmergeRequest(world.organization_id, "SHOP-1", ("old 2",), Source.API, Actor(world.ada.id, world.ada.role))
    new = world.core.unmerge.apply(request)
    assert rows(world, Event.hash, Event.issue_id) == [("new", 1), ("old 1", 1), ("old 1", 1), ("old 2", new), ("old 2", new)]
    assert [one.issue_id for one in take(world, ("new", "old 2"), ("new", "old 1"), ("new", "old 3"))] == [new, 1, 1]


def test_what_is_over_is_the_issue_that_its_events_go_to(world: World) -> None:
    take(world, ("old 1",), ("old 2",))
    take(world, ("new", "old 1"))
    world.clock.pass_by(minutes=1)
    endings = AutoResolve(world.core.database, world.core.engine)
    ending = Ending(("new", "old 2"), world.clock())
    assert endings.resolve(world.project.id, [ending], Source.WEBHOOK, is_trusted=True) == Ended(1, 0)
    assert [world.issue(f"SHOP-{number}").status.name.lower() for number in (1, 2)] == ["unresolved", "resolved"]
