"""A real core behind a real web server on a free port, and a client that sends as SDKs do."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import uvicorn
from starlette.applications import Starlette

from bot.ingest.app import IngestContext
from bot.ingest.batching import BatchLimits
from bot.ingest.crashes.endpoint import CrashEndpoint
from bot.ingest.sentry import SentryEndpoint
from bot.workers import workers_for
from core.bootstrap import Core
from core.db.models import Event, Issue
from core.types import JSON
from core.views import ProjectView

_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Answer:
    """What the door said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Kept:
    """What the database holds of an issue and its newest event."""

    title: str
    culprit: str
    times_seen: int
    users_seen: int
    level: int
    release: str | None
    environment: str | None
    payload: JSON


@dataclass
class Doorstep:
    """Sends to the door, and looks behind it."""

    core: Core
    doorway: IngestContext
    port: int
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def items(self, kind: str) -> float:
        """How many items of this type came in until now."""
        return self.doorway.metrics.registry.get_sample_value("quell_items_total", {"type": kind}) or 0

    def project(self) -> ProjectView:
        return self.core.directory.create_project(f"shop{next(_NUMBERS)}", None, "python")

    def dsn(self, project: ProjectView) -> str:
        return f"http://{project.public_key}@127.0.0.1:{self.port}/{project.id}"

    def knock(self, path: str, body: bytes = b"", headers: dict[str, str] | None = None, method: str = "POST") -> Answer:
        # Runner.run would set a handler of signals each time, and write out the whole answer to do so.
        return self.runner.get_loop().run_until_complete(self._knock(path, body, headers, method))

    def store(self, project: ProjectView, event: JSON) -> Answer:
        auth = f"Sentry sentry_version=7, sentry_key={project.public_key}, sentry_client=test/1"
        return self.knock(f"/api/{project.id}/store/", json.dumps(event).encode(), {"X-Sentry-Auth": auth})

    async def knocked_apart(self, project: ProjectView, event: JSON) -> Answer:
        """Stores an event from a loop, and so a thread, of its own."""
        return await self._knock(f"/api/{project.id}/store/?sentry_key={project.public_key}", json.dumps(event).encode(), None, "POST")

    def envelope(self, project: ProjectView, body: bytes, headers: dict[str, str] | None = None) -> Answer:
        return self.knock(f"/api/{project.id}/envelope/?sentry_key={project.public_key}&sentry_version=7", body, headers)

    def issues(self, project: ProjectView) -> list[Kept]:
        with self.core.database.read() as work:
            issues = work.session.query(Issue).filter_by(project_id=project.id).order_by(Issue.number).all()
            return [_kept(issue, work.events.newest(issue.id, 1)[0]) for issue in issues]

    async def _knock(self, path: str, body: bytes, headers: dict[str, str] | None, method: str) -> Answer:
        in_chunks = (headers or {}).pop("Transfer-Encoding", None) == "chunked" or None
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(method, f"http://127.0.0.1:{self.port}{path}", data=io.BytesIO(body), headers=headers, chunked=in_chunks) as response,
        ):
            return Answer(response.status, response.headers.copy(), await response.read())


def _kept(issue: Issue, event: Event) -> Kept:
    seen = (issue.times_seen, issue.users_seen, issue.level)
    return Kept(issue.title, issue.culprit, *seen, event.release, event.environment, event.payload)


def serve(core: Core, quota: int = 0, limits: BatchLimits | None = None) -> Iterator[Doorstep]:
    workers = workers_for(core.settings.database_url)
    doorway = IngestContext(core, workers, quota, limits)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=[*SentryEndpoint(doorway).routes(), *CrashEndpoint(doorway).routes()]), log_level="warning", lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    doorstep = Doorstep(core, doorway, listener.getsockname()[1])
    try:
        with doorstep.runner:
            yield doorstep
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        workers.close()
