"""Merging issues into one, and discarding what nobody wants to see again."""

from __future__ import annotations

import pytest

from core.errors import SeveralProjects
from core.issues.actions import (
    Assign,
    Discard,
    Merge,
    Resolve,
    Restore,
    SetBookmarked,
    To,
)
from core.issues.actions.outcomes import MergeOutcome
from core.types import Status
from tests.support.core import World


def test_events_of_a_discarded_issue_are_dropped_and_counted(world: World) -> None:
    world.event()
    world.do(Discard())
    assert [world.event().effect for _ in range(2)] == ["discarded", "discarded"]
    with world.core.database.read() as work:
        (tombstone,) = work.tombstones.of_project(world.project.id, 10, 0)
    assert (tombstone.times_seen, tombstone.title, tombstone.previous_issue_id) == (2, "Boom", 1)


def test_restore_undoes_a_discard_while_its_grace_lasts(world: World) -> None:
    world.event()
    world.do(Discard())
    world.do(Restore())
    assert world.event().effect == "seen"
    assert world.issue().status is Status.UNRESOLVED


def test_a_purged_discard_still_drops_its_events(world: World) -> None:
    world.event()
    world.do(Discard())
    world.clock.pass_by(hours=2)
    while world.core.timers.begin_purges() + world.core.timers.purge():
        pass
    assert world.event().effect == "discarded"


def test_merged_issues_are_one_whose_names_all_lead_to_the_oldest(world: World) -> None:
    world.event("young", ago=5, person="ann")
    world.event("old", ago=60, person="ann")
    world.event("old", ago=50, person="bob")
    result = world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    assert result.outcomes == (MergeOutcome(primary_id=2, merged_ids=(1,)),)
    primary = world.issue("SHOP-1")
    assert (primary.short_id, primary.times_seen, primary.users_seen) == ("SHOP-2", 3, 2)
    assert world.event("young").issue_id == 2
    assert world.do(Resolve(), ids=("SHOP-1",)).changed == (2,)
    assert sum(count for _, count in world.issue("2").hours) == 4


def test_a_merge_keeps_everything_that_people_put_there(world: World) -> None:
    world.event("one", ago=60)
    world.event("two", ago=5)
    world.do(SetBookmarked(is_bookmarked=True), Assign(To("user", world.ada.id)), ids=("SHOP-2",))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    assignee = world.issue("SHOP-1").assignee
    assert assignee is not None
    with world.core.database.read() as work:
        _, marked, subscription = work.personal.of([1], world.ada.id)[1]
    assert marked
    assert subscription is not None


def test_the_events_of_merged_issues_follow_in_batches(world: World) -> None:
    world.event("one", ago=60)
    for _ in range(5):
        world.event("two", ago=5)
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    assert [world.core.timers.move_merged_events(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    with world.core.database.read() as work:
        assert len(work.events.newest(1, 100)) == 6


def test_a_merge_into_a_merge_leads_on(world: World) -> None:
    for title, ago in (("c", 10), ("b", 20), ("a", 30)):
        world.event(title, ago=ago)
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    world.do(Merge(), ids=("SHOP-2", "SHOP-3"))
    assert {world.issue(name).short_id for name in ("SHOP-1", "SHOP-2", "SHOP-3")} == {"SHOP-3"}


def test_issues_of_different_projects_are_not_merged(world: World) -> None:
    other = world.core.directory.create_project("cart", "acme", None)
    world.event()
    world.core.occurrences.record(other.id, [world.occurrence("Elsewhere")])
    with pytest.raises(SeveralProjects):
        world.do(Merge(), ids=("SHOP-1", "CART-1"))
