"""What tests of the chat share."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.workers import workers_for
from tests.support.chat import Scene
from tests.support.cli import Shell
from tests.support.core import World


@pytest_asyncio.fixture
async def scene(world: World, database_url: str) -> AsyncIterator[Scene]:
    """One new issue, SHOP-1."""
    world.event()
    workers = workers_for(database_url)
    scene = Scene(world, workers)
    yield scene
    workers.close()
    assert [*scene.chat.requests, *scene.teams.requests] == [], "an answer sends nothing by itself"


@pytest.fixture
def bare_shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    """In an empty folder, with no settings."""
    for name in [name for name in os.environ if name.startswith("QUELL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    return Shell(monkeypatch, capsys)


@pytest.fixture
def quell(bare_shell: Shell, database_url: str) -> Shell:
    """On an empty, migrated database of each kind."""
    bare_shell.monkeypatch.setenv("QUELL_DATABASE_URL", database_url)
    return bare_shell


@pytest.fixture
def peopled(world: World, quell: Shell) -> World:
    """The organization acme with the project shop, the admin Ada and an issue, on the same database as ``quell``."""
    world.event()
    return world
