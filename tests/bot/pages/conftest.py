"""The pages of one house."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from starlette.applications import Starlette

from bot.chat.identity import IdentityResolver, JoinPolicy
from bot.pages.app import Pages
from bot.pages.visitors import Visitors
from bot.security.secrets import Signer
from bot.workers import workers_for
from tests.support.core import World
from tests.support.pages import Browser, Open

KEY = "a key of at least thirty-two characters"


def nobody_asks(world: World) -> IdentityResolver:
    """Without a chat, where nobody has an account that could be asked about."""
    return IdentityResolver(world.core, JoinPolicy("acme", is_automatic=True, admins=frozenset()), {})


@pytest_asyncio.fixture
async def open_(world: World, database_url: str) -> AsyncIterator[Open]:
    """A new browser each time."""
    workers = workers_for(database_url)

    def opened(playground: str | None = None, public_url: str = "https://quell.example.com", secret_key: str = KEY) -> Browser:
        visitors = Visitors(world.core, Signer(secret_key, "sessions"), public_url)
        return Browser(Starlette(routes=Pages(world.core, workers, visitors, nobody_asks(world), playground).routes()))

    yield opened
    workers.close()
