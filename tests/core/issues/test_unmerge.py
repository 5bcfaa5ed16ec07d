"""Unmerge: fingerprints and their stored events become an issue of their own, on both databases."""

from __future__ import annotations

import uuid

import pytest

from core.activity_data import UnmergeDestinationData, UnmergeSourceData
from core.errors import LeavingIssue, UnknownIssue
from core.issues.actions import Archive, Delete, Merge, Resolve, Undo
from core.issues.requests import UpdateRequest
from core.issues.unmerge import NotItsOwn, UnmergeRequest
from core.rules.snooze import Condition
from core.types import Actor, ByIds, Source, Status, Substatus
from tests.support.core import World


def fingerprint(title: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, title).hex


def merge(world: World, *titles: str) -> None:
    """An event for each title, a minute apart, merged into the first's issue."""
    for title in titles:
        world.event(title, person=title, release=title)
        world.clock.pass_by(minutes=1)
    request = UpdateRequest(
        world.organization_id, ByIds(tuple(range(1, len(titles) + 1))), (Merge(),), Source.API, Actor(world.ada.id, world.ada.role)
    )
    world.core.engine.apply(request)


def unmerge(world: World, *titles: str, issue: int | str = "SHOP-1") -> int:
    hashes = tuple(fingerprint(title) for title in titles)
    return world.core.unmerge.apply(UnmergeRequest(world.organization_id, issue, hashes, Source.API, Actor(world.ada.id, world.ada.role)))


@pytest.mark.parametrize("are_moved", [True, False])
def test_the_events_go_along_with_everything_they_are_counted_in(world: World, *, are_moved: bool) -> None:
    merge(world, "one", "two")
    if are_moved:
        world.core.timers.move_merged_events()
    new = world.issue(unmerge(world, "two"))
    old = world.issue()
    assert (old.times_seen, old.users_seen, old.title) == (1, 1, "one")
    assert (new.times_seen, new.users_seen, new.title, new.short_id) == (1, 1, "two", "SHOP-3")
    assert sum(events for _, events in old.hours) == sum(events for _, events in new.hours) == 1
    assert (old.first_seen_at, old.last_seen_at) == (old.last_seen_at, old.first_seen_at)
    assert new.first_seen_at == new.last_seen_at > old.last_seen_at
    tags = {view.value for view in world.core.reads.tags(new.id) if view.key == "release"}
    assert tags == {"two"}
    assert {view.value for view in world.core.reads.tags(old.id) if view.key == "release"} == {"one"}
    assert [event.title for event in world.core.reads.events(new.id, 10)] == ["two"]


def test_new_events_follow_their_fingerprint(world: World) -> None:
    merge(world, "one", "two")
    new = unmerge(world, "two")
    assert world.event("two").issue_id == new
    assert world.event("one").issue_id == 1


def test_all_fingerprints_go_to_one_issue(world: World) -> None:
    merge(world, "one", "two", "three")
    new = unmerge(world, "two", "three", "never seen")
    assert world.core.reads.hashes(new) == sorted([fingerprint("two"), fingerprint("three")])
    assert world.core.reads.hashes(1) == [fingerprint("one")]
    assert world.issue(new).times_seen == 2


def test_even_the_last_fingerprint_can_go(world: World) -> None:
    merge(world, "one", "two")
    assert world.issue(unmerge(world, "one", "two")).times_seen == 2
    assert world.issue().times_seen == 0


def test_the_new_issue_stands_as_the_old_one(world: World) -> None:
    merge(world, "one", "two")
    world.do(Archive(Condition(events=2)))
    new = unmerge(world, "two")
    issue = world.issue(new)
    assert (issue.status, issue.substatus) == (Status.ARCHIVED, Substatus.UNTIL_CONDITION_MET)
    assert [world.event("two").effect for _ in range(2)] == ["seen", "unarchived"]
    assert world.issue().status is Status.ARCHIVED


def test_a_resolved_issue_leaves_a_resolved_one_that_regresses(world: World) -> None:
    merge(world, "one", "two")
    world.do(Resolve())
    world.clock.pass_by(minutes=1)
    new = unmerge(world, "two")
    assert (world.issue(new).status, world.issue(new).inbox) == (Status.RESOLVED, None)
    world.clock.pass_by(minutes=1)
    assert world.event("two").effect == "regressed"


def test_both_issues_tell_of_it(world: World) -> None:
    merge(world, "one", "two")
    new = unmerge(world, "two")
    assert world.history()[-1] == "unmerge_source"
    assert world.history(new) == ["first_seen", "unmerge_destination"]
    source, destination = (world.core.reads.activities(world.organization_id, name)[0] for name in ("SHOP-1", new))
    assert source.data == UnmergeSourceData(new, (fingerprint("two"),))
    assert destination.data == UnmergeDestinationData(1, (fingerprint("two"),))
    assert source.user is not None
    assert (source.version, source.source) == (world.issue().version, "api")


def test_what_the_issue_has_not_is_refused(world: World, other_world: World) -> None:
    merge(world, "one", "two")
    world.event("three")
    other_world.event("one")
    for names in (("three",), ("never seen",), ()):
        with pytest.raises(NotItsOwn):
            unmerge(world, *names)
    for issue in (99, "SHOP-99"):
        with pytest.raises(UnknownIssue):
            unmerge(world, "one", issue=issue)
    with pytest.raises(UnknownIssue):
        unmerge(other_world, "one", issue=1)
    world.do(Delete())
    with pytest.raises(LeavingIssue):
        unmerge(world, "two")


