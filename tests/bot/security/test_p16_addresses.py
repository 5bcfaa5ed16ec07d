"""Addresses from outside: none leads our requests elsewhere, none makes an error of ours, and a name that points here opens nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from yarl import URL

from bot.app import web
from bot.chat import links
from bot.chat.interactions import ChatPerson, Place
from bot.chat.platform import PlatformError
from bot.ingest.auth import key_of_dsn
from bot.msteams.account import TeamsAccount
from bot.msteams.http import HttpSession
from bot.msteams.tokens import _is_same_host
from bot.playground import open_playground
from bot.playground.links import links_to
from bot.security.loopback import is_local
from bot.service import Service
from bot.settings import Settings
from bot.slack.client import SlackClient, response_url, socket_url
from bot.slack.socket import Connection, SocketTimings
from tests.support.core import World
from tests.support.pages import Browser

API = URL("https://slack.com/api/")
OWN = "https://quell.example.com"

BROKEN = (
    "[", "]", "http://[", "https://[::1", "https://]", "//[", "https://[v1.x]/", "https://[::1]x/", "https://host:99999/", "https://host:-1/",
    "https://host:x/", "https://host:/", "https://:80/", "https://", "://", "", " ", "\0", "https://\ud800/", "https://ho\u2100st/",
    "https://\uff08\uff09/", "https://%00/", "https://a\nb/", "https://xn--/", "https://xn--a\ufe0f/", f"https://{'a' * 300}.example/",
    f"https://{'a.' * 5_000}/", f"{OWN}/[", f"{OWN}//[", f"{OWN}/issues/[/", f"{OWN}//[::1", f"{OWN}/issues/1/?[", f"{OWN}/issues/1/#[",
    f"{OWN}/share/issue/[", f"{OWN}@[", f"{OWN}/\ud800", f"{OWN}//\u2100", "https://u:p@[/1", "javascript:alert(1)",
)  # fmt: skip
"""Addresses that one parser or another raises on."""

READERS: dict[str, Callable[[str], Any]] = {
    "a link to an issue": lambda url: links.issue_in(OWN, url),
    "a link to a shared issue": lambda url: links.share_in(OWN, url),
    "a DSN": key_of_dsn,
    "a response_url": lambda url: response_url(url, API),
    "a socket": lambda url: socket_url(url, API),
    "a service URL": lambda url: (an_account().may_reach(url), an_account().may_trust(url), an_account().is_here(url)),
    "a list of keys": lambda url: _is_same_host(url, "https://login.botframework.com/x"),
    "a link in the playground": lambda url: links_to("127.0.0.1:8080", url),
}


def an_account(*, is_anonymous: bool = False) -> TeamsAccount:
    hosts = ("smba.trafficmanager.net",)
    return TeamsAccount("app", "password", "tenant", "https://login.botframework.com/x", "https://login.microsoftonline.com", hosts, is_anonymous)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_an_address_that_is_none_is_none_and_no_error(read: Callable[[str], Any]) -> None:
    for url in BROKEN:
        found = read(url)
        assert found in (None, "", [], False, (False, False, False)) or isinstance(found, str)


SOMEWHERE = (
    "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]", "169.254.169.254", "10.0.0.1", "192.168.1.1", "metadata.google.internal", "hooks.slack.com.evil.example",
    "evil.example", "slack.com.evil.example", "xslack.com", "evil-slack.com", "hooks.slack.com.", "hooks.slack.com%2eevil.example",
    "hooks.slack.com%00.evil.example", "hooks.slack.com\\.evil.example", "hooks\u3002evil.example", "smba.trafficmanager.net.evil.example",
    "xsmba.trafficmanager.net", "evil.trafficmanager.net", "smba.trafficmanager.net.", "smba.trafficmanager.net\\@evil.example",
    "evil.example#@smba.trafficmanager.net", "evil.example?@smba.trafficmanager.net", "evil.example#@hooks.slack.com",
    "user@smba.trafficmanager.net", "hooks.slack.com@evil.example", "evil.example:443@hooks.slack.com", "hooks.slack.com:80",
    "hooks.slack.com:8443", "127.0.0.1.nip.io", "localtest.me",
)  # fmt: skip
"""Hosts that are this machine, its neighbors, or somebody who looks like a platform."""


@pytest.mark.parametrize("host", SOMEWHERE)
@pytest.mark.parametrize("scheme", ["https", "http", "wss", "ws", "ftp", "file", "gopher"])
def test_nothing_is_sent_to_a_host_that_only_looks_like_a_platforms(host: str, scheme: str) -> None:
    url = f"{scheme}://{host}/x"
    assert response_url(url, API) is None
    assert socket_url(url, API) is None
    assert not an_account().may_reach(url)
    assert not an_account(is_anonymous=True).may_trust(url)


@pytest.mark.parametrize("url", ["wss://wss-primary.slack.com/link/?ticket=1", "wss://wss-backup.slack.com:443/link/"])
def test_slacks_own_sockets_are_opened(url: str) -> None:
    assert socket_url(url, API) is not None
    assert socket_url(url.replace("wss:", "ws:"), API) is None


@dataclass
class Crossroads:
    """A server that sends everybody on to another one, and both write down who came."""

    port: int
    status: int
    asked: list[str] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)
    met: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@asynccontextmanager
async def crossroads(status: int) -> AsyncIterator[Crossroads]:
    async def lead_astray(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here.asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode())
        where = f"http://localhost:{there.sockets[0].getsockname()[1]}/elsewhere"
        writer.write(f"HTTP/1.1 {status} Moved\r\nLocation: {where}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        here.met.set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here.followed.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{"ok":true}')
        await writer.drain()
        writer.close()

    there = await asyncio.start_server(take, "127.0.0.1", 0)
    server = await asyncio.start_server(lead_astray, "127.0.0.1", 0)
    here = Crossroads(server.sockets[0].getsockname()[1], status)
    async with there, server:
        yield here


ANA = ChatPerson("slack", "T1", "U1")
IN_SLACK: dict[str, Callable[[SlackClient], Any]] = {
    "auth.test": lambda client: client.own_team(),
    "chat.postMessage": lambda client: client.post("C1", {"text": "x"}, "k"),
    "chat.update": lambda client: client.update("C1", "1.2", {"text": "x"}),
    "chat.unfurl": lambda client: client.unfurl("C1", "1.2", {}),
    "conversations.open": lambda client: client.direct("U1"),
    "views.open": lambda client: client.open_view("1.2.3", {}),
    "views.publish": lambda client: client.publish("U1", {}),
    "users.info": lambda client: client.profile("U1", "T1"),
    "chat.postEphemeral": lambda client: client.say_privately(Place("C1"), ANA, {"text": "x"}),
    "apps.connections.open": lambda client: client.socket_url("xapp-1"),
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_call_of_slacks_client_follows_a_redirect(status: int) -> None:
    async with crossroads(status) as where:
        client = SlackClient("xoxb-canary", where.url)
        await client.open()
        for call in IN_SLACK.values():
            with pytest.raises(PlatformError):
                await call(client)
        assert not await client.respond(f"{where.url}here", Place("C1"), {"text": "x"})
        await client.close()
        assert len(where.asked) >= len(IN_SLACK) + 1
        assert where.followed == []


async def test_a_socket_follows_no_redirect_and_leads_nowhere_else() -> None:
    async with crossroads(302) as where:
        client = SlackClient("xoxb-canary", where.url)

        async def admit(_: Any) -> Any:
            raise AssertionError

        connection = Connection(where.url.replace("http:", "ws:"), client.web, admit, SocketTimings())
        trying = asyncio.create_task(connection.open())
        await where.met.wait()
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)
        await connection.close()
        assert where.followed == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_neither_keys_nor_tokens_nor_messages_of_teams_follow_a_redirect(status: int) -> None:
    async with crossroads(status) as where:
        door = HttpSession()
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = await door.ask(method, where.url, b"x", {"Authorization": "Bearer canary"})
            assert answer.status == status
        await door.close()
        assert len(where.asked) == 4
        assert where.followed == []


# Who may come in without a login --------------------------------------------------------------------------------------

HERE = ("127.0.0.1:8080", "[::ffff:127.0.0.1]:8080", "localhost:8080", "localhost", "LOCALHOST", "[::1]:8080", "127.8.9.1")
ELSEWHERE = (
    "[", "]", "[::1", "::1", "", " ", "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example",
    "127.0.0.1@evil.example", "evil.example#127.0.0.1", "0.0.0.0", "192.168.1.2", "169.254.169.254", "2130706433", "127.1",
    "localhost:x", "localhost:999999", "local\u017fhost", "127.0.0.1, evil.example",
)  # fmt: skip
FORWARDED = (
    {"x-forwarded-for": "203.0.113.7"}, {"x-forwarded-host": "evil.example"}, {"x-forwarded-proto": "https"}, {"x-forwarded-port": "443"},
    {"forwarded": "for=203.0.113.7"}, {"x-real-ip": "203.0.113.7"}, {"via": "1.1 proxy"}, {"x-forwarded-for": "127.0.0.1"},
    {"x-forwarded-server": "x"}, {"true-client-ip": "127.0.0.1"}, {"cf-connecting-ip": "::1"},
)  # fmt: skip


def a_request(peer: str | None, *headers: tuple[str, str]) -> Request:
    raw = [(name.encode(), value.encode("utf-8")) for name, value in headers]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw, "client": (peer, 1) if peer else None})


def test_who_is_on_this_machine() -> None:
    assert all(is_local(a_request("127.0.0.1", ("host", host))) for host in HERE)
    assert is_local(a_request("::1", ("host", "[::1]:8080")))
    assert not any(is_local(a_request("127.0.0.1", ("host", host))) for host in ELSEWHERE)
    assert not any(is_local(a_request("127.0.0.1", ("host", "localhost"), *headers.items())) for headers in FORWARDED)
    assert not any(is_local(a_request(peer, ("host", "localhost"))) for peer in ("192.168.1.9", "203.0.113.7", "", "x", None))
    assert not is_local(a_request("127.0.0.1"))
    assert not is_local(a_request("127.0.0.1", ("host", "localhost"), ("host", "evil.example")))


@pytest_asyncio.fixture
async def playing(world: World, database_url: str) -> AsyncIterator[Starlette]:
    """The program with its playground, whose issue pages are open to all on this machine."""
    playground = open_playground(None, "http://127.0.0.1:8080/playground", "http://127.0.0.1:8080")
    settings = Settings.model_validate({"database_url": database_url, "org": "acme", "secret_key": "a key of at least thirty-two characters"})
    service = Service(settings, world.core, {"web"})
    yield web(service, playground)
    await playground.aclose()
    service.workers.close()


OPEN_TO_THIS_MACHINE = ("/playground/", "/playground/api/state", "/issues/SHOP-1/", "/issues/1/", "/share/issue/x/", "/login/", "/login/x")
ANSWER_ANYBODY = (
    "/",
    "/healthz",
    "/readyz",
    "/docs",
    "/openapi.json",
    "/api/0/",
    "/api/0/issues/1/",
    "/hooks/json/1/",
    "/api/1/envelope/",
    "/nothing",
)


async def test_in_the_playground_issue_pages_refuse_what_the_playground_refuses(playing: Starlette, world: World) -> None:
    world.event("Boom")
    assert (await Browser(playing).get("/issues/SHOP-1/")).status == 200
    for path in OPEN_TO_THIS_MACHINE:
        refused = [(await Browser(playing).ask("GET", path, {"host": host})).status for host in ("[", "", "evil.example:8080", "192.168.1.2")]
        refused += [(await Browser(playing).ask("GET", path, headers)).status for headers in FORWARDED[::4]]
        refused += [(await Browser(playing, peer="192.168.1.9").get(path)).status]
        assert set(refused) == {403}, path


@pytest.mark.slow
async def test_no_host_however_strange_is_an_error_of_ours(playing: Starlette) -> None:
    for path in (*OPEN_TO_THIS_MACHINE, *ANSWER_ANYBODY):
        for host in ("[", "]", "[::1", "a b", "\u2100".encode().decode("latin-1"), "x" * 4_000, "%00", "user@[", "//[", ":", "http://["):
            for method in ("GET", "POST"):
                assert (await Browser(playing).ask(method, path, {"host": host})).status < 500, (method, path, host)
