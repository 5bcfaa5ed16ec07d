"""Slack's end of Socket Mode on this machine: it gives out addresses, is called there, and sends what the playground would post to a door."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

from aiohttp import WSMsgType, web
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.slack.app import SlackAccount
from bot.slack.socket import SocketTimings

TOKEN = "xapp-1-A1-canary"
PATIENCE = 3.0
"""Seconds in which an envelope wants to be acknowledged."""


@dataclass(eq=False)
class Line:
    """One WebSocket that the bot has opened, and what was acknowledged by it. A silent one is there, but answers no ping."""

    socket: web.WebSocketResponse
    is_silent: bool = False
    acknowledged: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return not self.socket.closed

    def cut(self) -> None:
        """As if somebody had pulled the plug."""
        transport = self.socket._req.transport if self.socket._req else None
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


@dataclass
class Switchboard:
    """Every line there was, in order. An address lets in once, as Slack's do."""

    url: str = ""
    is_away: bool = False
    error: str = ""
    is_deaf: bool = False
    asked: int = 0
    lines: list[Line] = field(default_factory=list)
    _tickets: set[str] = field(default_factory=set)
    _waiting: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)

    def routes(self) -> list[BaseRoute]:
        """What stands before the playground's own: the method that gives out addresses, and the way back of what people do there."""
        return [
            Route("/playground/slack/api/apps.connections.open", self._give_address, methods=["POST"]),
            Route("/slack/events", self._relay, methods=["POST"]),
        ]

    @property
    def acknowledged(self) -> list[dict[str, Any]]:
        """What came back, over all lines."""
        return [told for line in self.lines for told in line.acknowledged]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Takes calls at an address of its own: uvicorn speaks no WebSocket here."""
        app = web.Application()
        app.router.add_get("/link/{ticket}", self._link)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"ws://127.0.0.1:{runner.addresses[0][1]}"
        yield
        for line in self.lines:
            await line.socket.close()
        await runner.cleanup()

    async def line(self, number: int = 1) -> Line:
        """The line of that number, as soon as it is there."""
        async with asyncio.timeout(5):
            while len(self.lines) < number:  # noqa: ASYNC110 - looks at a server, not at an event
                await asyncio.sleep(0.01)
        return self.lines[number - 1]

    async def send(self, kind: str, payload: Any, envelope: str = "", seconds: float = PATIENCE, **more: Any) -> dict[str, Any] | None:
        """Sends an envelope by the newest line; what it was acknowledged with, or None where it was not in time."""
        envelope = envelope or secrets.token_hex(8)
        told: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[envelope] = told
        line = await self.line(max(1, len(self.lines)))
        asks = kind != "events_api"
        await line.socket.send_json({"envelope_id": envelope, "type": kind, "accepts_response_payload": asks, "payload": payload, **more})
        try:
            async with asyncio.timeout(seconds):
                return await told
        except TimeoutError:
            return None

    async def hang_up(self, line: Line, reason: str = "refresh_requested") -> None:
        """Says that the line will be closed, as Slack does now and then."""
        await line.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "here"}})

    async def _give_address(self, request: Request) -> Response:
        self.asked += 1
        if self.is_away:
            return PlainTextResponse("away", 503)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        if self.error:
            return JSONResponse({"ok": False, "error": self.error})
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return JSONResponse({"ok": True, "url": f"{self.url}/link/{ticket}"})

    async def _relay(self, request: Request) -> Response:
        kind, payload = _enveloped(await request.body(), request.headers["content-type"])
        told = await self.send(kind, payload)
        if told is None:
            return PlainTextResponse("not acknowledged", 504)
        return JSONResponse(told["payload"]) if "payload" in told else Response()

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["ticket"] not in self._tickets or self.is_deaf:
            return web.Response(status=403)
        self._tickets.remove(request.match_info["ticket"])
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        line = Line(socket)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}, "debug_info": {"host": "here"}})
        self.lines.append(line)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._note(line, json.loads(message.data))
            elif message.type is WSMsgType.PING and not line.is_silent:
                await socket.pong(message.data)
        return socket

    def _note(self, line: Line, told: dict[str, Any]) -> None:
        line.acknowledged.append(told)
        waiting = self._waiting.get(told["envelope_id"])
        if waiting and not waiting.done():
            waiting.set_result(told)


def _enveloped(body: bytes, content_type: str) -> tuple[str, Any]:
    """What a request holds, with the type that its envelope bears."""
    if content_type.startswith("application/json"):
        return "events_api", json.loads(body)
    fields = {name: values[-1] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
    return ("slash_commands", fields) if "command" in fields else ("interactive", json.loads(fields["payload"]))


HURRIED = SocketTimings(between=0.01)


def by_socket(account: SlackAccount) -> SlackAccount:
    """The same account without a signing secret."""
    return replace(account, signing_secrets=(), app_token=TOKEN)


async def asked(world: Any, count: int = 1) -> Any:
    """What the bot was asked last, as soon as it was asked so often."""

    async def look() -> bool:
        return len(world.answers.asked) >= count

    await world.until(look)
    assert len(world.answers.asked) == count
    return world.answers.asked[-1]


async def until(look: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not look():  # noqa: ASYNC110 - looks at a server, not at an event
            await asyncio.sleep(0.01)
