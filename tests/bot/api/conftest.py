"""A real core on a SQLite file, served by uvicorn on a free loopback port."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
import uvicorn

from bot.workers import Workers, workers_for
from core.bootstrap import Core, CoreSettings, open_core
from tests.support.api import Clock, Door, Tenant, World


@pytest.fixture(scope="session")
def door() -> Iterator[tuple[Door, str]]:
    """The server and where it listens. The socket takes connections before the server runs, so nobody has to wait for it."""
    door = Door()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(door, log_level="warning", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield door, f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def core(sqlite_template: Path, tmp_path: Path, clock: Clock) -> Iterator[Core]:
    file = tmp_path / "quell.db"
    shutil.copy(sqlite_template, file)
    core = open_core(CoreSettings(f"sqlite:///{file}", deletion_grace=60), clock)
    yield core
    core.close()


@pytest.fixture
def workers(core: Core) -> Iterator[Workers]:
    workers = workers_for(core.settings.database_url)
    yield workers
    workers.close()


@pytest.fixture
def world(core: Core, workers: Workers, clock: Clock, door: tuple[Door, str]) -> Iterator[World]:
    door[0].open(core, workers)
    with asyncio.Runner() as runner:
        session = runner.run(_session())
        yield World(core, clock, door[1], runner, session)
        runner.run(session.close())


async def _session() -> aiohttp.ClientSession:
    # A connection that is kept may be closed by the server just when the next question is asked.
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))


@pytest.fixture
def acme(world: World) -> Tenant:
    return world.tenant("acme")
