"""The door that Sentry's SDKs knock at: ``/api/{project_id}/envelope/`` and ``/api/{project_id}/store/``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.intake.bodies import event_body, pieces
from bot.intake.envelopes import Envelope, EnvelopeReader
from bot.intake.events import hexadecimal_id, occurrence, read_event
from bot.intake.keys import Keys, credentials, key_of_dsn
from bot.intake.moments import moment
from bot.intake.quotas import Quotas
from bot.intake.refusals import Away, OverQuota, Refused
from bot.workers import Workers
from core.bootstrap import Core
from core.errors import DatabaseAway
from core.occurrences import Occurrence

_LARGE = 32 * 1024
"""Bytes of events from which reading them would keep others waiting, so that it is done in a thread."""

_FROM_ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Sentry-Error, X-Sentry-Rate-Limits, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Browsers send from the pages of the program that failed, which can be anywhere."""
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "X-Sentry-Auth, X-Requested-With, Accept, Content-Type, Content-Encoding, Authorization, sentry-trace, baggage",
    "Access-Control-Max-Age": "3600",
}

KINDS = frozenset({"event", "transaction", "session", "sessions", "client_report", "check_in", "attachment", "feedback", "user_report", "profile"})
"""Types of items that are counted by name, all others together."""

Handler = Callable[[Request], Awaitable[Response]]


class SentryDoor:
    """Takes events in and answers when they are durable. ``quota_per_minute`` is a project's; 0 is no limit."""

    def __init__(self, core: Core, workers: Workers, quota_per_minute: int = 0) -> None:
        self._core = core
        self._workers = workers
        self._keys = Keys(core.directory, workers)
        self._quotas = Quotas(quota_per_minute)
        self.items: Counter[str] = Counter()
        """How many items of each type came in since the program started; only events are kept."""

    def routes(self) -> list[BaseRoute]:
        """Both routes, each with and without the slash at its end."""
        handlers: dict[str, Handler] = {"envelope": self._envelope, "store": self._store}
        return [
            Route(f"/api/{{project_id}}/{name}{slash}", _at_the_door(handler), methods=["POST", "OPTIONS"])
            for name, handler in handlers.items()
            for slash in ("/", "")
        ]

    async def _envelope(self, request: Request) -> Response:
        received_at, key = self._core.clock(), credentials(request).get("sentry_key")
        if key:
            # Who is not let in need not send all of it.
            await self._keys.project_id(key, _project_named(request))
        reader = EnvelopeReader()
        async for piece in pieces(request):
            reader.feed(piece)
        envelope = reader.finish()
        project_id = await self._keys.project_id(key or key_of_dsn(envelope.header.get("dsn")), _project_named(request))
        self._count(envelope)
        event_id = hexadecimal_id(envelope.header.get("event_id"))
        sent_at = moment(envelope.header.get("sent_at"))
        taken = await self._take(project_id, envelope.events, _Arrival(received_at, sent_at, event_id))
        return JSONResponse({"id": taken[0].event_id if taken else event_id})

    async def _store(self, request: Request) -> Response:
        received_at, said = self._core.clock(), credentials(request)
        project_id = await self._keys.project_id(said.get("sentry_key", ""), _project_named(request))
        event = await event_body(request)
        self.items["event"] += 1
        taken = await self._take(project_id, [event], _Arrival(received_at, moment(said.get("sentry_timestamp")), None))
        return JSONResponse({"id": taken[0].event_id})

    async def _take(self, project_id: int, texts: Sequence[bytes], arrival: _Arrival) -> list[Occurrence]:
        """Stores the events of one request: all of them or none."""
        self._quotas.take(project_id, len(texts), arrival.received_at)
        if sum(map(len, texts)) < _LARGE:
            occurrences = arrival.occurrences(texts)
        else:
            occurrences = await self._workers.read(arrival.occurrences, texts)
        if occurrences:
            await self._workers.write(self._core.occurrences.record, project_id, occurrences)
        return occurrences

    def _count(self, envelope: Envelope) -> None:
        for kind, number in envelope.items.items():
            self.items[kind if kind in KINDS else "other"] += number


@dataclass(frozen=True)
class _Arrival:
    """What a request says of its events: when it came, what the sender's clock showed, and the id of its only event."""

    received_at: datetime
    sent_at: datetime | None
    event_id: str | None

    def occurrences(self, texts: Sequence[bytes]) -> list[Occurrence]:
        """Reads the events. Raises BadEvent."""
        events = [read_event(text) for text in texts]
        if len(events) == 1 and not events[0].get("event_id"):
            events[0]["event_id"] = self.event_id
        return [occurrence(event, self.received_at, self.sent_at) for event in events]


def _project_named(request: Request) -> str:
    return str(request.path_params["project_id"])


def _at_the_door(handler: Handler) -> Handler:
    """Answers preflights, says why something is not taken, and lets pages from anywhere read the answer."""

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(headers=_FROM_ANYWHERE | _PREFLIGHT)
        try:
            response = await handler(request)
        except Refused as refused:
            response = _refusal(refused)
        except DatabaseAway:
            response = _refusal(Away("The database does not answer. Nothing was stored; try again in a moment."))
        except ClientDisconnect:
            response = Response(status_code=400)
        response.headers.update(_FROM_ANYWHERE)
        return response

    return answer


def _refusal(refused: Refused) -> Response:
    headers = {"X-Sentry-Error": str(refused)}
    if refused.wait:
        headers["Retry-After"] = str(refused.wait)
    if isinstance(refused, OverQuota):
        # Seconds, what kind of item, and for whom: an SDK then keeps its errors to itself but may send the rest.
        headers["X-Sentry-Rate-Limits"] = f"{refused.wait}:error:project"
    return JSONResponse({"detail": str(refused)}, refused.status, headers)
