"""A new issue that comes faster than its project's issues usually do escalates."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db.models import Project
from core.issues.actions import MarkReviewed, SetPriority
from core.types import InboxReason, Priority, Status, Substatus
from tests.support.core import World


def velocity(world: World) -> float | None:
    with world.core.database.read() as work:
        return work.session.scalars(select(Project.velocity).where(Project.id == world.project.id)).one()


def quiet_week(world: World) -> None:
    """Two issues of the last days with 4 and 8 events: a threshold well under one event an hour."""
    for title, events in (("old", 4), ("older", 8)):
        world.core.occurrences.record(world.project.id, [world.occurrence(title) for _ in range(events)])
    world.clock.pass_by(hours=20)
    assert world.core.timers.refresh_velocities() == 1


def burst(world: World, events: int) -> list[str]:
    return [one.effect for one in world.core.occurrences.record(world.project.id, [world.occurrence("burst") for _ in range(events)])]


def test_the_threshold_is_the_95th_percentile_of_the_rates_of_the_week(world: World) -> None:
    quiet_week(world)
    assert velocity(world) == pytest.approx(4 / 20 + 0.95 * (8 - 4) / 20)


def test_the_threshold_is_computed_once_a_day(world: World) -> None:
    quiet_week(world)
    world.clock.pass_by(hours=23)
    assert world.core.timers.refresh_velocities() == 0
    world.clock.pass_by(hours=1)
    assert [world.core.timers.refresh_velocities(), world.core.timers.refresh_velocities()] == [1, 0]


def test_a_new_issue_escalates_at_its_tenth_fast_event_and_once(world: World) -> None:
    quiet_week(world)
    assert burst(world, 12) == ["new"] + ["seen"] * 8 + ["escalating"] + ["seen"] * 2
    issue = world.issue("SHOP-3")
    assert (issue.status, issue.substatus, issue.version) == (Status.UNRESOLVED, Substatus.ESCALATING, 2)
    assert issue.inbox is not None
    assert issue.inbox.reason is InboxReason.ESCALATING
    assert world.history("SHOP-3") == ["first_seen", "set_escalating"]


def test_its_priority_is_raised_unless_it_is_locked(world: World) -> None:
    quiet_week(world)
    burst(world, 1)
    world.do(SetPriority(Priority.LOW), ids=("SHOP-3",))
    burst(world, 9)
    assert (world.issue("SHOP-3").substatus, world.issue("SHOP-3").priority) == (Substatus.ESCALATING, Priority.LOW)


def test_without_a_threshold_nothing_is_too_fast(world: World) -> None:
    assert "escalating" not in burst(world, 50)
    assert world.core.timers.refresh_velocities() == 1
    assert velocity(world) == 0
    assert "escalating" not in burst(world, 50)


def test_a_threshold_of_two_days_ago_says_nothing(world: World) -> None:
    quiet_week(world)
    world.clock.pass_by(hours=48, seconds=1)
    assert "escalating" not in burst(world, 50)


def test_what_somebody_has_looked_at_or_is_a_day_old_does_not_escalate(world: World) -> None:
    quiet_week(world)
    burst(world, 1)
    world.do(MarkReviewed(), ids=("SHOP-3",))
    assert "escalating" not in burst(world, 50)
    world.event("slow")
    world.clock.pass_by(hours=24)
    effects = [one.effect for one in world.core.occurrences.record(world.project.id, [world.occurrence("slow") for _ in range(50)])]
    assert effects == ["seen"] * 50
