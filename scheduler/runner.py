"""The ticker: calls the jobs when they are due. What is due stands in the database; APScheduler remembers nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from core.bootstrap import Core
from core.errors import DatabaseAway
from scheduler.jobs import JOBS, Job

log = logging.getLogger(__name__)

MAX_RUNS_IN_A_ROW = 1000
"""How often a job is called in a row before the others get their turn."""
_PROMPT, _PATIENT = "prompt", "patient"
"""The two threads."""
CLOCK_JUMP_SECONDS = 2.0
"""Seconds by which the wall clock may differ from the steady one before it counts as having jumped."""


class Ticker:
    """Runs the jobs one after another in a thread of its own, and those that are prompt in another one.

    Any number of processes may do so: each job claims what it works on.
    """

    def __init__(self, core: Core, jobs: tuple[Job, ...] = JOBS) -> None:
        self._core = core
        self._last_tick = dict.fromkeys({_executor(job) for job in jobs}, time.monotonic())
        """When each thread last got somewhere, in seconds of the steady clock."""
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={_PROMPT: ThreadPoolExecutor(1), _PATIENT: ThreadPoolExecutor(1)},
            # A tick that comes late is still wanted (the default drops one that is a second late); several late ones are one.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        for job in jobs:
            trigger = IntervalTrigger(seconds=job.every.total_seconds(), timezone=UTC)
            self._scheduler.add_job(self._run, trigger, args=[job], id=job.name, executor=_executor(job), next_run_time=datetime.now(UTC))
        self._drift = _drift()

    def start(self) -> None:
        """Begins with everything that fell due while no process ran."""
        self._scheduler.start()

    def is_running(self, within: float) -> bool:
        """Whether each of its threads got somewhere within so many seconds."""
        return all(time.monotonic() - turned_at <= within for turned_at in self._last_tick.values())

    def stop(self) -> None:
        """Waits for the job that is running and stops. Does nothing where it was never started: another process has that role."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def notice_jump(self, drift: Callable[[], float] | None = None) -> bool:
        """Runs all jobs now if the wall clock was set: APScheduler would wait for a time that may be hours away. Call it every second."""
        now = (drift or _drift)()
        jumped, self._drift = abs(now - self._drift) > CLOCK_JUMP_SECONDS, now
        if jumped:
            log.warning("the clock jumped; looking for what is due")
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))
        return jumped

    def _run(self, job: Job) -> None:
        try:
            for _ in range(MAX_RUNS_IN_A_ROW):
                found = job.run(self._core)
                self._last_tick[_executor(job)] = time.monotonic()
                if not found:
                    return
        except DatabaseAway as error:
            log.warning("%s: %s", job.name, error)
        except Exception:
            # One job that fails must not end the others; it is tried again at its next tick.
            log.exception("the job %r failed", job.name)


def _executor(job: Job) -> str:
    return _PROMPT if job.is_prompt else _PATIENT


def _drift() -> float:
    return time.time() - time.monotonic()
