"""The hooks over real HTTP, with a core behind them whose clock tests set."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import uvicorn
from starlette.applications import Starlette

from bot.api.wording import status_name
from bot.ingest.app import IngestContext
from bot.ingest.crashes.endpoint import CrashEndpoint
from bot.ingest.hooks.endpoint import WebhookEndpoint
from bot.workers import workers_for
from core.types import JSON, Level
from core.views import EventView, IssueView, ProjectView
from tests.support.core import World


@dataclass(frozen=True)
class Answer:
    """What a hook said."""

    status: int
    headers: Mapping[str, str]
    json: Any


@dataclass
class Hooks:
    """Somebody who posts to the hooks of a project, and looks at what came of it."""

    world: World
    port: int
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    @property
    def project(self) -> ProjectView:
        return self.world.project

    def post(self, hook: str, body: object, query: str | None = None, **headers: str) -> Answer:
        """Posts JSON, or bytes as they are."""
        query = f"?key={self.project.public_key}" if query is None else query
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.runner.get_loop().run_until_complete(self._post(f"/hooks/{hook}/{self.project.id}/{query}", sent, headers))

    def send(self, path: str, body: bytes, **headers: str) -> Answer:
        """Posts bytes to any path."""
        return self.runner.get_loop().run_until_complete(self._post(path, body, headers))

    def alert(self, *alerts: JSON, **more: Any) -> JSON:
        """What is answered to a notification with these alerts, which is taken."""
        answer = self.post("alertmanager", {"version": "4", "status": "firing", "alerts": list(alerts)} | more)
        assert answer.status == 200, answer
        return dict(answer.json)

    def report(self, *reports: JSON) -> JSON:
        """What is answered to these reports, which are taken."""
        answer = self.post("json", reports[0] if len(reports) == 1 else list(reports))
        assert answer.status == 200, answer
        return dict(answer.json)

    def refused(self, hook: str, body: object, status: int = 400) -> str:
        """What is said to a request that is refused."""
        answer = self.post(hook, body)
        assert answer.status == status, answer
        return str(answer.json["detail"])

    def issues(self) -> list[IssueView]:
        """The project's issues, oldest first."""
        known = self.world.core.reads.ids_of(self.world.organization_id, [f"SHOP-{number:X}" for number in range(1, 16)])
        return self.world.core.reads.issues(known)

    def issue(self) -> IssueView:
        """The only issue there is."""
        (issue,) = self.issues()
        return issue

    def state(self) -> tuple[str, str, int]:
        """Status and substatus of the only issue, and how often it was seen."""
        issue = self.issue()
        return status_name(issue.status), issue.substatus.full_name if issue.substatus else "", issue.times_seen

    def event(self) -> EventView:
        """The newest event of the only issue."""
        return self.world.core.reads.events(self.issue().id, 1)[0]

    def level(self) -> Level:
        return Level(self.issue().level)

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"http://127.0.0.1:{self.port}{path}", data=io.BytesIO(body), headers={"Content-Type": "application/json", **headers}
            ) as response,
        ):
            text = await response.text()
            return Answer(response.status, response.headers.copy(), json.loads(text) if response.content_type == "application/json" else text)


@contextmanager
def hooks_of(world: World, quota: int = 0) -> Iterator[Hooks]:
    """The hooks, served."""
    workers = workers_for(world.core.settings.database_url)
    listener = socket.create_server(("127.0.0.1", 0))
    doorway = IngestContext(world.core, workers, quota)
    app = Starlette(routes=[*WebhookEndpoint(world.core, doorway).routes(), *CrashEndpoint(doorway).routes()])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    hooks = Hooks(world, listener.getsockname()[1])
    try:
        with hooks.runner:
            yield hooks
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        workers.close()
