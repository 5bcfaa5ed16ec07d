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
"""Time for running requests at stop. The program has ten seconds in all, and the chats need four more."""


@dataclass(frozen=True)
class ServeOptions:
    """The roles of this process, and its heartbeat timing."""

    playground: bool
    roles: frozenset[Role]
    rhythm: HeartbeatTiming = field(default_factory=HeartbeatTiming)


def parse_roles(text: str) -> frozenset[Role]:
    """Parse ``web,scheduler,sender``. Raises Invalid."""
    words = {word.strip() for word in text.split(",") if word.strip()}
    unknown = words - set(ROLES)
    if unknown or not words:
        raise Invalid("--roles", f"--roles: {', '.join(sorted(unknown)) or 'nothing'} is no role. Example: --roles {','.join(ROLES)}")
    return frozenset(role for role in ROLES if role in words)


def run(settings: Settings, core: Core, wishes: ServeOptions) -> None:
    """Serve until SIGTERM or SIGINT, then finish running work."""
    start_logging()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, core, wishes))


class _Server(uvicorn.Server):
    """uvicorn's server, but it returns at the end: uvicorn raises the signal again, so the program would not exit with 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals stop the server while it runs."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def serve(settings: Settings, core: Core, wishes: ServeOptions) -> None:
    """Serve until the server is asked to stop or this task is cancelled."""
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
        ws="none",  # unused, and its connections would have no limits
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(config)
    typer.echo("\n".join(lines))
    introduction = asyncio.create_task(playground.introduce()) if playground else None
    await server.serve()
    if playground and introduction:
        introduction.cancel()
        await playground.aclose()
