"""The real program with the two chat services apart from it, in this process, where every request between them is noted with its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import demo
from bot.playground import Accounts, Playground, open_playground
from bot.playground.bot_client import Answer, BotClient
from core.bootstrap import CoreSettings, open_core
from core.notify.watches import ChannelName
from tests.support.playground.world import Served, _listening
from tests.support.program import ANA, Bare, Town, free_port, wait_for

TIMER_SLACK = 0.003
"""Seconds by which two sockets may be read in the wrong order."""


@dataclass(frozen=True)
class Knock:
    """A request of a chat to the program, and how long the answer took, in seconds."""

    body: bytes
    headers: dict[str, str]
    path: str
    at: float
    took: float
    status: int


@dataclass
class Notes:
    """What went over the wire. ``calls`` are the moments and paths of the program's own requests to the chats."""

    knocks: list[Knock] = field(default_factory=list)
    calls: list[tuple[float, str]] = field(default_factory=list)

    def clear(self) -> None:
        self.knocks.clear()
        self.calls.clear()

    def calls_during(self, knock: Knock) -> list[str]:
        """What the program said to a chat before it had answered it."""
        end = knock.at + knock.took - TIMER_SLACK
        chat = "/slack/" if knock.path.startswith("/slack/") else "/teams/"
        return [f"{path} after {at - knock.at:.3f} s" for at, path in self.calls if knock.at < at < end and chat in path]


@dataclass(frozen=True)
class Listening:
    """The chat services, with an ear at their door."""

    app: ASGIApp
    notes: Notes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if "/slack/api/" in path or "/slack/response/" in path or "/teams/v3/" in path:
            self.notes.calls.append((time.monotonic(), path))
        await self.app(scope, receive, send)


class Wiretap(BotClient):
    """The way to the program, with a stop watch."""

    def __init__(self, notes: Notes) -> None:
        super().__init__()
        self._notes = notes

    async def post(self, url: str, body: bytes, headers: dict[str, str], seconds: float) -> Answer:
        begun = time.monotonic()
        answer = await super().post(url, body, headers, seconds)
        path = "/" + url.split("/", 3)[3]
        self._notes.knocks.append(Knock(body, headers, path, begun, time.monotonic() - begun, answer.status))
        return answer


@dataclass
class Apart(Bare):
    """One program, and the chats somewhere else."""

    chats: str = ""
    notes: Notes = field(default_factory=Notes)

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        if path.startswith("/playground"):
            return Town.request(_Elsewhere(self.folder, self.database_url, port=int(self.chats.rpartition(":")[2])), method, path, body, headers)
        return super().request(method, path, body, headers)

    def twin(self) -> Bare:
        """Another process of the same program."""
        return Bare(_made(self.folder / "twin"), self.database_url, settings=dict(self.settings))


class _Elsewhere(Town):
    """Where the chats are."""


@contextmanager
def apart(folder: Path, database_url: str) -> Iterator[Apart]:
    """Starts both; at the end everything is stopped in order."""
    ours, notes, port = _listening(), Notes(), free_port()
    base = f"http://127.0.0.1:{ours.getsockname()[1]}"
    playground = open_playground(None, f"{base}/playground", f"http://127.0.0.1:{port}")
    playground._client.__class__ = Wiretap  # the services hold it already
    playground._client._notes = notes  # type: ignore[attr-defined]
    served = Served(Starlette(routes=[Mount("/playground", Listening(playground.app, notes))]), ours, playground.aclose)
    town = Apart(folder, database_url, port=port, settings=_settings(playground.accounts), chats=base, notes=notes)
    _furnish(database_url, playground)
    try:
        town.start()
        wait_for(lambda: town.act(ANA, "slack", "command", text="whoami")["ok"])
        wait_for(lambda: town.sees(ANA, "slack", "You are @"))
        yield town
    finally:
        if town.process and town.process.poll() is None:
            town.process.kill()
            town.process.wait(timeout=10)
        served.stop()
        served.join()


def _furnish(database_url: str, playground: Playground) -> None:
    """An organization with people and a project whose issues both channels are told of, as in the playground."""
    accounts = playground.accounts
    with closing(open_core(CoreSettings(database_url))) as core:
        core.upgrade()
        project = demo._project(core)
        demo._people(core, project, playground)
        core.watches.set(project, ChannelName("slack", accounts.slack_channel))
        core.watches.set(project, ChannelName("msteams", accounts.teams_channel))
        core.directory.set_service_url("msteams", accounts.teams_tenant_id, accounts.teams_service_url)


def _settings(accounts: Accounts) -> dict[str, str]:
    names = (
        "slack_signing_secret",
        "slack_bot_token",
        "slack_api_url",
        "teams_app_id",
        "teams_app_password",
        "teams_tenant_id",
        "teams_openid_metadata",
        "teams_login_url",
        "teams_service_hosts",
    )
    chats = {f"QUELL_{name.upper()}": str(getattr(accounts, name)) for name in names}
    return chats | {"QUELL_ORG": demo.ORGANIZATION, "QUELL_SECRET_KEY": "a key that all processes of the town share"}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
