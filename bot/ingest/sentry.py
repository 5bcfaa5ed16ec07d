"""The endpoints of Sentry's SDKs: ``/api/{project_id}/envelope/`` and ``/api/{project_id}/store/``."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.ingest.app import Handler, IngestContext
from bot.ingest.auth import credentials, key_of_dsn
from bot.ingest.bodies import event_body, pieces
from bot.ingest.envelopes import Envelope, EnvelopeReader
from bot.ingest.errors import Full
from bot.ingest.events import NO_RULES, hexadecimal_id, is_error, occurrence, read_event
from bot.ingest.limits import Reservation
from bot.ingest.originals import Originals
from bot.ingest.timestamps import moment
from core.events.record import Occurrence
from core.rules.grouping.own_rules import OwnRules

_LARGE_BYTES = 32 * 1024
"""From this size of events on they are parsed in a thread, so that other requests do not wait."""

_FROM_ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Sentry-Error, X-Sentry-Rate-Limits, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""CORS headers: browsers send from the pages of the failing program, which can be anywhere."""
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "X-Sentry-Auth, X-Requested-With, Accept, Content-Type, Content-Encoding, Authorization, sentry-trace, baggage",
    "Access-Control-Max-Age": "3600",
}

KINDS = frozenset({"event", "transaction", "session", "sessions", "client_report", "check_in", "attachment", "feedback", "user_report", "profile"})
"""Item types that are counted by name; all others are counted together."""


def open_to_browsers(ingest: IngestContext, name: str, handler: Handler) -> list[BaseRoute]:
    """Return the routes of ``/api/{project_id}/NAME/``, with and without a trailing slash, with CORS for the pages of any program."""
    return [
        Route(
            f"/api/{{project_id}}/{name}{slash}",
            _or_preflight(ingest.guarded("events", handler, _FROM_ANYWHERE)),
            methods=["POST", "OPTIONS"],
        )
        for slash in ("/", "")
    ]


class SentryEndpoint:
    """Takes in events and answers after they are durable."""

    def __init__(self, ingest: IngestContext) -> None:
        self._ingest = ingest

    def routes(self) -> list[BaseRoute]:
        """Both routes, each with and without a trailing slash."""
        handlers: dict[str, Handler] = {"envelope": self._envelope, "store": self._store}
        return [route for name, handler in handlers.items() for route in open_to_browsers(self._ingest, name, handler)]

    async def _envelope(self, request: Request) -> Response:
        received_at, key = self._ingest.clock(), credentials(request).get("sentry_key")
        if key:
            # Check the key before reading the whole body.
            await self._ingest.keys.project_id(key, project_named(request))
        with self._ingest.memory.reserve() as reservation:
            envelope = await self._read(request, reservation)
            project_id = await self._ingest.keys.project_id(key or key_of_dsn(envelope.header.get("dsn")), project_named(request))
            self._count(envelope)
            event_id = hexadecimal_id(envelope.header.get("event_id"))
            sent_at = moment(envelope.header.get("sent_at"))
            taken = await self._take(project_id, envelope.events, _EventRequest(received_at, sent_at, event_id))
        return JSONResponse({"id": next((event.event_id for event in taken if event), event_id)})

    async def _store(self, request: Request) -> Response:
        received_at, values = self._ingest.clock(), credentials(request)
        project_id = await self._ingest.keys.project_id(values.get("sentry_key", ""), project_named(request))
        with self._ingest.memory.reserve() as reservation:
            event = await event_body(request, reservation)
            self._ingest.metrics.items.labels("event").inc()
            taken = await self._take(project_id, [event], _EventRequest(received_at, moment(values.get("sentry_timestamp")), None))
        return JSONResponse({"id": taken[0].event_id if taken[0] else uuid.uuid4().hex})

    async def _read(self, request: Request, reservation: Reservation) -> Envelope:
        reader = EnvelopeReader()
        async for piece in pieces(request):
            reader.feed(piece)
            reservation.hold(reader.held)
        envelope = reader.finish()
        reservation.hold(reader.held)
        return envelope

    async def _take(self, project_id: int, texts: Sequence[bytes], origin: _EventRequest) -> list[Occurrence | None]:
        """Store the events of one request: all of them or none. Return None in place of an event that makes no issue."""
        if not texts:
            return []
        originals = await self._ingest.originals.of_project(project_id, texts)
        if self._ingest.batcher.is_full or (originals and originals.is_full):
            # Parsing costs more than everything else.
            raise Full
        self._ingest.quotas.take(project_id, len(texts), origin.received_at)
        rules = await self._ingest.grouping_rules.of_project(project_id)
        size = sum(map(len, texts))
        if originals:
            occurrences = await originals.run(origin.occurrences, texts, rules)
        elif size < _LARGE_BYTES:
            occurrences = origin.occurrences(texts, rules)
        else:
            occurrences = await self._ingest.workers.read(origin.occurrences, texts, rules)
        errors = [occurrence for occurrence in occurrences if occurrence]
        self._ingest.quotas.give_back(project_id, len(texts) - len(errors))
        if errors:
            await self._ingest.batcher.take(project_id, errors, size)
        return occurrences

    def _count(self, envelope: Envelope) -> None:
        for kind, number in envelope.items.items():
            self._ingest.metrics.items.labels(kind if kind in KINDS else "other").inc(number)


@dataclass(frozen=True)
class _EventRequest:
    """The receive time, the sender's clock and the event id of a request."""

    received_at: datetime
    sent_at: datetime | None
    event_id: str | None

    def occurrences(self, texts: Sequence[bytes], rules: OwnRules = NO_RULES, originals: Originals | None = None) -> list[Occurrence | None]:
        """Parse the events. An event that makes no issue, such as a transaction, becomes None. Raises BadEvent or TooLarge."""
        only_id = self.event_id if len(texts) == 1 else None
        return [self._occurrence(text, only_id, rules, originals) for text in texts]

    def _occurrence(self, text: bytes, event_id: str | None, rules: OwnRules, originals: Originals | None) -> Occurrence | None:
        """Parse one event. The parsed JSON is freed before the next event, because it takes many times the size of the text."""
        event = read_event(text)
        if not is_error(event):
            return None
        event["event_id"] = hexadecimal_id(event.get("event_id")) or event_id
        return occurrence(event, self.received_at, self.sent_at, rules, originals)


def project_named(request: Request) -> str:
    """Return the project id in the address, as text."""
    return str(request.path_params["project_id"])


def _or_preflight(handler: Handler) -> Handler:
    """Wrap the handler to answer CORS preflight requests."""

    async def answer(request: Request) -> Response:
        return Response(headers=_FROM_ANYWHERE | _PREFLIGHT) if request.method == "OPTIONS" else await handler(request)

    return answer
