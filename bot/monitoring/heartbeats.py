"""Write heartbeats: every few seconds this process records which roles it really performs."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.monitoring.rejections import RejectionLog
from bot.workers import Workers
from core.errors import DatabaseAway
from core.processes.heartbeats import Beat, Heartbeats, RoleState

log = logging.getLogger(__name__)

LEAVE_SECONDS = 1.0
"""Time limit for signing off at stop. A process that cannot sign off is reported like a killed one."""
IsRunning = Callable[[float], bool]
"""Returns whether the loop of a role has made progress within the given number of seconds."""


@dataclass(frozen=True)
class HeartbeatTiming:
    """How often a process writes a heartbeat, how long one is valid, and how often it checks the other processes.

    A killed process is noticed after at most ``lasts`` plus one ``look``. ``missing`` is how long a role that never started or stopped in order may
    be missing before admins are alerted.
    """

    beat: timedelta = timedelta(seconds=10)
    lasts: timedelta = timedelta(seconds=40)
    look: timedelta = timedelta(seconds=10)
    missing: timedelta = timedelta(seconds=60)


@dataclass
class HeartbeatLoop:
    """The heartbeats of one process. A role whose loop hangs gives none, whatever else the process does."""

    heartbeats: Heartbeats
    workers: Workers
    rejections: RejectionLog
    clock: Callable[[], datetime]
    timing: HeartbeatTiming = field(default_factory=HeartbeatTiming)
    roles: Mapping[str, IsRunning] = field(default_factory=dict)
    """The loops of this process by role. Other roles are absent."""
    process: str = field(default_factory=lambda: secrets.token_hex(8))
    host: str = field(default_factory=lambda: socket.gethostname()[:64])

    def __post_init__(self) -> None:
        """Record the start of the process."""
        self._started_at = self.clock()

    async def run(self) -> None:
        """Write heartbeats until cancelled."""
        while True:
            await self.beat()
            await asyncio.sleep(self.timing.beat.total_seconds())

    async def beat(self) -> None:
        """Write one heartbeat for each running role."""
        now, outcomes = self.clock(), self.rejections.take()
        beats = [Beat(self.process, role, self.host, self._started_at, now) for role in self.running_roles()]
        try:
            await self.workers.write(self.heartbeats.beat, beats, outcomes)
        except DatabaseAway as error:
            self.rejections.give_back(outcomes)
            log.warning("no sign of life could be given: %s", error)
        except Exception:
            log.exception("giving a sign of life failed, and goes on")

    async def leave(self) -> None:
        """Sign off, so that the stop is not reported as a crash."""
        with suppress(DatabaseAway, TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self.workers.write(self.heartbeats.leave, self.process)

    def running_roles(self) -> list[str]:
        """Return the roles of this process whose loops run."""
        within = self.timing.beat.total_seconds()
        return [role for role, is_turning in self.roles.items() if is_turning(within)]

    def alive(self, names: tuple[str, ...]) -> list[RoleState]:
        """Return the state of these roles in all processes. Raises DatabaseAway."""
        return self.heartbeats.roles(names, self.timing.lasts)
