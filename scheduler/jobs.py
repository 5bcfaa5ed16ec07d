"""The jobs: functions that do one bounded piece of the due work and return how much they did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.bootstrap import Core


@dataclass(frozen=True)
class Job:
    """A function that is called at an interval, and again at once while it finds work."""

    name: str
    run: Callable[[Core], int]
    every: timedelta
    is_prompt: bool = False
    """Whether the job runs in its own thread and never waits for other jobs."""


# A snooze ends within a second of its time, also where a process is killed that had just begun to end it: another one may then need
# two looks more. One look costs one index lookup.
JOBS = (
    Job("lift snoozes", lambda core: core.timers.lift_snoozes(), timedelta(seconds=0.25), is_prompt=True),
    Job("end storms", lambda core: core.storms.calm_down(), timedelta(seconds=1)),
    Job("promise digests", lambda core: core.digests.schedule(), timedelta(seconds=5)),
    Job("begin purges", lambda core: core.timers.begin_purges(), timedelta(seconds=1)),
    Job("purge", lambda core: core.timers.purge(), timedelta(seconds=2)),
    Job("move merged events", lambda core: core.timers.move_merged_events(), timedelta(seconds=5)),
    Job("settle", lambda core: core.timers.settle(), timedelta(minutes=5)),
    Job("refresh forecasts", lambda core: core.timers.refresh_forecasts(), timedelta(minutes=10)),
    Job("resolve by age", lambda core: core.timers.resolve_by_age(), timedelta(minutes=10)),
    Job("refresh velocities", lambda core: core.timers.refresh_velocities(), timedelta(minutes=10)),
    Job("forget events", lambda core: core.retention.forget_events(), timedelta(minutes=1)),
    Job("forget hours", lambda core: core.retention.forget_hours(), timedelta(hours=1)),
    Job("forget source maps", lambda core: core.artifact_keeping.forget(), timedelta(minutes=10)),
    Job("forget lines", lambda core: core.outbox.forget_lines(), timedelta(hours=1)),
    Job("forget requests", lambda core: core.timers.forget_requests(), timedelta(minutes=10)),
)
