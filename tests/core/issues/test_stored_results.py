"""What is kept of a request's result: read as it was written, by this version or by an older one."""

from __future__ import annotations

from typing import get_args

import pytest

from core.issues.actions import Archive, Assign, Resolve, SetPriority, To
from core.issues.actions.outcomes import (
    InboxChange,
    InboxOutcome,
    Outcome,
    PriorityOutcome,
    ResolveOutcome,
    SeenOutcome,
    merged,
)
from core.issues.requests import UpdateResult
from core.issues.stored_results import as_json, repeated
from core.rules.snooze import Condition
from core.types import JSON, Priority
from tests.support.core import World
from tests.support.outcome_rows import ROWS


def test_the_rows_have_every_kind_of_outcome() -> None:
    assert {type(outcome) for _, outcome in ROWS} == set(get_args(Outcome))


@pytest.mark.parametrize(("stored", "outcome"), ROWS)
def test_each_outcome_is_read_as_it_was_written(stored: JSON, outcome: Outcome) -> None:
    result = UpdateResult((1, 2), (2,), (outcome,))
    assert as_json(result) == {"matched": (1, 2), "changed": (2,), "delta": stored}
    assert repeated({"matched": [1, 2], "changed": [2], "delta": stored}) == UpdateResult((1, 2), (2,), (outcome,), is_repeat=True)


def test_a_row_that_lacks_everything_is_read() -> None:
    assert repeated({}) == UpdateResult((), (), (), is_repeat=True)
    assert repeated({"delta": {"statusDetails": {}, "news": 1}}) == UpdateResult((), (), (), is_repeat=True)


def test_several_outcomes_keep_their_order_when_they_are_stored(world: World) -> None:
    world.event()
    actions = (SetPriority(Priority.LOW), Archive(Condition(events=3)), Assign(To("user", world.ada.id)))
    first = world.do(*actions, request_id="slack:1")
    assert [outcome.subject for outcome in first.outcomes] == ["priority", "status", "inbox", "assignee"]
    again = world.do(*actions, request_id="slack:1")
    assert (again.is_repeat, again.outcomes) == (True, first.outcomes)


def test_of_several_outcomes_of_one_subject_the_last_one_holds(world: World) -> None:
    world.event()
    result = world.do(Archive(), Resolve())
    assert result.outcomes == (ResolveOutcome(), InboxOutcome(InboxChange.CLEARED))
    low, high, seen = PriorityOutcome(Priority.LOW), PriorityOutcome(Priority.HIGH), SeenOutcome(is_seen=True)
    assert merged([low, seen, high]) == (high, seen)
