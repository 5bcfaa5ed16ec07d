"""The ticker: due work is done by itself, one failure stops nobody, what fell due meanwhile is done at start, and a set clock is noticed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from core.bootstrap import Core, CoreSettings, open_core
from core.errors import DatabaseAway, TooLate, UnknownIssue
from core.issues.actions import Archive, Delete
from core.rules.snooze import Condition
from core.types import Status
from scheduler.jobs import JOBS, Job
from scheduler.runner import MAX_RUNS_IN_A_ROW, Ticker
from tests.support.core import World

NEVER = timedelta(days=365)
SOON = timedelta(seconds=0.02)
PATIENCE = 10.0


class Bell:
    """A job that counts its calls, and can be waited for."""

    def __init__(self, work: Callable[[int], int] = lambda _: 0) -> None:
        self.calls = 0
        self._work = work
        self._rung = threading.Condition()

    def __call__(self, core: Core) -> int:
        with self._rung:
            self.calls += 1
            call = self.calls
            self._rung.notify_all()
        return self._work(call)

    def wait(self, calls: int) -> None:
        with self._rung:
            assert self._rung.wait_for(lambda: self.calls >= calls, PATIENCE), f"called {self.calls} times, not {calls}"


@contextmanager
def ticking(core: Core, *jobs: Job) -> Iterator[Ticker]:
    ticker = Ticker(core, jobs)
    ticker.start()
    try:
        yield ticker
    finally:
        ticker.stop()


@pytest.fixture
def idle() -> Iterator[Core]:
    """A core for jobs that do not look at it."""
    core = open_core(CoreSettings("sqlite://"))
    yield core
    core.close()


def test_a_job_is_called_at_start_and_again_and_again(idle: Core) -> None:
    bell = Bell()
    with ticking(idle, Job("ring", bell, SOON)):
        bell.wait(4)


def test_every_job_is_called_at_start_however_rarely_it_is_wanted(idle: Core) -> None:
    first, second = Bell(), Bell()
    with ticking(idle, Job("first", first, NEVER), Job("second", second, NEVER)):
        first.wait(1)
        second.wait(1)
    assert (first.calls, second.calls) == (1, 1)


def test_a_job_that_finds_something_is_called_again_at_once(idle: Core) -> None:
    bell = Bell(lambda call: 5 - call)
    with ticking(idle, Job("ring", bell, NEVER)):
        bell.wait(5)
    assert bell.calls == 5


def test_a_job_that_never_ends_lets_the_others_have_their_turn(idle: Core) -> None:
    greedy, modest = Bell(lambda _: 1), Bell()
    with ticking(idle, Job("greedy", greedy, NEVER), Job("modest", modest, NEVER)):
        modest.wait(1)
    assert greedy.calls == MAX_RUNS_IN_A_ROW


def test_a_prompt_job_waits_for_no_other(idle: Core) -> None:
    may_end, prompt = threading.Event(), Bell()
    endless = Bell(lambda _: may_end.wait(PATIENCE) and 0)
    with ticking(idle, Job("endless", endless, NEVER), Job("prompt", prompt, SOON, is_prompt=True)):
        endless.wait(1)
        prompt.wait(prompt.calls + 3)
        may_end.set()
    assert endless.calls == 1


@pytest.mark.parametrize("trouble", [ZeroDivisionError("oh"), DatabaseAway()])
def test_a_job_that_fails_is_tried_again_and_stops_nobody(idle: Core, caplog: pytest.LogCaptureFixture, trouble: Exception) -> None:
    def fail(_: int) -> int:
        raise trouble

    failing, other = Bell(fail), Bell()
    with caplog.at_level(logging.WARNING), ticking(idle, Job("failing", failing, SOON), Job("other", other, SOON)):
        failing.wait(3)
        other.wait(3)
    assert "failing" in caplog.text


def test_stopping_waits_for_the_job_that_is_running(idle: Core) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(_: int) -> int:
        begun.set()
        assert may_end.wait(PATIENCE)
        ended.set()
        return 0

    with ticking(idle, Job("slow", Bell(slow), NEVER)):
        assert begun.wait(PATIENCE)
        threading.Timer(0.05, may_end.set).start()
    assert ended.is_set()


def test_one_that_was_never_started_can_be_stopped(idle: Core) -> None:
    Ticker(idle).stop()


def test_what_fell_due_while_nobody_ran_is_done_at_start(world: World) -> None:
    world.event("snoozed")
    world.event("deleted")
    world.do(Archive(Condition(until_at=world.clock() + timedelta(minutes=1))))
    world.do(Delete(), ids=("SHOP-2",))
    world.clock.pass_by(days=2)
    changed = threading.Semaphore(0)
    world.core.listeners.append(changed.release)
    with ticking(world.core, *(Job(job.name, job.run, NEVER) for job in JOBS)):
        assert changed.acquire(timeout=PATIENCE)
        assert changed.acquire(timeout=PATIENCE)
    assert world.issue().status is Status.UNRESOLVED
    assert world.history()[-1] == "set_unresolved"
    with pytest.raises((UnknownIssue, TooLate)):
        world.issue("SHOP-2")


def test_what_falls_due_while_it_ticks_is_done_by_itself(world: World) -> None:
    world.event()
    world.do(Archive(Condition(until_at=world.clock() + timedelta(minutes=1))))
    looked, lifted = Bell(), threading.Event()
    world.core.listeners.append(lifted.set)

    def look(core: Core) -> int:
        looked(core)
        return core.timers.lift_snoozes()

    with ticking(world.core, Job("lift snoozes", look, SOON)):
        looked.wait(3)
        assert world.issue().status is Status.ARCHIVED
        world.clock.pass_by(minutes=1)
        assert lifted.wait(PATIENCE)
    assert world.issue().status is Status.UNRESOLVED
    assert world.history() == ["first_seen", "set_ignored", "set_unresolved"]


def test_two_tickers_do_everything_once(world: World) -> None:
    for number in range(5):
        world.event(f"issue {number}")
        world.do(Archive(Condition(until_at=world.clock() + timedelta(minutes=1))), ids=(f"SHOP-{number + 1}",))
    world.clock.pass_by(hours=1)
    with ticking(world.core, JOBS[0]), ticking(world.core, JOBS[0]):
        bell = Bell()
        with ticking(world.core, JOBS[0], Job("after", bell, NEVER, is_prompt=True)):
            bell.wait(1)
    for number in range(5):
        assert world.history(f"SHOP-{number + 1}") == ["first_seen", "set_ignored", "set_unresolved"]


def test_a_snooze_is_looked_for_often_enough_to_end_within_a_second() -> None:
    (lift,) = (job for job in JOBS if job.is_prompt)
    assert (lift.name, lift.every < timedelta(seconds=1)) == ("lift snoozes", True)
    assert len({job.name for job in JOBS}) == len(JOBS)


@pytest.mark.parametrize("jump", [-7200.0, 7200.0, 2.5, -2.5])
def test_when_the_clock_is_set_everything_is_looked_at_now(idle: Core, jump: float) -> None:
    bell = Bell()
    with ticking(idle, Job("ring", bell, NEVER)) as ticker:
        bell.wait(1)
        ticker.notice_jump(lambda: 1000.0)
        bell.wait(2)
        assert ticker.notice_jump(lambda: 1000.0 + jump)
        bell.wait(3)
        # Noticed once: from now on this is the time.
        assert not ticker.notice_jump(lambda: 1000.0 + jump)


def test_a_clock_that_merely_drifts_has_not_jumped(idle: Core) -> None:
    bell = Bell()
    with ticking(idle, Job("ring", bell, NEVER)) as ticker:
        bell.wait(1)
        ticker.notice_jump(lambda: 1000.0)
        bell.wait(2)
        assert not any(ticker.notice_jump(lambda now=1000.0 + number: now) for number in range(1, 10))  # type: ignore[misc]
        assert not ticker.notice_jump(lambda: 1010.0)
    assert bell.calls == 2


def test_in_a_quiet_second_nothing_is_noticed(idle: Core) -> None:
    with ticking(idle) as ticker:
        assert not ticker.notice_jump()
