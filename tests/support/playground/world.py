"""A playground and a small bot beside it, both served over real HTTP."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import brotli  # type: ignore[import-untyped]
import jwt
import uvicorn
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from bot.playground import Accounts, Person, Playground, Rules, open_playground

Json = dict[str, Any]
Opened = Callable[..., "World"]
"""Opens a world: a path to keep it in, and rules."""
Closer = Callable[[], object]
Answered = tuple[int, Json, Message]
"""Status, JSON body, headers."""


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@dataclass
class Bot:
    """Takes what the services send, checks who sent it as the real libraries do, and answers what it was told to."""

    heard: list[Json] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    silent: bool = False
    crashes: list[Json] = field(default_factory=list)
    two_crashes: threading.Event = field(default_factory=threading.Event)
    accounts: Accounts | None = None

    async def slack(self, request: Request) -> Response:
        body = (await request.body()).decode()
        assert self.accounts
        if not SignatureVerifier(self.accounts.slack_signing_secret).is_valid_request(body, dict(request.headers)):
            return Response(status_code=401)
        if request.headers["content-type"] == "application/json":
            heard: Json = json.loads(body)
        else:
            fields: Json = dict(parse_qsl(body, keep_blank_values=True))
            heard = json.loads(fields["payload"]) if "payload" in fields else fields
        return await self._answer(heard, str(heard.get("type") or heard["command"]))

    async def teams(self, request: Request) -> Response:
        assert self.accounts
        with urllib.request.urlopen(self.accounts.teams_openid_metadata) as metadata:  # noqa: S310, ASYNC210
            keys = jwt.PyJWKClient(json.load(metadata)["jwks_uri"])
        token = request.headers["authorization"].removeprefix("Bearer ")
        claims = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token),
            algorithms=["RS256"],
            audience=self.accounts.teams_app_id,
            issuer="https://api.botframework.com",
            options={"require": ["exp", "nbf", "serviceurl"]},
        )
        heard: Json = await request.json()
        assert claims["serviceurl"] == heard["serviceUrl"]
        return await self._answer(heard, str(heard.get("name") or heard["type"]))

    async def envelope(self, request: Request) -> Response:
        """What the demo shop reports."""
        body = await request.body()
        raw = gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else brotli.decompress(body)
        items = [json.loads(line) for line in raw.splitlines() if line.startswith(b"{")]
        self.crashes += [item for item in items if "exception" in item]
        if len(self.crashes) >= 2:
            self.two_crashes.set()
        return JSONResponse({})

    async def _answer(self, heard: Json, kind: str) -> Response:
        self.heard.append(heard)
        if self.silent:
            await asyncio.sleep(5)
        answer = self.answers.get(kind, "")
        return JSONResponse(answer) if isinstance(answer, dict) else Response(answer)


@dataclass
class World:
    """The playground, the bot, and the ways to reach them."""

    playground: Playground
    bot: Bot
    clock: Clock
    own_url: str
    bot_url: str
    loop: Callable[[], asyncio.AbstractEventLoop]

    @property
    def accounts(self) -> Accounts:
        return self.playground.accounts

    @property
    def ana(self) -> Person:
        return self.accounts.people[0]

    @property
    def slack(self) -> WebClient:
        return WebClient(self.accounts.slack_bot_token, base_url=self.accounts.slack_api_url)

    def act(self, **deed: Any) -> Json:
        return self.post("/act", {"as": "UPLAY1", **deed})[1]

    def state(self, person: str = "UPLAY1") -> Json:
        return call("GET", f"{self.own_url}/state?as={person}")[1]

    def post(self, path: str, body: Json) -> tuple[int, Json]:
        status, answer, _ = call("POST", self.own_url + path, body)
        return status, answer

    def slack_messages(self, person: str = "UPLAY1") -> list[Json]:
        messages: list[Json] = self.state(person)["slack"]["messages"]["CALERTS"]
        return messages

    def teams_messages(self, person: str = "UPLAY1") -> list[Json]:
        messages: list[Json] = self.state(person)["teams"]["messages"][self.accounts.teams_channel]
        return messages

    def connector(self, method: str, path: str, body: Any = None, token: str = "") -> Answered:
        return call(method, f"{self.own_url}/teams/v3/{path}", body, {"Authorization": f"Bearer {token or self.token()}"})

    def introduce(self) -> bool:
        """Let the playground announce the bot, in the loop that serves it."""
        return asyncio.run_coroutine_threadsafe(self.playground.introduce(), self.loop()).result(10)

    def token(self) -> str:
        return str(self.ask_for_token()[1]["access_token"])

    def ask_for_token(self, **changes: str) -> Answered:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.accounts.teams_app_id,
            "client_secret": self.accounts.teams_app_password,
            "scope": "https://api.botframework.com/.default",
            **changes,
        }
        url = f"{self.accounts.teams_login_url}/{self.accounts.teams_tenant_id}/oauth2/v2.0/token"
        return call("POST", url, urlencode(form).encode())

    def post_card(self, card: Json) -> str:
        body = {
            "channelData": {"channel": {"id": self.accounts.teams_channel}},
            "activity": {"type": "message", "attachments": [attached(card)]},
        }
        return str(self.connector("POST", "conversations", body)[1]["activityId"])

    def channel_path(self, thread: str = "") -> str:
        key = self.accounts.teams_channel + (f";messageid={thread}" if thread else "")
        return f"conversations/{quote(key, safe='')}"


def attached(card: Json) -> Json:
    return {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}


def call(method: str, url: str, body: Any = None, headers: Json | None = None) -> Answered:
    """One HTTP request: status, JSON body, headers."""
    raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    kind = {} if raw is None or isinstance(body, bytes) else {"Content-Type": "application/json"}
    request = urllib.request.Request(url, raw, {**kind, **(headers or {})}, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            return response.status, _json(response.read()), response.headers
    except urllib.error.HTTPError as error:
        return error.code, _json(error.read()), error.headers


def _json(raw: bytes) -> Json:
    try:
        found = json.loads(raw)
    except ValueError:
        return {"text": raw.decode()}
    return found if isinstance(found, dict) else {"list": found}


def open_world_at(path: Path | None, rules: Json) -> tuple[World, Closer]:
    own, theirs = _listening(), _listening()
    base, bot_url = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in (own, theirs))
    clock, bot = Clock(), Bot()
    strict = Rules(clock=clock, **rules)
    playground = open_playground(path, f"{base}/playground", bot_url, rules=strict)
    bot.accounts = playground.accounts
    bot_routes = [
        Route("/api/1/envelope/", bot.envelope, methods=["POST"]),
        Route("/slack/events", bot.slack, methods=["POST"]),
        Route("/api/messages", bot.teams, methods=["POST"]),
    ]
    # A thread for each: the small bot fetches keys from the playground while it answers it.
    ours = Served(Starlette(routes=[Mount("/playground", playground.app)]), own, playground.aclose)
    bots = Served(Starlette(routes=bot_routes), theirs)

    def close() -> None:
        for one in (ours, bots):
            one.stop()
        for one in (ours, bots):
            one.join()

    return World(playground, bot, clock, f"{base}/playground", bot_url, ours.loop.result), close


class Served:
    """An application served in a thread of its own until closed."""

    def __init__(self, app: Starlette, listening: socket.socket, at_end: Callable[[], Awaitable[None]] | None = None) -> None:
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        self._listening = listening
        self._at_end = at_end
        self.loop: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self._thread.start()

    async def _serve(self) -> None:
        self.loop.set_result(asyncio.get_running_loop())
        await self._server.serve([self._listening])
        if self._at_end is not None:
            await self._at_end()

    def stop(self) -> None:
        self._server.should_exit = True

    def join(self) -> None:
        self._thread.join()


def _listening() -> socket.socket:
    """A socket that already listens: what connects before the server runs just waits."""
    one = socket.socket()
    one.bind(("127.0.0.1", 0))
    one.listen()
    return one