# Snoozes over merges and unmerges ---------------------------------------------------------------------------------


def tick(world: World, *events: tuple[str, str | None]) -> list[str]:
    """Events of these titles and people, a second apart."""
    effects: list[str] = []
    for title, person in events:
        world.clock.pass_by(seconds=1)
        effects.append(world.event(title, person=person).effect)
    world.clock.pass_by(seconds=1)
    return effects


def progress(world: World, name: int | str = 1) -> tuple[int, int]:
    snooze = world.issue(name).snooze
    assert snooze
    return snooze.events_so_far, snooze.users_so_far


def test_a_snooze_counts_neither_the_events_that_moved_away_nor_those_that_came_before_it(world: World) -> None:
    merge(world, "one", "two")
    tick(world, ("two", "old"), ("two", "old"), ("one", "one"))
    world.do(Archive(Condition(events=4, users=3)))
    tick(world, ("two", "ann"), ("one", "bob"), ("two", "old"))
    assert progress(world) == (3, 2)
    new = unmerge(world, "two")
    assert (progress(world), progress(world, new)) == ((1, 1), (2, 1))
    assert tick(world, ("one", "one"), ("one", "one"), ("one", "one")) == ["seen", "seen", "unarchived"]
    assert tick(world, ("two", "old"), ("two", "old")) == ["seen", "unarchived"]


def test_a_snooze_on_users_ends_exactly_at_the_nth_further_user_of_the_issue_it_stands_on(world: World) -> None:
    merge(world, "one", "two")
    world.do(Archive(Condition(users=2)))
    tick(world, ("two", "ann"))
    new = unmerge(world, "two")
    assert tick(world, ("one", "ann"), ("one", "one"), ("one", "cem")) == ["seen", "seen", "unarchived"]
    assert tick(world, ("two", "ann"), ("two", "two"), ("two", "dan")) == ["seen", "seen", "unarchived"]
    assert world.issue(new).snooze is None


def test_an_unmerge_never_brings_a_snooze_nearer_to_its_end(world: World) -> None:
    merge(world, "one", "two")
    tick(world, ("two", "ann"))
    world.do(Archive(Condition(users=1)))
    tick(world, ("one", "ann"))
    unmerge(world, "two")
    assert progress(world) == (1, 0)
    assert tick(world, ("one", "ann"), ("one", "one"), ("one", "bob")) == ["seen", "seen", "unarchived"]


@pytest.mark.parametrize(
    "condition", [Condition(events=3, events_window=60), Condition(users=3, users_window=60), Condition(events=3, users=3)], ids=repr
)
@pytest.mark.parametrize("are_moved", [True, False])
def test_what_a_merge_brings_along_ends_no_snooze(world: World, condition: Condition, *, are_moved: bool) -> None:
    tick(world, ("one", "one"), ("two", "two"))
    world.do(Archive(condition))
    tick(world, *(("two", f"person {number}") for number in range(5)))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    if are_moved:
        world.core.timers.move_merged_events()
    assert tick(world, ("one", "ann"), ("two", "bob"), ("one", "cem")) == ["seen", "seen", "unarchived"]


def test_what_a_merge_brought_along_after_the_archive_leaves_without_a_trace(world: World) -> None:
    tick(world, ("one", "one"), ("two", "two"))
    world.do(Archive(Condition(events=3, users=3)))
    tick(world, *(("two", f"person {number}") for number in range(5)))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    tick(world, ("two", "ann"), ("one", "bob"))
    assert progress(world) == (2, 2)
    new = unmerge(world, "two")
    assert (progress(world), progress(world, new)) == ((1, 1), (1, 1))


def test_a_snooze_that_is_put_back_counts_what_was_merged_meanwhile_as_old(world: World) -> None:
    tick(world, ("one", "one"), ("two", "two"))
    world.do(Archive(Condition(events=3, users=3)))
    tick(world, ("one", "ann"), *(("two", f"person {number}") for number in range(5)))
    world.do(Resolve())
    resolved = world.core.reads.activities(world.organization_id, "SHOP-1")[0].id
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    world.do(Undo(resolved))
    assert progress(world) == (1, 1)
    assert tick(world, ("one", "bob"), ("two", "cem")) == ["seen", "unarchived"]


def test_a_snooze_that_is_put_back_waits_for_nothing_that_was_unmerged_meanwhile(world: World) -> None:
    merge(world, "one", "two")
    tick(world, ("two", "two"), ("two", "two"))
    world.do(Archive(Condition(events=3)))
    tick(world, ("two", "ann"), ("one", "bob"))
    world.do(Resolve())
    resolved = world.core.reads.activities(world.organization_id, "SHOP-1")[0].id
    unmerge(world, "two")
    world.do(Undo(resolved))
    assert progress(world) == (1, 1)


def test_an_archive_until_escalating_expects_what_merge_and_unmerge_leave_in_the_issue(world: World) -> None:
    tick(world, ("one", "one"))
    world.do(Archive(is_until_escalating=True))
    tick(world, *(("two", "two") for _ in range(15)))
    world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    assert tick(world, ("one", "one")) == ["seen"]
    unmerge(world, "two")
    assert tick(world, *(("one", "one") for _ in range(19)))[-2:] == ["seen", "escalating"]


def test_an_archive_after_an_unmerge_counts_from_its_own_beginning(world: World) -> None:
    merge(world, "one", "two")
    world.do(Archive(Condition(events=2)))
    tick(world, ("two", "ann"))
    unmerge(world, "two")
    world.do(Archive(Condition(events=1)))
    assert tick(world, ("one", "ann")) == ["unarchived"]
