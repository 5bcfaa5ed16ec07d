"""The ticker: calls the jobs when they are due. Due work is stored in the database; APScheduler remembers nothing."""

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
"""The names of the two threads."""
CLOCK_JUMP_SECONDS = 2.0
"""Difference between wall clock and monotonic clock that counts as a jump."""


class Ticker:
    """Runs the jobs one after another in one thread, and the prompt ones in another.

    Any number of processes may run one: each job claims its work.
    """

    def __init__(self, core: Core, jobs: tuple[Job, ...] = JOBS) -> None:
        self._core = core
        self._last_tick = dict.fromkeys({_executor(job) for job in jobs}, time.monotonic())
        """When each thread last made progress, by the monotonic clock."""
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={_PROMPT: ThreadPoolExecutor(1), _PATIENT: ThreadPoolExecutor(1)},
            # Run late ticks too (the default drops one that is a second late), and merge several late ones.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        for job in jobs:
            trigger = IntervalTrigger(seconds=job.every.total_seconds(), timezone=UTC)
            self._scheduler.add_job(self._run, trigger, args=[job], id=job.name, executor=_executor(job), next_run_time=datetime.now(UTC))
        self._drift = _drift()

    def start(self) -> None:
        """Start, with everything that became due while no process ran."""
        self._scheduler.start()

    def is_running(self, within: float) -> bool:
        """Return whether each thread made progress within the given number of seconds."""
        return all(time.monotonic() - turned_at <= within for turned_at in self._last_tick.values())

    def stop(self) -> None:
        """Wait for the running job and stop. Does nothing if the ticker was never started, because another process has this role."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def notice_jump(self, drift: Callable[[], float] | None = None) -> bool:
        """Run all jobs now if the wall clock was set: APScheduler would wait for a time that may be hours away. Call it every second."""
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
            # A failing job must not stop the others; it is retried at its next tick.
            log.exception("the job %r failed", job.name)


def _executor(job: Job) -> str:
    return _PROMPT if job.is_prompt else _PATIENT


def _drift() -> float:
    return time.time() - time.monotonic()
