"""This process says every few seconds in the database which parts of the work it does, as long as it really does them."""

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
"""How long it may take to say goodbye; a process that could not is missed as one that was killed."""


@dataclass(frozen=True)
class HeartbeatTiming:
    """How often a process gives a sign of life, for how long one holds, and how often it looks for those of the others.

    A killed process is noticed after ``lasts`` and one ``look`` at the latest. ``missing`` is how long a role that nobody took up, or that was
    stopped in order, may be missing before that is told.
    """

    beat: timedelta = timedelta(seconds=10)
    lasts: timedelta = timedelta(seconds=40)
    look: timedelta = timedelta(seconds=10)
    missing: timedelta = timedelta(seconds=60)


IsRunning = Callable[[float], bool]
"""Whether the loop that does a part of the work went round within so many seconds."""


@dataclass
class HeartbeatLoop:
    """The signs of life of one process. A role whose loop has stopped turning gives none, whatever else the process does."""

    heartbeats: Heartbeats
    workers: Workers
    rejections: RejectionLog
    clock: Callable[[], datetime]
    timing: HeartbeatTiming = field(default_factory=HeartbeatTiming)
    roles: Mapping[str, IsRunning] = field(default_factory=dict)
    """The loops of this process by role. One that it will not have is not among them."""
    process: str = field(default_factory=lambda: secrets.token_hex(8))
    host: str = field(default_factory=lambda: socket.gethostname()[:64])

    def __post_init__(self) -> None:
        """It lives from now on."""
        self._started_at = self.clock()

    async def run(self) -> None:
        """Beats until cancelled."""
        while True:
            await self.beat()
            await asyncio.sleep(self.timing.beat.total_seconds())

    async def beat(self) -> None:
        """Gives one sign of life for each role that works."""
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
        """Says goodbye, so that nobody takes a stop for a crash."""
        with suppress(DatabaseAway, TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self.workers.write(self.heartbeats.leave, self.process)

    def running_roles(self) -> list[str]:
        """The roles of this process whose loops turn."""
        within = self.timing.beat.total_seconds()
        return [role for role, is_turning in self.roles.items() if is_turning(within)]

    def alive(self, names: tuple[str, ...]) -> list[RoleState]:
        """How these roles fare in all processes. Raises DatabaseAway."""
        return self.heartbeats.roles(names, self.timing.lasts)
