"""The checker itself: an honest history passes, and each fault that is planted in it is found, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.faults.history import Change, Copy, History, Sent, Standing, duplicates, findings

OPEN, ARCHIVED, GONE = "Unresolved, new", "Archived forever by @Ada", "Deleted for good"


def sent(at: float, do: str, external_id: str, issue: tuple[int, int, str], key: str = "") -> Sent:
    number, version, state = issue
    return Sent(at, do, "C1", external_id, key, number, version, state)  # type: ignore[arg-type]


HONEST = History(
    sent=(
        sent(1, "post", "a", (1, 1, OPEN), "message-1"),
        sent(2, "post", "b", (2, 1, OPEN), "message-2"),
        sent(3, "update", "a", (1, 2, ARCHIVED)),
        sent(4, "reply", "line", (1, 0, "Ada archived it"), "line-1"),
        sent(5, "post", "c", (3, 1, OPEN), "message-3"),
        sent(6, "update", "c", (3, 3, GONE)),
        sent(7, "post", "d", (4, 1, OPEN), "message-4"),
        sent(8, "post", "s", (0, 0, "41 new issues"), "storm-1"),
    ),
    copies=(
        Copy(1, "C1", 1, "a"),
        Copy(2, "C1", 2, "b"),
        Copy(4, "C1", 4, "d"),
        Copy(5, "C2", 2, None, is_parked=True),
        Copy(6, "C1", 5, None, storm=1),
    ),
    issues={1: Standing(2, ARCHIVED, 5), 2: Standing(1, OPEN, 1), 4: Standing(1, OPEN, 2), 5: Standing(1, OPEN, 1)},
    answered=(Change(1, "set_ignored"),),
    changes=(Change(1, "set_ignored"),),
    events={1: 5, 2: 1, 4: 2},
)
"""Two copies, one of them redrawn; a line in a thread; an issue that is gone; a copy that waits for repair; a
storm that stands for an issue."""


def without(history: History, position: int) -> History:
    return replace(history, sent=history.sent[:position] + history.sent[position + 1 :])  # type: ignore[operator]


def with_sent(history: History, position: int, one: Sent) -> History:
    return replace(history, sent=(*history.sent[:position], one, *history.sent[position:]))


def swapped(history: History, first: int, second: int) -> History:
    sent = list(history.sent)
    sent[first], sent[second] = sent[second], sent[first]
    return replace(history, sent=sent)


def standing(history: History, issue_id: int, one: Standing) -> History:
    return replace(history, issues={**history.issues, issue_id: one})


PLANTED: dict[str, tuple[str, Callable[[History], History]]] = {
    "a copy that was never posted": ("loss", lambda it: without(it, 1)),
    "a copy that the ledger takes for posted under another id": (
        "loss",
        lambda it: replace(it, copies=(*it.copies[:1], Copy(2, "C1", 2, "x"), *it.copies[2:])),
    ),
    "a storm without its summary": ("loss", lambda it: without(it, 7)),
    "a post that came twice": ("double", lambda it: with_sent(it, 1, sent(1.5, "post", "a2", (9, 1, GONE), "message-1"))),
    "a line that came twice": ("double", lambda it: with_sent(it, 5, sent(4.5, "reply", "line2", (1, 0, "Ada archived it"), "line-1"))),
    "two alerts in the wrong order": ("order", lambda it: swapped(it, 0, 1)),
    "an older state over a newer one": ("order", lambda it: with_sent(it, 1, sent(1.5, "update", "a", (1, 3, OPEN)))),
    "a copy that was not redrawn": ("untruth", lambda it: without(it, 2)),
    "a copy with the right version and the wrong words": ("untruth", lambda it: standing(it, 2, Standing(1, ARCHIVED, 1))),
    "a copy that shows another issue": ("untruth", lambda it: with_sent(it, 7, sent(8, "update", "d", (1, 2, ARCHIVED)))),
    "a purge that its copy does not tell of": ("untruth", lambda it: without(it, 5)),
    "a click that was answered and is not there": ("unkept", lambda it: replace(it, changes=())),
    "a click that acted twice": ("twice", lambda it: replace(it, changes=[*it.changes, *it.changes])),
    "an accepted event that is not counted": ("uncounted", lambda it: standing(it, 4, Standing(1, OPEN, 1))),
    "an event that is counted twice": ("uncounted", lambda it: standing(it, 4, Standing(1, OPEN, 3))),
}


def test_an_honest_history_passes() -> None:
    assert findings(HONEST) == []
    assert duplicates(HONEST) == 0


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_that_is_planted_is_found(fault: str) -> None:
    kind, plant = PLANTED[fault]
    assert {one.kind for one in findings(plant(HONEST))} == {kind}


def test_a_crash_excuses_one_post_that_comes_twice_and_no_more() -> None:
    once = with_sent(HONEST, 1, sent(1.5, "post", "b0", (2, 1, OPEN), "message-2"))
    twice = with_sent(once, 1, sent(1.6, "post", "b1", (2, 1, OPEN), "message-2"))
    assert findings(replace(once, excused=1)) == []
    assert duplicates(once) == 1
    assert [str(one) for one in findings(replace(twice, excused=1))] == ["double: posted again: {('C1', 'message-2'): 2}, of which 1 are excused"]


def test_what_is_parked_owes_nothing_until_it_is_repaired() -> None:
    parked = tuple(replace(copy, is_parked=True) for copy in HONEST.copies)
    assert findings(replace(without(HONEST, 2), copies=parked)) == []
