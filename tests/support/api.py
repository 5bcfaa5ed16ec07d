"""Two organizations in a core that is served over HTTP, and clients that ask it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

import aiohttp
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.api.app import Api, bare_api
from bot.api.auth import ApiContext
from bot.workers import Workers
from core.accounts.directory import Newcomer
from core.bootstrap import Core
from core.events.record import Occurrence
from core.types import Level, Role
from core.views import ProjectView, UserView

LINKS = "https://quell.example.com"


@dataclass
class Clock:
    """A clock that tests set."""

    now: datetime = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@cache
def the_api() -> Api:
    """The API of this process: its routes take half a second to make, and know nothing of the core behind them."""
    return bare_api()


class Door:
    """What the server serves: the API, which each test gives its own desk, or whatever else it puts there."""

    def __init__(self) -> None:
        self.api = the_api()
        self.program: ASGIApp = self.api

    def open(self, core: Core, workers: Workers) -> None:
        """From now on it is about this core."""
        self.api.state.context = ApiContext(core, workers, LINKS)
        self.program = self.api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.program(scope, receive, send)


@dataclass
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    json: Any


@dataclass
class Client:
    """Asks the API with one token."""

    url: str
    token: str | None
    runner: asyncio.Runner
    session: aiohttp.ClientSession

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Answer:
        """Any request; an answer that the description does not declare fails the test."""
        # Runner.run would set a handler of signals each time, and write out the whole answer to do so.
        answer = self.runner.get_loop().run_until_complete(self._ask(method, path, body, **more))
        declared = _declared(method, path.partition("?")[0])
        assert declared is None or str(answer.status) in declared, (method, path, answer)
        return answer

    def get(self, path: str) -> Any:
        """The JSON of an answer that must be 200."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.json

    def put(self, path: str, **body: Any) -> Any:
        """Likewise for a change."""
        answer = self.ask("PUT", path, body)
        assert answer.status == 200, answer
        return answer.json

    def refused(self, path: str, **body: Any) -> Any:
        """The JSON of an answer that must be 400."""
        answer = self.ask("PUT", path, body)
        assert answer.status == 400, answer
        return answer.json

    async def _ask(self, method: str, path: str, body: object, **more: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers.update(more.pop("headers", {}))
        if body is not None:
            more["json"] = body
        async with self.session.request(method, self.url + path, headers=headers, allow_redirects=False, **more) as response:
            is_json = response.content_type == "application/json"
            return Answer(response.status, response.headers, await response.json() if is_json else None)


@cache
def _description() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), found) for path, found in the_api().openapi()["paths"].items()]


def _declared(method: str, path: str) -> set[str] | None:
    """The statuses that the description declares for a request, if it knows the address and the method."""
    for form, operations in _description():
        if form.fullmatch(path) and method.lower() in operations:
            return set(operations[method.lower()]["responses"])
    return None


@dataclass
class Tenant:
    """An organization with a project, a user, and clients for all their scopes."""

    slug: str
    id: int
    project: ProjectView
    ada: UserView
    client: Client
    nobody: Client


@dataclass
class World:
    """The program under test."""

    core: Core
    clock: Clock
    url: str
    runner: asyncio.Runner
    session: aiohttp.ClientSession
    events: int = field(default=0)

    def client(self, token: str | None) -> Client:
        return Client(self.url, token, self.runner, self.session)

    def quoted(self, text: str) -> str:
        """The text as an address holds it."""
        return quote(text, safe="")

    def tenant(self, slug: str) -> Tenant:
        directory = self.core.directory
        organization = directory.create_organization(slug)
        project = directory.create_project("shop", slug, "python")
        ada = directory.create_user(organization.id, Newcomer("Ada Lovelace", f"ada@{slug}.example", None), Role.ADMIN)
        token, bare = directory.create_token(organization.id, ada), directory.create_token(organization.id, None)
        return Tenant(slug, organization.id, project, ada, self.client(token), self.client(bare))

    def event(self, project: ProjectView, fingerprint: str, person: str | None = None, **more: Any) -> int:
        """One event; answers the number of its issue. ``more`` replaces parts of the occurrence."""
        return self.issues(project, [fingerprint], person, **more)[0]

    def issues(self, project: ProjectView, fingerprints: list[str], person: str | None = None, **more: Any) -> list[int]:
        """An event for each fingerprint; answers the numbers of the issues."""
        occurrences = [replace(self._occurrence(fingerprint, person), **more) for fingerprint in fingerprints]
        return [recorded.issue_id for recorded in self.core.occurrences.record(project.id, occurrences)]

    def release(self, tenant: Tenant, version: str, **more: Any) -> None:
        """A release of the tenant's project, announced over HTTP."""
        self.clock.move(seconds=1)
        body = {"version": version, "projects": ["shop"], **more}
        answer = tenant.client.ask("POST", f"/api/0/organizations/{tenant.slug}/releases/", body)
        assert answer.status == 201, answer

    def _occurrence(self, fingerprint: str, person: str | None) -> Occurrence:
        self.events += 1
        return Occurrence(
            event_id=f"{self.events:032x}",
            happened_at=self.clock.now,
            hashes=(fingerprint,),
            title=f"ValueError: {fingerprint}",
            culprit="shop.cart in total",
            message=fingerprint,
            level=Level.ERROR,
            platform="python",
            details={"type": "ValueError", "value": fingerprint},
            person=person,
            release=None,
            environment=None,
            payload={"message": f"ValueError: {fingerprint}"},
        )
