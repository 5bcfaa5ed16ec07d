"""A real Slack platform behind a real web server, in front of the playground's Slack, on one loopback port."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.chat.elements import (
    Card,
    Changed,
    Content,
    Home,
    Notice,
    Reply,
)
from bot.chat.interaction_queue import QueueTimings
from bot.chat.interactions import ChannelChanged, HomeOpened, Interaction
from bot.chat.platform import Address, BeforeCalling, at_once
from bot.playground import Playground, Rules, open_playground
from bot.slack.app import SlackAccount, SlackPlatform
from bot.slack.ingress import sign
from bot.slack.socket import SocketTimings
from tests.support.chat import as_answered
from tests.support.interaction_queue import PUNCTUAL, own_queue

NOON = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)


ALERTS = Address("TPLAYGROUND", "CALERTS")


@dataclass
class Answers:
    """Answers what it was told to answer, and remembers what it was asked."""

    reply: Reply = field(default_factory=lambda: Notice(("Done.",)))
    page: Reply = field(default_factory=lambda: Home(()))
    asking: frozenset[str] = frozenset()
    wrong: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is clear, every answer waits."""
    asked: list[Interaction] = field(default_factory=list)
    drawn: list[Changed] = field(default_factory=list)
    """The cards that were asked for after a change."""
    channel_changes: list[ChannelChanged] = field(default_factory=list)
    copies: dict[str, Card] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.may_answer.set()

    async def answer(self, interaction: Interaction) -> Reply:
        self.asked.append(interaction)
        await asyncio.sleep(self.seconds)
        await self.may_answer.wait()
        return self.page if isinstance(interaction.payload, HomeOpened) else as_answered(interaction, self.reply)

    async def attempt(self, interaction: Interaction, before_calling: BeforeCalling = at_once) -> Reply:
        return await self.answer(interaction)

    async def card(self, interaction: Interaction, changed: Changed) -> Reply:
        self.drawn.append(changed)
        return self.reply

    async def earlier(self, interaction: Interaction) -> Reply | None:
        return None

    def faults(self, interaction: Interaction) -> dict[str, str]:
        self.asked.append(interaction)
        return self.wrong

    def asks(self, verb: str) -> bool:
        return verb in self.asking

    def makes_secret(self, interaction: Interaction) -> bool:
        return False

    async def unfolded(self, interaction: Interaction, copies: Mapping[str, Card]) -> None:
        self.copies.update(copies)

    async def channel_changed(self, change: ChannelChanged) -> None:
        self.channel_changes.append(change)

    async def set_service_url(self, platform: str, tenant: str, service_url: str) -> None:
        raise AssertionError("Slack has no service URLs")


