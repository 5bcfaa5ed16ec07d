"""One running process of Quell: core, threads, chats, sender and ticker, started and stopped in order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, get_args

from bot.chat.dispatch import Dispatch
from bot.chat.identity import IdentityResolver, JoinPolicy
from bot.chat.interaction_queue import InteractionQueue
from bot.chat.platform import ChatPlatform
from bot.delivery.lag_monitor import LagMonitor
from bot.delivery.rate_limits import LIMITS, RateLimits
from bot.delivery.sender import Sender, SenderDeps
from bot.ingest.app import IngestContext
from bot.monitoring.heartbeats import HeartbeatLoop, HeartbeatTiming, IsRunning
from bot.monitoring.role_watch import ROLE_NAMES, RoleWatch
from bot.platforms import build_platforms
from bot.security.secrets import sealer
from bot.settings import Settings
from bot.workers import workers_for
from core.bootstrap import Core
from core.errors import DatabaseAway, UnknownName
from scheduler.runner import Ticker

log = logging.getLogger(__name__)

Role = Literal["web", "scheduler", "sender"]
ROLES: tuple[Role, ...] = get_args(Role)
"""The roles of a process; any number of processes may have each role."""
READY, UNREADY = "ready", "the database is away or not migrated"


@dataclass(frozen=True)
class Health:
    """The answer of ``/readyz``. ``roles`` counts the live processes of each role on this database; ``missing`` lists roles without a process."""

    status: str
    roles: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether this process can do its part of the work."""
        return self.status == READY


class Service:
    """Everything of one process except its web server. ``timing`` is the heartbeat timing."""

    def __init__(self, settings: Settings, core: Core, roles: Collection[Role] = ROLES, timing: HeartbeatTiming | None = None) -> None:
        self.settings = settings
        self.core = core
        self.workers = workers_for(settings.database_url)
        self.ingest = IngestContext(core, self.workers, settings.event_quota)
        self.rejections = self.ingest.rejections
        self._roles = roles
        self._platforms: dict[str, ChatPlatform] = {}
        identity = IdentityResolver(core, JoinPolicy(settings.org, settings.identity == "auto", frozenset(settings.admins)), self._platforms)
        self.dispatch = Dispatch(core, self.workers, identity, settings.links_begin_with)
        self.queue = InteractionQueue(core.pending, self.dispatch, lambda: sealer(settings, "pending interactions"))
        self._platforms |= build_platforms(settings, self.dispatch, self.queue, core.clock, self.rejections)
        metrics, rate_limits = self.ingest.metrics.outbound, RateLimits(LIMITS, time.monotonic)
        deps = SenderDeps(core, self._platforms, self.workers, settings.links_begin_with, rate_limits, metrics, before_calling=self.queue.quiet)
        self._sender = Sender(deps)
        self.dispatch.listeners.append(lambda done: self._sender.heard_from(done.person.platform, done.place.channel))
        self._ticker = Ticker(core)
        self.heartbeats = HeartbeatLoop(core.heartbeats, self.workers, self.rejections, core.clock, timing or HeartbeatTiming(), self._loops())
        role_watch = RoleWatch(self.heartbeats, core.admin_alerts, self.ingest.metrics.role_alive, self._organization)
        self._lag_monitor = LagMonitor(core, self.workers, metrics, deps.troubles, role_watch, self.heartbeats.timing.look)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def platforms(self) -> Collection[ChatPlatform]:
        """The chats that are switched on."""
        return self._platforms.values()

    def has_role(self, role: Role) -> bool:
        """Return whether this process has the role."""
        return role in self._roles

    def _loops(self) -> dict[str, IsRunning]:
        """Return the check of each role's loop. The web role's loop is the caller itself."""
        loops: dict[str, IsRunning] = {"web": lambda _: True, "scheduler": self._ticker.is_running, "sender": self._sender.is_running}
        return {role: loops[role] for role in self._roles}

    def _organization(self) -> int | None:
        """Return the organization that the chats belong to, if it exists."""
        try:
            return self.core.directory.organization(self.settings.org or None).id
        except UnknownName:
            return None

    async def health(self) -> Health:
        """Return the health of this process and the roles of all processes."""
        try:
            if not await self.workers.read(self.core.is_ready):
                return Health(UNREADY)
            found = await self.workers.read(self.heartbeats.alive, ROLE_NAMES)
        except DatabaseAway:
            return Health(UNREADY)
        # This process answers, so its own roles count even before its first heartbeat.
        own = self.heartbeats.running_roles()
        roles = {state.role: max(state.processes, state.role in own) for state in found if state.is_alive or state.role in own}
        return Health(READY, roles, tuple(state.role for state in found if state.role not in roles))

    async def start(self) -> None:
        """Start the chats; start sender and ticker as soon as the database is reachable and migrated."""
        loop = asyncio.get_running_loop()
        self.core.listeners.append(partial(loop.call_soon_threadsafe, self._sender.wake))
        for platform in self.platforms:
            await platform.start()
            if self.has_role("web"):
                await platform.listen()
        self._tasks.append(asyncio.create_task(self._work_when_ready()))

    async def stop(self) -> None:
        """Finish running work and release everything; nothing accepted is lost."""
        self._sender.stop()
        watcher, *working = self._tasks
        watcher.cancel()
        # Stop the sender first: it needs the platforms' connections to finish and record what it is sending.
        ending = asyncio.gather(watcher, *working, return_exceptions=True)
        await asyncio.gather(self.ingest.batcher.drain(), self.queue.drain(), ending)
        await self.heartbeats.leave()
        await asyncio.gather(*(platform.close() for platform in self.platforms))
        await self.queue.close()
        self._ticker.stop()
        self.workers.close()
        self.core.close()

    async def _work_when_ready(self) -> None:
        while not await self.workers.read(self.core.is_ready):
            log.warning("the database is away or not migrated (quell db upgrade); looking again in a second")
            await asyncio.sleep(1)
        if self.has_role("sender"):
            self._tasks.append(asyncio.create_task(self._sender.run()))
        if self.has_role("scheduler"):
            self._ticker.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.heartbeats.run())
            group.create_task(self._lag_monitor.run())
            if self.has_role("web"):
                group.create_task(self.queue.run(self._platforms))
            if self.has_role("scheduler"):
                group.create_task(self._notice_jumps())

    async def _notice_jumps(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._ticker.notice_jump()
