"""A Teams of our own on loopback: keys, tokens and a connector over real HTTP, and a small honest side that answers."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.chat.elements import Button, Card, Changed, Fact, Menu, Moment, Notice, Picker, Reply
from bot.chat.interaction_queue import QueueTimings
from bot.chat.interactions import ChannelChanged, Interaction
from bot.chat.platform import BeforeCalling, at_once
from bot.msteams.app import TeamsAccount, TeamsPlatform
from tests.support.chat import as_answered
from tests.support.interaction_queue import PUNCTUAL, own_queue

APP_ID = "6b1f6a8e-0000-4000-8000-00000000a99d"


TENANT = "7c2e0000-0000-4000-8000-0000000000ff"


ANA = {"id": "29:1ana", "name": "Ana Lima", "aadObjectId": "11111111-aaaa-4aaa-8aaa-000000000001"}


BOT = {"id": f"28:{APP_ID}", "name": "Quell"}


MENTION = {"type": "mention", "text": "<at>Quell</at>", "mentioned": BOT}


CHANNEL = "19:alerts@thread.tacv2"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Clock:
    """Real time, which a test can move."""

    ahead: float = 0

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.ahead, UTC)


@dataclass
class Teams:
    """Microsoft's side: what it was asked, and what it is to answer next. Its server serves ``bot`` as well."""

    url: str = ""
    bot: Any = None
    keys: dict[str, Any] = field(default_factory=dict)
    endorsements: list[str] = field(default_factory=lambda: ["msteams"])
    calls: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Response] = field(default_factory=list)
    metadata: list[Response] = field(default_factory=list)
    member: dict[str, Any] = field(default_factory=dict)
    tokens: int = 0
    fetched: int = 0
    called: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def service_url(self) -> str:
        return f"{self.url}/service/"

    def token(self, key: Any = None, headers: dict[str, Any] | None = None, algorithm: str = "RS256", **claims: Any) -> str:
        now = int(datetime.now(UTC).timestamp())
        told = {"iss": "https://api.botframework.com", "aud": APP_ID, "exp": now + 3600, "nbf": now - 60, "serviceurl": self.service_url}
        told = {name: value for name, value in (told | claims).items() if value is not None}
        return jwt.encode(told, self.keys["k1"] if key is None else key, algorithm, {"kid": "k1"} if headers is None else headers)

    def routes(self) -> list[Route]:
        path = "/service/v3/conversations/{conversation}/{rest:path}"
        return [
            Route("/openid", self._openid),
            Route("/keys", self._keys),
            Route("/login/{tenant}/oauth2/v2.0/token", self._login, methods=["POST"]),
            Route("/service/v3/conversations", self._call, methods=["POST"]),
            Route(path, self._call, methods=["GET", "POST", "PUT", "DELETE"]),
        ]

    async def _openid(self, _request: Request) -> Response:
        self.fetched += 1
        return self.metadata.pop(0) if self.metadata else JSONResponse({"jwks_uri": f"{self.url}/keys"})

    async def _keys(self, _request: Request) -> Response:
        entries = [
            {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "endorsements": self.endorsements} for kid, key in self.keys.items()
        ]
        return JSONResponse({"keys": [{"kty": "EC", "kid": "other"}, "nonsense", *({k: v for k, v in e.items() if k != "key_ops"} for e in entries)]})

    async def _login(self, request: Request) -> Response:
        self.tokens += 1
        form = parse_qs((await request.body()).decode())
        good = {
            "grant_type": ["client_credentials"],
            "client_id": [APP_ID],
            "client_secret": ["password"],
            "scope": ["https://api.botframework.com/.default"],
        }
        if form != good or request.path_params["tenant"] != TENANT:
            return JSONResponse({"error": "invalid_client"}, 401)
        return JSONResponse({"access_token": f"token-{self.tokens}", "expires_in": 3600})

    async def _call(self, request: Request) -> Response:
        raw = await request.body()
        body = json.loads(raw) if raw else None
        path = request.scope["raw_path"].decode()
        self.calls.append({"method": request.method, "path": path, "body": body, "authorization": request.headers.get("authorization")})
        self.called.set()
        if self.faults:
            return self.faults.pop(0)
        return JSONResponse(self.member if request.method == "GET" else {"id": f"m{len(self.calls)}"})

    async def wait_for_calls(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(5):
            while len(self.calls) < count:
                self.called.clear()
                await self.called.wait()
        return self.calls


@dataclass
class Answers:
    """Answers each deed with what the test laid out, and remembers what it was asked."""

    reply: Reply | Callable[[Interaction], Awaitable[Reply]] = field(default_factory=lambda: Notice(("Done.",)))
    asked: list[Interaction] = field(default_factory=list)
    drawn: list[Changed] = field(default_factory=list)
    """The cards that were asked for after a change."""
    channel_changes: list[ChannelChanged] = field(default_factory=list)
    reached: list[tuple[str, str, str]] = field(default_factory=list)
    is_secret: bool = False

    async def answer(self, interaction: Interaction) -> Reply:
        self.asked.append(interaction)
        return as_answered(interaction, await self.reply(interaction) if callable(self.reply) else self.reply)

    async def attempt(self, interaction: Interaction, before_calling: BeforeCalling = at_once) -> Reply:
        return await self.answer(interaction)

    async def card(self, interaction: Interaction, changed: Changed) -> Reply:
        self.drawn.append(changed)
        return await self.reply(interaction) if callable(self.reply) else self.reply

    async def earlier(self, interaction: Interaction) -> Reply | None:
        return None

    def faults(self, interaction: Interaction) -> dict[str, str]:
        return {}

    def asks(self, verb: str) -> bool:
        return False

    def makes_secret(self, interaction: Interaction) -> bool:
        return self.is_secret

    async def unfolded(self, interaction: Interaction, copies: Mapping[str, Card]) -> None:
        raise AssertionError("no copy in Teams that was unfolded can be redrawn by the bot")

    async def channel_changed(self, change: ChannelChanged) -> None:
        self.channel_changes.append(change)

    async def set_service_url(self, platform: str, tenant: str, service_url: str) -> None:
        self.reached.append((platform, tenant, service_url))


@dataclass
class Answered:
    """What the bot's endpoint said."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Bot:
    """The platform behind its endpoint."""

    platform: TeamsPlatform
    url: str
    http: aiohttp.ClientSession
    teams: Teams
    answers: Answers
    clock: Clock

    async def send(self, activity: Any, token: str | None = "", headers: dict[str, str] | None = None) -> Answered:
        """Posts an activity, with a good token unless another, or None, is given."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        bearer = {} if token is None else {"Authorization": f"Bearer {token or self.teams.token()}"}
        async with self.http.post(f"{self.url}/api/messages", data=body, headers={**bearer, **(headers or {})}) as response:
            return Answered(response.status, await response.read())

    def activity(self, kind: str = "message", **more: Any) -> dict[str, Any]:
        return activity(kind, self.teams.service_url, **more)


def activity(kind: str = "message", service_url: str = "https://smba.trafficmanager.net/emea/", **more: Any) -> dict[str, Any]:
    """An activity as Teams sends it."""
    return {
        "type": kind,
        "id": "f:1" if kind == "invoke" else "1700000000001",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": ANA,
        "recipient": BOT,
        "conversation": {"id": f"{CHANNEL};messageid=1700000000000", "tenantId": TENANT, "conversationType": "channel"},
        "channelData": {"tenant": {"id": TENANT}},
        "entities": [{"type": "clientInfo", "timezone": "Europe/Lisbon"}, MENTION],
        "localTimezone": "Europe/Lisbon",
        **more,
    }


def invoke(name: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "invoke", "name": name, "value": value, "replyToId": "1700000000000", **more}


def a_card(**more: Any) -> Card:
    return replace(
        Card(
            issue_id=7,
            version=3,
            title="ValueError: bad basket",
            url="https://quell.example.com/issues/SHOP-1F/",
            short_id="SHOP-1F",
            level="error",
            where="shop.basket in total",
            excerpt="line one\n    line two",
            state=("Unresolved, new",),
            facts=(Fact("Events", ("12",)), Fact("First seen", (Moment(datetime(2026, 11, 23, 14, 2, tzinfo=UTC)),))),
            people=("Assigned to nobody",),
            controls=(
                Button("resolve", "Resolve", style="primary"),
                Button("archive", "Archive…", asks=True),
                Picker("assign", "Assign…", "assignee"),
                Menu(
                    "More",
                    (
                        Button("comment", "Comment…", asks=True),
                        Button("bookmark", "Bookmark"),
                        Button("delete", "Delete…", asks=True, style="danger"),
                    ),
                ),
            ),
            footer=("Project shop",),
            fallback="Error SHOP-1F: ValueError: bad basket",
        ),
        **more,
    )


@asynccontextmanager
async def serving(app: ASGIApp, listening: socket.socket | None = None) -> AsyncIterator[str]:
    """A real server on a free port of this machine."""
    listening = listening or socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup([listening])
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await server.shutdown([listening])


@asynccontextmanager
async def running(account: TeamsAccount, teams: Teams, peer: str = "127.0.0.1", timings: QueueTimings = PUNCTUAL) -> AsyncIterator[Bot]:
    """The platform behind the same server, which it believes to be called from ``peer``."""
    answers, clock = Answers(), Clock()
    queues = AsyncExitStack()
    platform = TeamsPlatform(account, answers, await queues.enter_async_context(own_queue(answers, timings)), clock)
    inner = Starlette(routes=list(platform.routes))

    async def bot(scope: Scope, receive: Receive, send: Send) -> None:
        await inner({**scope, "client": (peer, 1)}, receive, send)

    teams.bot = bot
    async with aiohttp.ClientSession() as http:
        await platform.start()
        yield Bot(platform, teams.url, http, teams, answers, clock)
        await platform.close()
        await queues.aclose()
