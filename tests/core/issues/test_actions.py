"""Priority, inbox, personal things, windows, archive until escalating, discard, merge and undo."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.activity_data import EscalatedData
from core.errors import Conflict, NotUndoable, SeveralProjects
from core.issues.actions import (
    Archive,
    Assign,
    Delete,
    Discard,
    MarkReviewed,
    Merge,
    MoveToInbox,
    Resolve,
    Restore,
    SetBookmarked,
    SetPriority,
    SetPublic,
    SetSeen,
    SetSubscribed,
    To,
    Unassign,
    Undo,
    Unresolve,
)
from core.issues.actions.base import Action
from core.issues.actions.outcomes import MergeOutcome, ShareOutcome
from core.issues.requests import UpdateRequest
from core.rules.snooze import Condition
from core.types import ByIds, InboxReason, Priority, Source, Status, Substatus
from tests.support.core import World


def newest_id(world: World, name: str = "SHOP-1") -> int:
    return world.core.reads.activities(world.organization_id, name)[0].id


# Priority and inbox -------------------------------------------------------------------------------------------------


def test_a_priority_is_set_once_and_locked(world: World) -> None:
    world.event()
    assert world.do(SetPriority(Priority.LOW)).changed
    assert not world.do(SetPriority(Priority.LOW)).changed
    issue = world.issue()
    assert (issue.priority, issue.priority_locked_at) == (Priority.LOW, world.clock())


def test_the_same_priority_is_locked_without_a_word(world: World) -> None:
    world.event()
    assert not world.do(SetPriority(Priority.HIGH)).changed
    assert world.issue().priority_locked_at is not None
    assert world.history() == ["first_seen"]


def test_an_escalation_raises_the_priority_unless_it_is_locked(world: World) -> None:
    for title, locks in (("locked", True), ("free", False)):
        world.event(title)
        name = f"SHOP-{1 if locks else 2}"
        if locks:
            world.do(SetPriority(Priority.LOW), ids=(name,))
        else:
            with world.core.database.write() as work:
                work.issues.relock([2])[0].priority = Priority.LOW
        world.do(Archive(Condition(events=1)), ids=(name,))
        world.event(title)
    assert (world.issue("SHOP-1").priority, world.issue("SHOP-2").priority) == (Priority.LOW, Priority.MEDIUM)


def test_back_into_the_inbox_by_hand(world: World) -> None:
    world.event()
    assert not world.do(MoveToInbox()).changed
    world.do(MarkReviewed())
    assert world.do(MoveToInbox()).changed
    inbox = world.issue().inbox
    assert inbox is not None
    assert inbox.reason is InboxReason.MANUAL


# Personal things ----------------------------------------------------------------------------------------------------


def test_personal_things_are_no_triage(world: World) -> None:
    world.event()
    for action in (SetSeen(is_seen=True), SetBookmarked(is_bookmarked=True), SetSubscribed(is_subscribed=True), SetPublic(is_public=True)):
        world.do(action)
    assert world.issue().version == 1
    assert world.history() == ["first_seen", "set_public"]
    with world.core.database.read() as work:
        seen, marked, subscription = work.personal.of([1], world.ada.id)[1]
    assert (seen, marked, subscription is not None) == (True, True, True)


def test_taking_a_bookmark_away_ends_only_the_subscription_that_came_with_it(world: World) -> None:
    world.event("a")
    world.event("b")
    world.do(SetBookmarked(is_bookmarked=True), ids=("SHOP-1",))
    world.do(Resolve(), ids=("SHOP-2",))
    world.do(SetBookmarked(is_bookmarked=True), ids=("SHOP-2",))
    world.do(SetBookmarked(is_bookmarked=False), ids=("SHOP-1", "SHOP-2"))
    with world.core.database.read() as work:
        assert [work.subscriptions.users_of(issue_id) for issue_id in (1, 2)] == [set(), {world.ada.id}]


def test_leaving_is_explicit_and_stands(world: World) -> None:
    world.event()
    world.do(SetSubscribed(is_subscribed=False))
    world.do(Assign(To("user", world.ada.id)), Resolve())
    with world.core.database.read() as work:
        assert work.subscriptions.users_of(1) == set()


def test_a_public_issue_keeps_its_link_until_it_is_private(world: World) -> None:
    world.event()
    first = world.share()
    assert world.share() == first
    assert world.do(SetPublic(is_public=False)).outcomes == (ShareOutcome(is_public=False, share_id=None),)
    assert world.share() != first
    assert world.history() == ["first_seen", "set_public", "set_private", "set_public"]


@pytest.mark.parametrize("action", [SetSeen(is_seen=True), SetBookmarked(is_bookmarked=True), SetSubscribed(is_subscribed=True)], ids=repr)
def test_nobody_has_nothing_personal(world: World, action: Action) -> None:
    world.event()
    request = UpdateRequest(world.organization_id, ByIds(("SHOP-1",)), (action,), Source.API)
    assert world.core.engine.apply(request).changed == ()


# Archives -----------------------------------------------------------------------------------------------------------


def test_a_window_slides(world: World) -> None:
    world.event()
    world.do(Archive(Condition(events=3, events_window=10)))
    effects = []
    for minutes in (1, 1, 9, 1, 1):
        world.clock.pass_by(minutes=minutes)
        effects.append(world.event().effect)
    assert effects == ["seen", "seen", "seen", "seen", "unarchived"]


def test_a_window_of_users_counts_different_people(world: World) -> None:
    world.event(person="ann")
    world.do(Archive(Condition(users=2, users_window=10)))
    world.clock.pass_by(minutes=1)
    assert [world.event(person=person).effect for person in ("ann", "ann")] == ["seen", "seen"]
    world.clock.pass_by(minutes=11)
    assert [world.event(person=person).effect for person in ("bob", "ann")] == ["seen", "unarchived"]


def test_until_escalating_ends_when_an_hour_exceeds_the_forecast(world: World) -> None:
    world.event()
    world.do(Archive(is_until_escalating=True))
    assert world.issue().substatus is Substatus.UNTIL_ESCALATING
    # One event in one hour of the week: the forecast is ten times that.
    effects = [world.event().effect for _ in range(11)]
    assert effects == ["seen"] * 9 + ["escalating", "seen"]
    move = world.issue().last_move
    assert move is not None
    assert isinstance(move.data, EscalatedData)
    assert (move.data.forecast, move.data.events) == (10, 11)


def test_a_forecast_is_made_anew_each_day(world: World) -> None:
    world.event()
    world.do(Archive(is_until_escalating=True))
    for _ in range(4):
        world.event()
    assert world.core.timers.refresh_forecasts() == 0
    world.clock.pass_by(days=1)
    assert [world.core.timers.refresh_forecasts(), world.core.timers.refresh_forecasts()] == [1, 0]
    assert [world.event().effect for _ in range(51)].index("escalating") == 50


def test_what_was_new_for_a_week_is_ongoing(world: World) -> None:
    world.event()
    world.clock.pass_by(days=6, hours=23)
    assert world.core.timers.settle() == 0
    world.clock.pass_by(hours=1)
    assert [world.core.timers.settle(), world.core.timers.settle()] == [1, 0]
    issue = world.issue()
    assert (issue.substatus, issue.inbox) == (Substatus.ONGOING, None)


# Discard ------------------------------------------------------------------------------------------------------------


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


# Merge --------------------------------------------------------------------------------------------------------------


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


# Undo ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action",
    [
        Resolve(),
        Archive(),
        Archive(Condition(events=3)),
        MarkReviewed(),
        SetPriority(Priority.LOW),
        Assign(To("user", 1)),
        Delete(),
        Discard(),
    ],
    ids=lambda action: repr(action)[:30],
)
def test_undo_brings_an_issue_back_to_where_it_stood(world: World, action: Action) -> None:
    world.event()
    before = world.issue()
    world.do(action)
    world.do(Undo(newest_id(world, "1")), ids=(1,))
    after = world.issue()
    for fact in ("status", "substatus", "priority", "priority_locked_at", "assignee", "snooze", "inbox", "purge_at"):
        assert getattr(after, fact) == getattr(before, fact), fact
    assert world.event().effect == "seen"


def test_undo_of_unarchive_brings_the_snooze_back(world: World) -> None:
    world.event()
    world.do(Archive(Condition(until_at=world.clock() + timedelta(hours=1))))
    before = world.issue().snooze
    world.do(Unresolve())
    world.do(Undo(newest_id(world)))
    assert world.issue().snooze == before
    world.clock.pass_by(hours=1)
    assert world.core.timers.lift_snoozes() == 1


def test_undo_that_would_overwrite_something_newer_is_refused_with_who_and_when(world: World) -> None:
    world.event()
    world.do(Resolve())
    resolved = newest_id(world)
    world.do(Archive())
    with pytest.raises(Conflict, match="archived by Ada at 12:00 UTC"):
        world.do(Undo(resolved))
    assert world.issue().status is Status.ARCHIVED


def test_a_newer_change_of_something_else_does_not_hinder_an_undo(world: World) -> None:
    world.event()
    world.do(Resolve())
    resolved = newest_id(world)
    world.do(Assign(To("user", world.ada.id)))
    world.do(Undo(resolved))
    assert world.issue().status is Status.UNRESOLVED
    assert world.issue().assignee is not None


def test_an_undo_can_be_undone(world: World) -> None:
    world.event()
    world.do(Resolve())
    world.do(Undo(newest_id(world)))
    world.do(Undo(newest_id(world)))
    assert world.issue().status is Status.RESOLVED


def test_what_nobody_did_and_what_is_anothers_cannot_be_undone(world: World, other_world: World) -> None:
    world.event("a")
    world.event("b")
    with pytest.raises(NotUndoable):
        world.do(Undo(newest_id(world)))
    world.do(Resolve(), ids=("SHOP-2",))
    for activity in (newest_id(world, "SHOP-2"), 10**6):
        with pytest.raises(NotUndoable):
            world.do(Undo(activity))
    other_world.event()
    with pytest.raises(NotUndoable):
        other_world.do(Undo(newest_id(world, "SHOP-2")))


def test_undo_of_an_unassign_gives_it_back(world: World) -> None:
    world.event()
    world.do(Assign(To("user", world.ada.id)))
    world.do(Unassign())
    world.do(Undo(newest_id(world)))
    assignee = world.issue().assignee
    assert assignee is not None
    assert assignee.id == world.ada.id
