"""Two processes that change the same issues at once: nothing is lost, nothing waits for ever, nothing happens twice."""

from __future__ import annotations

import os
import threading

import pytest

from core.bootstrap import Core, system_clock
from core.events.record import Recorded
from core.issues.actions import Action, Delete, Discard, Merge
from tests.model.writers import Arena, faults, fight
from tests.support.core import Clock, World

SECONDS = float(os.environ.get("QUELL_TEST_RIVALS_SECONDS", "8"))


@pytest.fixture
def clock() -> Clock:
    """The rivals live by the real time, so what is looked at afterwards does too."""
    return Clock(system_clock())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_processes_that_change_the_same_issues_lose_nothing_and_never_block_each_other(core: Core) -> None:
    tally = fight(Arena.build(core), SECONDS)
    assert "\n".join(faults(core, tally)) == ""
    assert tally.asked > 20
    assert sum(tally.changes.values()) > 20


@pytest.mark.parametrize(("action", "effect"), [(Delete(), "new"), (Discard(), "discarded"), (Merge(), "seen")], ids=repr)
def test_an_event_that_waited_while_its_issue_went_away_does_not_go_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, action: Action, effect: str
) -> None:
    world.event("old", ago=60)
    world.event("young")
    recorded: list[Recorded] = []
    event = threading.Thread(target=lambda: recorded.append(world.event("young")))

    def while_the_issues_are_locked(*_: object) -> None:
        event.start()
        # It cannot end: it waits for the lock that we hold.
        event.join(timeout=0.5)

    monkeypatch.setattr("core.issues.engine._refuse_stale", while_the_issues_are_locked)
    world.do(action, ids=(1, 2) if isinstance(action, Merge) else (2,), expected_version=1)
    event.join()
    assert [one.effect for one in recorded] == [effect]
    assert recorded[0].issue_id == {"new": 3, "discarded": 0, "seen": 1}[effect]
    assert world.event("young").issue_id == recorded[0].issue_id
    if isinstance(action, Merge):
        assert world.issue("SHOP-1").times_seen == 4
