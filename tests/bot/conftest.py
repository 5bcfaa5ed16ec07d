"""What tests of the chat share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from bot.workers import workers_for
from tests.conftest import World
from tests.support.chat import Scene


@pytest_asyncio.fixture
async def scene(world: World, database_url: str) -> AsyncIterator[Scene]:
    """One new issue, SHOP-1."""
    world.event()
    workers = workers_for(database_url)
    yield Scene(world, workers)
    workers.close()