class Diary:
    """Notes, in order, each call to Slack's side and each acknowledgement of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.lines: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if "/slack/api/" in path or "/slack/response/" in path:
            self.lines.append(path.split("/slack/")[1].removeprefix("api/").split("/")[0])

        async def noting(message: Message) -> None:
            await send(message)
            if path == "/slack/events" and message["type"] == "http.response.body":
                self.lines.append("acknowledged")

        await self._app(scope, receive, noting)


@dataclass
class World:
    """Everything a test needs to act in the workspace and to look at it."""

    url: str
    answers: Answers
    platform: SlackPlatform
    playground: Playground
    diary: Diary
    http: aiohttp.ClientSession

    async def send(self, body: bytes, content_type: str = "application/json", **headers: str) -> tuple[int, str]:
        """Posts to the door, signed unless told otherwise."""
        stamp = headers.pop("stamp", str(int(time.time())))
        secret = headers.pop("secret", self.playground.accounts.slack_signing_secret)
        signature = headers.pop("signature", sign(secret, stamp, body).decode())
        sent = {"Content-Type": content_type, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature, **headers}
        async with self.http.post(f"{self.url}/slack/events", data=body, headers=sent) as answer:
            return answer.status, await answer.text()

    async def send_event(self, payload: Any) -> tuple[int, str]:
        return await self.send(json.dumps(payload).encode())

    async def send_form(self, fields: dict[str, str]) -> tuple[int, str]:
        return await self.send(urlencode(fields).encode(), "application/x-www-form-urlencoded")

    async def send_interaction(self, payload: Any) -> tuple[int, str]:
        return await self.send_form({"payload": json.dumps(payload)})

    async def act(self, do: str, **deed: Any) -> dict[str, Any]:
        """A person does something in the playground."""
        async with self.http.post(f"{self.url}/playground/act", json={"platform": "slack", "as": "UPLAY1", "do": do, **deed}) as answer:
            done: dict[str, Any] = await answer.json()
            return done

    async def fault(self, mode: str, **more: Any) -> None:
        async with self.http.post(f"{self.url}/playground/faults", json={"platform": "slack", "mode": mode, **more}) as answer:
            assert answer.status == 200

    async def seen(self, person: str = "UPLAY1") -> dict[str, Any]:
        async with self.http.get(f"{self.url}/playground/state", params={"as": person}) as answer:
            state: dict[str, Any] = (await answer.json())["slack"]
            return state

    async def messages(self, person: str = "UPLAY1") -> list[dict[str, Any]]:
        """What the bot said that this person sees, in all places."""
        shown = (await self.seen(person))["messages"].values()
        return [message for place in shown for message in place if message.get("bot_id")]

    async def until(self, look: Callable[[], Any], seconds: float = 5) -> Any:
        """Waits until ``look`` (awaited) finds something."""
        async with asyncio.timeout(seconds):
            while not (found := await look()):  # noqa: ASYNC110 - looks at a server, not at an event
                await asyncio.sleep(0.01)
        return found

    async def message(self, person: str = "UPLAY1") -> dict[str, Any]:
        """The bot's first message, as soon as it is there."""

        async def look() -> list[dict[str, Any]]:
            return await self.messages(person)

        found: dict[str, Any] = (await self.until(look))[0]
        return found

    async def posted(self, content: Content) -> dict[str, Any]:
        """Something in the channel, with the calls it took forgotten."""
        await self.platform.post(ALERTS, content, "key-1")
        message = await self.message()
        self.diary.lines.clear()
        return message

    async def called(self, *lines: str) -> None:
        """Waits until just these lines stand in the diary."""

        async def look() -> bool:
            return list(lines) == self.diary.lines

        try:
            await self.until(look)
        except TimeoutError:
            assert self.diary.lines == list(lines)

    async def modal(self, title: str) -> dict[str, Any]:
        """The topmost modal, as soon as it bears this title."""

        async def look() -> list[dict[str, Any]]:
            return [view for view in (await self.seen())["views"] if view["title"]["text"] == title]

        found: dict[str, Any] = (await self.until(look))[-1]
        return found


@asynccontextmanager
async def opened(
    answers: Any,
    account: Callable[[SlackAccount], SlackAccount] = lambda given: given,
    routes: Sequence[BaseRoute] = (),
    timings: QueueTimings = PUNCTUAL,
    socket_timings: SocketTimings | None = None,
) -> AsyncIterator[World]:
    """The bot and the playground, served on one port; ``routes`` are more of Slack's side, and come first."""
    # With its protocol named asyncio sets TCP_NODELAY; without, each answer waits 40 ms for an acknowledgement.
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        playground = open_playground(None, f"{url}/playground", url, rules=Rules(is_rate_limited=False))
        known = playground.accounts
        queues = AsyncExitStack()
        queue = await queues.enter_async_context(own_queue(answers, timings))
        ours = account(SlackAccount((known.slack_signing_secret,), known.slack_bot_token, known.slack_api_url))
        platform = SlackPlatform(ours, answers, queue, lambda: datetime.now(UTC), socket_timings=socket_timings)
        diary = Diary(Starlette(routes=[*routes, *platform.routes, Mount("/playground", playground.app)]))
        config = uvicorn.Config(diary, log_level="warning", lifespan="off")
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        # Not serve(), which looks only every 100 ms whether it shall stop.
        await server.startup(sockets=[listening])
        async with aiohttp.ClientSession() as http:
            await platform.start()
            await platform.listen()
            diary.lines.clear()
            yield World(url, answers, platform, playground, diary, http)
            await platform.close()
            await queues.aclose()
        await playground.aclose()
        # Not shutdown(), which waits 100 ms for connections to end: all have hung up by now.
        for serving in server.servers:
            serving.close()
        await asyncio.sleep(0.005)
