"""Priority, inbox, personal things, and archives that end by a window or an escalation."""

from __future__ import annotations

import pytest

from core.activity_data import EscalatedData
from core.issues.actions import (
    Archive,
    Assign,
    MarkReviewed,
    MoveToInbox,
    Resolve,
    SetBookmarked,
    SetPriority,
    SetPublic,
    SetSeen,
    SetSubscribed,
    To,
)
from core.issues.actions.base import Action
from core.issues.actions.outcomes import ShareOutcome
from core.issues.requests import UpdateRequest
from core.rules.snooze import Condition
from core.types import ByIds, InboxReason, Priority, Source, Substatus
from tests.support.core import World

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
