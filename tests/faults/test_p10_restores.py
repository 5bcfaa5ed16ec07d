"""A restore and the purge it races: one of them wins, and the loser does nothing."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from core.bootstrap import Core, CoreSettings, open_core
from core.db.models import Event
from core.errors import LeavingIssue, TooLate, TriageError, UnknownIssue
from core.issues.actions import Delete, Restore
from core.types import Status
from tests.support.core import Clock, World
from tests.support.faults.figures import LONG, Figures

EVENTS = 3


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("rounds", [15, pytest.param(300, marks=LONG)])
def test_p10_a_deletion_never_purges_an_issue_that_was_restored_in_time(world: World, clock: Clock, rounds: int, figures: Figures) -> None:
    """P10: whoever is told that an issue is restored has it, with all its events; whoever is told that it is too late was really too late."""
    restored = 0
    with closing(open_core(CoreSettings(world.core.settings.database_url), clock)) as other:
        for number in range(rounds):
            restored += _race(world, other, number)
    figures.cases = rounds
    if rounds > 100:
        assert 0 < restored < rounds, "one side always won: this was no race"


def _race(world: World, other: Core, number: int) -> bool:
    """One deletion whose time has come, and somebody who wants it back at that moment. Whether they got it."""
    issue_id = [world.event(f"issue {number}") for _ in range(EVENTS)][-1].issue_id
    world.do(Delete(), ids=(issue_id,))
    world.clock.pass_by(hours=1)
    start, told = threading.Barrier(2), list[TriageError]()

    def purge() -> None:
        start.wait()
        other.timers.begin_purges()
        while other.timers.purge():
            pass

    purger = threading.Thread(target=purge)
    purger.start()
    start.wait()
    try:
        world.do(Restore(), ids=(issue_id,))
    except (TooLate, LeavingIssue, UnknownIssue) as error:
        told.append(error)
    purger.join()
    while world.core.timers.purge():
        pass
    _is_as_told(world, issue_id, is_restored=not told)
    return not told


def _is_as_told(world: World, issue_id: int, *, is_restored: bool) -> None:
    with world.core.database.read() as work:
        events = work.session.query(Event).filter_by(issue_id=issue_id).count()
    if is_restored:
        assert (world.issue(issue_id).status, events) == (Status.UNRESOLVED, EVENTS)
    else:
        assert events == 0
        with pytest.raises((TooLate, UnknownIssue)):
            world.issue(issue_id)
