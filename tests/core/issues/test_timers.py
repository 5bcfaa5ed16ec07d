"""What happens by itself when its time has come: snoozes end, deletions are carried out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.activity_data import ResolvedByAgeData
from core.bootstrap import CoreSettings, open_core
from core.errors import Invalid, TooLate
from core.issues.actions import Archive, Delete, Resolve, Restore
from core.notify.watches import ChannelName
from core.rules.snooze import Condition
from core.types import Source, Status, Substatus
from tests.support.core import Clock, World


def archive_for(world: World, seconds: float, name: str = "SHOP-1") -> None:
    world.do(Archive(Condition(until_at=world.clock() + timedelta(seconds=seconds))), ids=(name,))


def test_a_snooze_ends_at_its_time_and_not_before(world: World) -> None:
    world.event()
    archive_for(world, 60)
    world.clock.pass_by(seconds=59.9)
    assert world.core.timers.lift_snoozes() == 0
    world.clock.pass_by(seconds=0.1)
    assert world.core.timers.lift_snoozes() == 1
    issue = world.issue()
    assert (issue.status, issue.substatus, issue.snooze) == (Status.UNRESOLVED, Substatus.ONGOING, None)
    assert issue.last_move is not None
    assert (issue.last_move.source, issue.last_move.user) == (Source.SCHEDULER, None)
    assert issue.inbox is not None


def test_a_snooze_ends_once(world: World, database_url: str, clock: Clock) -> None:
    world.event()
    archive_for(world, 60)
    clock.pass_by(hours=1)
    other = open_core(CoreSettings(database_url), clock)
    assert [world.core.timers.lift_snoozes(), other.timers.lift_snoozes(), world.core.timers.lift_snoozes()] == [1, 0, 0]
    other.close()
    assert world.history() == ["first_seen", "set_ignored", "set_unresolved"]


def test_many_due_snoozes_are_lifted_in_bounded_pieces(world: World) -> None:
    for number in range(7):
        world.event(f"issue {number}")
    for number in range(1, 8):
        archive_for(world, 60, f"SHOP-{number}")
    world.clock.pass_by(hours=1)
    assert [world.core.timers.lift_snoozes(limit=3) for _ in range(4)] == [3, 3, 1, 0]


def test_the_snooze_of_a_deleted_issue_leaves_it_deleted(world: World) -> None:
    world.event()
    archive_for(world, 60)
    world.do(Delete())
    world.clock.pass_by(minutes=2)
    world.core.timers.lift_snoozes()
    assert world.issue().status is Status.PENDING_DELETION


def test_a_restored_issue_comes_back_with_its_snooze(world: World) -> None:
    world.event()
    archive_for(world, 60)
    world.do(Delete())
    world.do(Restore())
    world.clock.pass_by(minutes=2)
    assert world.core.timers.lift_snoozes() == 1
    assert world.issue().status is Status.UNRESOLVED


def test_a_deletion_is_carried_out_when_its_grace_is_over(world: World) -> None:
    world.event()
    world.event()
    world.do(Delete())
    world.clock.pass_by(minutes=59)
    assert world.core.timers.begin_purges() == 0
    world.clock.pass_by(minutes=1)
    assert world.core.timers.begin_purges() == 1
    assert world.issue().status is Status.DELETION_IN_PROGRESS
    assert [world.core.timers.purge(limit=1) for _ in range(4)] == [1, 1, 1, 0]
    for name in ("1", "shop-1"):
        with pytest.raises(TooLate):
            world.issue(name)


def test_a_purge_waits_until_every_copy_says_so(world: World) -> None:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.event()
    world.do(Delete())
    world.clock.pass_by(hours=2)
    world.core.timers.begin_purges()
    assert [world.core.timers.purge() for _ in range(2)] == [1, 0]
    (claim,) = world.core.outbox.claim()
    errand = world.core.outbox.next(claim) or pytest.fail("nothing due")
    world.core.outbox.mark_shown(claim, errand, "ts", world.issue().version)
    assert world.core.timers.purge() == 1


def test_a_copy_that_cannot_be_told_holds_a_purge_up_for_a_day_at_most(world: World) -> None:
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.event()
    world.do(Delete())
    world.clock.pass_by(hours=2)
    world.core.timers.begin_purges()
    world.core.timers.purge()
    world.clock.pass_by(days=1)
    assert world.core.timers.purge() == 1


def test_the_number_of_a_purged_issue_is_not_given_out_again(world: World) -> None:
    world.event()
    world.do(Delete())
    world.clock.pass_by(hours=2)
    while world.core.timers.begin_purges() + world.core.timers.purge():
        pass
    world.event()
    assert world.issue("SHOP-2").id == 2


def test_old_requests_are_forgotten_and_recent_ones_are_not(world: World) -> None:
    world.event()
    world.do(Resolve(), request_id="slack:1")
    world.clock.pass_by(hours=23)
    assert world.core.timers.forget_requests() == 0
    world.clock.pass_by(hours=2)
    assert world.core.timers.forget_requests() == 1


def test_what_has_had_no_event_for_its_projects_age_is_resolved(world: World) -> None:
    world.event("a")
    world.event("b", ago=3600)
    world.core.directory.set_resolve_age(world.project, 24)
    world.clock.pass_by(hours=23)
    assert world.core.timers.resolve_by_age() == 1
    issue = world.issue("SHOP-2")
    assert (issue.status, issue.substatus, issue.inbox) == (Status.RESOLVED, None, None)
    (latest, *_) = world.core.reads.activities(world.organization_id, "SHOP-2")
    assert (latest.type.name.lower(), latest.data, latest.source) == ("set_resolved_by_age", ResolvedByAgeData(hours=24), Source.SCHEDULER)
    assert world.issue("SHOP-1").status is Status.UNRESOLVED


def test_it_regresses_with_the_next_event(world: World) -> None:
    world.event()
    world.core.directory.set_resolve_age(world.project, 1)
    world.clock.pass_by(hours=1)
    assert world.core.timers.resolve_by_age() == 1
    world.clock.pass_by(seconds=1)
    assert world.event().effect == "regressed"


def test_what_is_archived_or_has_no_age_stays_as_it_is(world: World, other_world: World) -> None:
    for title in ("a", "b"):
        world.event(title)
    other_world.event("c")
    world.do(Archive())
    world.core.directory.set_resolve_age(world.project, 1)
    world.clock.pass_by(days=9)
    assert [world.core.timers.resolve_by_age(), world.core.timers.resolve_by_age()] == [1, 0]
    assert world.issue("SHOP-1").status is Status.ARCHIVED
    assert other_world.issue("SHOP-1").status is Status.UNRESOLVED


def test_many_silent_issues_are_resolved_in_bounded_pieces_and_then_not_looked_for_for_an_hour(world: World) -> None:
    world.core.occurrences.record(world.project.id, [world.occurrence(f"issue {number}") for number in range(7)])
    world.core.directory.set_resolve_age(world.project, 1)
    world.clock.pass_by(hours=1)
    assert [world.core.timers.resolve_by_age(limit=3) for _ in range(4)] == [3, 3, 1, 0]
    world.event("late", ago=3600)
    assert world.core.timers.resolve_by_age() == 0
    world.clock.pass_by(hours=1)
    assert world.core.timers.resolve_by_age() == 1


def test_an_age_can_be_taken_back_and_must_make_sense(world: World) -> None:
    world.event()
    world.core.directory.set_resolve_age(world.project, 1)
    world.core.directory.set_resolve_age(world.project, None)
    world.clock.pass_by(days=9)
    assert world.core.timers.resolve_by_age() == 0
    for hours in (0, -1, 10**6):
        with pytest.raises(Invalid, match="whole number from 1"):
            world.core.directory.set_resolve_age(world.project, hours)
