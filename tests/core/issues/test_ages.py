"""From when on time counts: what is resolved by age, what the inbox lets go, and which hours a forecast knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.issues.actions import Archive, MarkReviewed, MoveToInbox, Resolve, SetPriority, Undo, Unresolve
from core.notify.watches import ChannelName
from core.rules.snooze import Condition
from core.types import InboxReason, Priority, Status, Substatus
from tests.support.core import World

DAY = timedelta(days=1)


def by_age(world: World) -> int:
    """Another project's worth of time has passed, so that this one is looked at again."""
    world.clock.now += timedelta(hours=1)
    return world.core.timers.resolve_by_age()


def unresolve(world: World) -> None:
    world.do(Resolve())
    world.do(Unresolve())


def take_out_of_the_archive(world: World) -> None:
    world.do(Archive())
    world.do(Unresolve())


def take_a_resolve_back(world: World) -> None:
    world.do(Resolve())
    world.do(Undo(world.core.reads.activities(world.organization_id, "SHOP-1")[0].id))


def let_a_snooze_end(world: World) -> None:
    world.do(Archive(Condition(until_at=world.clock() + timedelta(minutes=1))))
    world.clock.now += timedelta(minutes=1)
    assert world.core.timers.lift_snoozes() == 1


def let_a_late_event_end_a_snooze(world: World) -> None:
    world.do(Archive(Condition(events=1)))
    assert world.event(ago=2 * DAY.total_seconds()).effect == "unarchived"


OPENERS = (unresolve, take_out_of_the_archive, take_a_resolve_back, let_a_snooze_end, let_a_late_event_end_a_snooze)


@pytest.mark.parametrize("opens", OPENERS)
def test_what_was_reopened_is_resolved_by_age_counted_from_then(world: World, opens: Callable[[World], None]) -> None:
    world.event()
    world.core.directory.set_resolve_age(world.project, 24)
    world.clock.now += 3 * DAY
    opens(world)
    assert by_age(world) == 0
    world.clock.now += DAY
    assert by_age(world) == 1
    assert world.history()[-1] == "set_resolved_by_age"


@pytest.mark.parametrize("action", [SetPriority(Priority.LOW), MarkReviewed(), Unresolve(Substatus.ESCALATING)])
def test_what_leaves_an_open_issue_open_keeps_no_age_from_it(world: World, action: SetPriority | MarkReviewed | Unresolve) -> None:
    world.event()
    world.core.directory.set_resolve_age(world.project, 24)
    world.clock.now += 2 * DAY
    world.do(action)
    assert by_age(world) == 1


def test_what_was_reopened_and_had_an_event_since_is_counted_from_that(world: World) -> None:
    world.event()
    unresolve(world)
    world.core.directory.set_resolve_age(world.project, 24)
    world.clock.now += DAY
    world.event()
    world.clock.now += timedelta(hours=20)
    assert by_age(world) == 0


def archive_until_tomorrow(world: World) -> None:
    world.do(Archive(Condition(until_at=world.clock() + DAY)))
    world.clock.now += DAY
    world.core.timers.lift_snoozes()


def archive_until_another_event(world: World) -> None:
    world.do(Archive(Condition(events=1)))
    world.event()


def regress(world: World) -> None:
    world.do(Resolve())
    world.clock.now += timedelta(seconds=1)
    world.event()


def move_there(world: World) -> None:
    world.do(MarkReviewed(), MoveToInbox())


def archive_it_there(world: World) -> None:
    world.do(Archive())
    world.do(MoveToInbox())


def nothing(world: World) -> None:
    """It is new."""


@pytest.mark.parametrize(
    ("comes_in", "reason"),
    [
        (nothing, InboxReason.NEW),
        (regress, InboxReason.REGRESSION),
        (move_there, InboxReason.MANUAL),
        (archive_it_there, InboxReason.MANUAL),
        (archive_until_another_event, InboxReason.ESCALATING),
        (archive_until_tomorrow, InboxReason.ONGOING),
    ],
)
def test_whatever_put_an_issue_into_the_inbox_it_waits_there_for_seven_days(
    world: World, comes_in: Callable[[World], None], reason: InboxReason
) -> None:
    world.event()
    comes_in(world)
    entry = world.issue().inbox
    assert entry is not None
    assert entry.reason is reason
    world.clock.now = entry.added_at + 7 * DAY - timedelta(microseconds=1)
    world.core.timers.settle()
    assert world.issue().inbox is not None
    world.clock.now += timedelta(microseconds=1)
    assert world.core.timers.settle() == 1
    assert world.issue().inbox is None
    assert world.core.timers.settle() == 0


def test_an_issue_that_leaves_the_inbox_by_itself_is_as_it_was_and_its_copies_are_drawn_again(world: World) -> None:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.event()
    world.do(MarkReviewed(), MoveToInbox())
    before, history = world.issue(), world.history()
    world.clock.now += 7 * DAY
    world.event()
    assert world.core.timers.settle() == 1
    after = world.issue()
    assert (after.version, after.status, after.substatus, world.history()) == (before.version, Status.UNRESOLVED, Substatus.ONGOING, history)


def test_many_old_entries_of_the_inbox_go_in_bounded_pieces(world: World) -> None:
    for number in range(5):
        world.event(f"issue {number}")
    world.do(Archive(), ids=tuple(range(1, 6)))
    world.do(MoveToInbox(), ids=tuple(range(1, 6)))
    world.clock.now += 7 * DAY
    assert [world.core.timers.settle(limit=2) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize(("minutes_after", "ceiling"), [(0, 30), (29, 30), (30, 10)], ids=["at once", "in the same hour", "in the next hour"])
def test_a_forecast_knows_the_clock_hour_in_which_its_week_begins(world: World, minutes_after: int, ceiling: int) -> None:
    world.clock.now += timedelta(minutes=30)
    for _ in range(3):
        world.event(ago=900)
    world.clock.now += timedelta(hours=168, minutes=minutes_after)
    world.event()
    world.do(Archive(is_until_escalating=True))
    effects = [world.event().effect for _ in range(ceiling)]
    assert effects.index("escalating") == ceiling - 1
