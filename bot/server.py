"""``quell serve``: the web server around one service, from start to an orderly stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import typer
import uvicorn
import uvloop

from bot.app import web
from bot.monitoring.heartbeats import HeartbeatTiming
from bot.security.connections import BoundedConnection
from bot.security.logs import start_logging
from bot.security.secrets import with_key
from bot.service import ROLES, Role, Service
from bot.settings import LOOPBACK, Settings
from core.bootstrap import Core
from core.errors import Invalid

DRAIN_SECONDS = 4
"""Seconds for requests that are running when the program is asked to stop; it has ten in all, and the chats want four more."""


@dataclass(frozen=True)
class ServeOptions:
    """What this process shall do, and how often it gives a sign of life."""

    playground: bool
    roles: frozenset[Role]
    rhythm: HeartbeatTiming = field(default_factory=HeartbeatTiming)


def parse_roles(text: str) -> frozenset[Role]:
    """Reads ``web,scheduler,sender``. Raises Invalid."""
    words = {word.strip() for word in text.split(",") if word.strip()}
    unknown = words - set(ROLES)
    if unknown or not words:
        raise Invalid("--roles", f"--roles: {', '.join(sorted(unknown)) or 'nothing'} is no role. Example: --roles {','.join(ROLES)}")
    return frozenset(role for role in ROLES if role in words)


def run(settings: Settings, core: Core, wishes: ServeOptions) -> None:
    """Serves until SIGTERM or SIGINT, then finishes what is running."""
    start_logging()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, core, wishes))


class _Server(uvicorn.Server):
    """uvicorn's server, which ends by returning: uvicorn's own raises the signal again at its end, so the program would not exit with 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals ask the server to stop, as long as it runs."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def serve(settings: Settings, core: Core, wishes: ServeOptions) -> None:
    """Serves until the server is asked to stop or this task is cancelled."""
    playground = None
    lines = [f"Quell listens on {settings.links_begin_with}"]
    if wishes.playground:
        from bot.demo import open_demo

        if settings.host not in LOOPBACK:
            raise Invalid("--playground", f"the playground has no lock, so it needs --host 127.0.0.1, not {settings.host}")
        demo = open_demo(settings, core)
        playground, settings = demo.playground, demo.settings
        lines += [f"Playground:  {settings.links_begin_with}/playground/", f"DSN of shop: {demo.dsn}"]
    service = Service(with_key(settings), core, wishes.roles, wishes.rhythm)
    config = uvicorn.Config(
        web(service, playground),
        host=settings.host,
        port=settings.port,
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        http=BoundedConnection,
        ws="none",  # nothing here speaks it, and its connections would have no bounds
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(config)
    typer.echo("\n".join(lines))
    introduction = asyncio.create_task(playground.introduce()) if playground else None
    await server.serve()
    if playground and introduction:
        introduction.cancel()
        await playground.aclose()
