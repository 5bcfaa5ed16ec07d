"""The same click five times at once, at two processes: it acts once, and everybody is told so (P4)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from starlette.types import ASGIApp, Message

from bot.api.app import api
from bot.chat.dispatch import Dispatch
from bot.chat.elements import Notice
from bot.chat.interactions import Interaction, Place, Press, TypedCommand
from bot.chat.targets import OneIssue
from bot.workers import Workers, workers_for
from core.bootstrap import Core, CoreSettings, open_core
from tests.support.chat import Scene
from tests.support.core import Clock
from tests.support.people import ADA


@pytest.fixture
def other_process(database_url: str, clock: Clock) -> Iterator[tuple[Core, Workers]]:
    """Another core on the same database, with threads of its own."""
    core, workers = open_core(CoreSettings(database_url), clock), workers_for(database_url)
    yield core, workers
    workers.close()
    core.close()


@pytest.mark.parametrize(
    ("deed", "history"),
    [
        (Press("resolve", OneIssue(1, 1)), ["first_seen", "set_resolved"]),
        (TypedCommand("comment SHOP-1 looking"), ["first_seen", "note"]),
        (TypedCommand("priority SHOP-1 low"), ["first_seen", "set_priority"]),
    ],
)
async def test_five_copies_at_once_at_two_processes_act_once(
    scene: Scene, other_process: tuple[Core, Workers], deed: Press | TypedCommand, history: list[str]
) -> None:
    await scene.types("whoami")  # an account is made at first use, which is another matter
    other = Dispatch(*other_process, scene.dispatch.identity, scene.dispatch.links_begin_with)
    interaction = Interaction(ADA, Place("CALERTS", "1.2"), deed, "slack:trigger-1")
    answers = await asyncio.gather(*(door.answer(interaction) for door in (scene.dispatch, other, scene.dispatch, other, scene.dispatch)))
    assert scene.world.history() == history
    assert not [one for one in answers if isinstance(one, Notice) and one.is_refusal]


@pytest.mark.parametrize("key", ["k", "x" * 255])
async def test_five_requests_with_one_idempotency_key_at_two_processes_act_once(scene: Scene, other_process: tuple[Core, Workers], key: str) -> None:
    core = scene.world.core
    token = core.directory.create_token(scene.world.organization_id, scene.world.ada)
    apis = [api(*process, "https://quell.example.com") for process in ((core, scene.workers), other_process)]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, "Content-Type": "application/json"}
    asked = (post(apis[number % 2], "/api/0/issues/1/comments/", headers, b'{"text": "looking"}') for number in range(5))
    assert await asyncio.gather(*asked) == [201] * 5
    assert scene.world.history() == ["first_seen", "note"]


async def post(app: ASGIApp, path: str, headers: dict[str, str], body: bytes) -> int:
    """The status of an answer, without a server in between."""
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": raw, "http_version": "1.1"}
    await app({**scope, "scheme": "https", "server": ("quell.example.com", 443), "root_path": ""}, receive, send)
    return statuses[0]
