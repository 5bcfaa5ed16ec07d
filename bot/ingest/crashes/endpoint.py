"""The endpoints for native programs and browsers: ``/api/{project_id}/minidump/`` and ``/api/{project_id}/security/``."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute

from bot.http.multipart import Allowed, BadForm, FormReader, FormTooLarge, boundary_of
from bot.ingest.app import IngestContext
from bot.ingest.auth import credentials
from bot.ingest.bodies import json_body, pieces, whole_body
from bot.ingest.crashes import message_pack
from bot.ingest.crashes.browsers import read_reports
from bot.ingest.crashes.minidump import SIGNATURE, Minidump
from bot.ingest.crashes.native import OWN_EVENT, crash_event
from bot.ingest.errors import Full, MalformedRequest, TooLarge
from bot.ingest.events import occurrence
from bot.ingest.json_text import weight
from bot.ingest.limits import MAX_EVENT_BYTES, MIB, Reservation, too_large_event
from bot.ingest.sentry import open_to_browsers, project_named
from core.events.record import Occurrence
from core.types import JSON

MAX_DUMP_BYTES = 20 * MIB
"""Of a minidump, unpacked. Those that hold all of a program's memory are larger, and nobody sends them."""
MAX_FIELD_BYTES = 256 * 1024
DUMP = "upload_file_minidump"
"""The part of the form that Breakpad, Crashpad and Electron send the dump in."""


class CrashEndpoint:
    """Receives crashes and reports and responds when they are stored."""

    def __init__(self, ingest: IngestContext) -> None:
        self._ingest = ingest

    def routes(self) -> list[BaseRoute]:
        """Return the routes, with and without a trailing slash."""
        handlers = {"minidump": self._minidump, "security": self._security, "csp-report": self._security}
        return [route for name, handler in handlers.items() for route in open_to_browsers(self._ingest, name, handler)]

    async def _minidump(self, request: Request) -> Response:
        received_at, parameters = self._ingest.clock(), credentials(request)
        project_id = await self._ingest.keys.project_id(parameters.get("sentry_key", ""), project_named(request))
        self._refuse_when_full()
        with self._ingest.memory.reserve() as reservation:
            parts = await _parts(request, reservation)
            self._ingest.metrics.items.labels("minidump").inc()
            self._ingest.quotas.take(project_id, 1, received_at)
            dump, size = _dump(parts.pop(DUMP)), sum(map(weight, parts.values())) + message_pack.weight(parts.get(OWN_EVENT, b""))
            reservation.hold(len(dump.data) + size)
            rules = await self._ingest.grouping_rules.of_project(project_id)
            crash = await self._ingest.workers.read(
                lambda: occurrence(crash_event(dump, parts, received_at) | _of_address(parameters), received_at, rules=rules)
            )
            await self._ingest.batcher.take(project_id, [crash], size)
        # Crashpad and Electron show the answer as the number of the crash.
        return PlainTextResponse(str(uuid.UUID(hex=crash.event_id)))

    async def _security(self, request: Request) -> Response:
        received_at, parameters = self._ingest.clock(), credentials(request)
        project_id = await self._ingest.keys.project_id(parameters.get("sentry_key", ""), project_named(request))
        self._refuse_when_full()
        with self._ingest.memory.reserve() as reservation:
            body = await json_body(request, reservation)
            self._ingest.metrics.items.labels("security").inc()
            events = await self._ingest.workers.read(read_reports, body)
            self._ingest.quotas.take(project_id, len(events), received_at)
            agent, rules = request.headers.get("user-agent", ""), await self._ingest.grouping_rules.of_project(project_id)
            taken: Sequence[Occurrence] = await self._ingest.workers.read(
                lambda: [occurrence(_seen_by(event, agent) | _of_address(parameters), received_at, rules=rules) for event in events]
            )
            if taken:
                await self._ingest.batcher.take(project_id, taken, len(body))
        return JSONResponse({"id": taken[0].event_id if taken else None})

    def _refuse_when_full(self) -> None:
        if self._ingest.batcher.is_full:
            raise Full


def _of_address(parameters: dict[str, str]) -> JSON:
    """Return the release and the environment from the parameters of a request."""
    return {name: parameters[f"sentry_{name}"] for name in ("release", "environment") if parameters.get(f"sentry_{name}")}


def _seen_by(event: JSON, agent: str) -> JSON:
    """Return the event with the browser that sent it, unless the report names a browser."""
    headers = event["request"].setdefault("headers", [])
    if agent and all(name != "User-Agent" for name, _ in headers):
        headers.append(["User-Agent", agent])
    return event


async def _parts(request: Request, reservation: Reservation) -> dict[str, bytes]:
    """Return the dump and the fields of a request, which is a form or only the dump. Raises MalformedRequest, TooLarge or Full."""
    boundary = boundary_of(request.headers.get("content-type", ""))
    if boundary is None:
        too_large = TooLarge(f"The minidump is larger than {MAX_DUMP_BYTES // MIB} MiB.")
        return {DUMP: await whole_body(request, reservation, MAX_DUMP_BYTES, too_large)}
    reader = FormReader(boundary, _first_of_each(_allowed), MAX_DUMP_BYTES + MAX_EVENT_BYTES)
    try:
        async for piece in pieces(request):
            reader.feed(piece)
            reservation.hold(reader.held)
        reader.finish()
    except FormTooLarge as error:
        raise TooLarge(str(error)) from None
    except BadForm as error:
        raise MalformedRequest(str(error)) from None
    parts = {part.name: part.content for part in reader.parts}
    if DUMP not in parts:
        raise MalformedRequest(f"There is no minidump in the form: no part is called {DUMP}.")
    if sum(len(value) for name, value in parts.items() if name != DUMP) > MAX_EVENT_BYTES:
        raise too_large_event()
    return parts


def _allowed(name: str, filename: str | None) -> int:
    if name == DUMP:
        return MAX_DUMP_BYTES
    return MAX_EVENT_BYTES if name == OWN_EVENT else MAX_FIELD_BYTES if filename is None else 0


def _first_of_each(allowed: Allowed) -> Allowed:
    """Keep only the first of several parts of the same name."""
    seen: set[str] = set()

    def allowed_once(name: str, filename: str | None) -> int:
        most = 0 if name in seen else allowed(name, filename)
        seen.update([name] if most else [])
        return most

    return allowed_once


def _dump(data: bytes) -> Minidump:
    try:
        return Minidump(data)
    except ValueError:
        raise MalformedRequest(f"What was sent is no minidump: it does not begin with {SIGNATURE.decode()}.") from None
