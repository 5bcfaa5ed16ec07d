"""What tests of the chat share."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.chat.dispatch import Dispatch
from bot.chat.identity import IdentityResolver, JoinPolicy
from bot.chat.platform import ChatPlatform
from bot.playground import Rules, open_playground
from bot.workers import workers_for
from core.accounts.directory import Newcomer
from core.types import Role
from tests.support.both_chats import LINKS, Marking, Square, slack_in, teams_in
from tests.support.core import Clock, World
from tests.support.interaction_queue import Line, queue_on
from tests.support.teams.app import serving


@pytest.fixture
async def line(database_url: str, clock: Clock) -> AsyncIterator[Line]:
    made = Line(database_url, clock)
    yield made
    for queue in made.processes:
        await queue.close()
        queue.pending.close()


@pytest_asyncio.fixture
async def square(world: World, database_url: str) -> AsyncIterator[Square]:
    for person, role in (("ana", Role.ADMIN), ("ben", Role.MEMBER)):
        world.core.directory.create_user(world.organization_id, Newcomer(person.title(), f"{person}@example.com", None), role)
    world.event()
    workers = workers_for(database_url)
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        playground = open_playground(None, f"{url}/playground", url, rules=Rules(is_rate_limited=False))
        platforms: dict[str, ChatPlatform] = {}
        identity = IdentityResolver(world.core, JoinPolicy("acme", is_automatic=True, admins=frozenset()), platforms)
        answers = Marking(Dispatch(world.core, workers, identity, LINKS))
        queue = queue_on(database_url, answers)
        platforms |= {"slack": slack_in(playground, answers, queue), "msteams": teams_in(playground, answers, queue)}
        doors = [route for platform in platforms.values() for route in platform.routes]
        app = Starlette(routes=[*doors, Mount("/playground", playground.app)])
        async with serving(app, listening), aiohttp.ClientSession() as http:
            for platform in platforms.values():
                await platform.start()
            yield Square(url, world, answers, playground, platforms, http)
            for platform in platforms.values():
                await platform.close()
        await queue.close()
        queue.pending.close()
        await playground.aclose()
    workers.close()
