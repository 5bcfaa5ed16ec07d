"""Undo: an issue is brought back to where it stood, unless that would overwrite something newer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import Conflict, NotUndoable
from core.issues.actions import (
    Archive,
    Assign,
    Delete,
    Discard,
    MarkReviewed,
    Resolve,
    SetPriority,
    To,
    Unassign,
    Undo,
    Unresolve,
)
from core.issues.actions.base import Action
from core.rules.snooze import Condition
from core.types import Priority, Status
from tests.support.core import World


def newest_id(world: World, name: str = "SHOP-1") -> int:
    return world.core.reads.activities(world.organization_id, name)[0].id


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
