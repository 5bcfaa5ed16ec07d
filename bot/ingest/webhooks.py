"""The webhook endpoints: ``/hooks/alertmanager/{project_id}/`` and ``/hooks/json/{project_id}/``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.ingest import alertmanager, generic
from bot.ingest.app import IngestContext
from bot.ingest.auth import OpenedProject
from bot.ingest.bodies import pieces
from bot.ingest.errors import Full, MalformedRequest, TooLarge, UnknownKey
from bot.ingest.json_text import weight
from bot.ingest.limits import MIB, Reservation
from bot.ingest.reports import MAX_VALUES, Read, ReportOrigin
from core.bootstrap import Core
from core.events.auto_resolve import AutoResolve, Ended, Ending
from core.events.record import Occurrence
from core.types import Source

_KEPT = "Events of these issues came from elsewhere, too: only the secret hook key resolves them (quell project hook-key SLUG)."

MAX_BODY_BYTES = 10 * MIB
"""Size of a decompressed request; each event in it may have ``MAX_EVENT_BYTES``."""
_LARGE_BYTES = 8 * 1024
"""From this size on a request is parsed in a thread, so that others do not wait: it can be hundreds of short reports."""


@dataclass(frozen=True)
class Webhook:
    """One of the webhooks. ``at_once`` is how many events of a request are stored together. ``repeats`` means that a repeated event says that the
    problem goes on.
    """

    name: str
    source: Source
    read: Read
    at_once: int
    repeats: bool


HOOKS = (
    # Store a large group in parts: repeated events count once anyway.
    Webhook("alertmanager", Source.ALERTMANAGER, alertmanager.read, at_once=100, repeats=True),
    Webhook("json", Source.WEBHOOK, generic.read, at_once=generic.MAX_REPORTS, repeats=False),
)


class WebhookEndpoint:
    """Takes in reports and answers after they are durable."""

    def __init__(self, core: Core, ingest: IngestContext) -> None:
        self._ingest = ingest
        self._endings = AutoResolve(core.database, core.engine)

    def routes(self) -> list[BaseRoute]:
        """Every webhook, with and without a trailing slash."""
        return [
            Route(f"/hooks/{hook.name}/{{project_id}}{slash}", self._ingest.guarded("hooks", partial(self._take, hook), {}), methods=["POST"])
            for hook in HOOKS
            for slash in ("/", "")
        ]

    async def _take(self, hook: Webhook, request: Request) -> Response:
        _refuse_unknown(request)
        received_at, key = self._ingest.clock(), _key(request)
        if not key:
            raise UnknownKey("The request has no key: no ?key=, X-Quell-Key or Authorization: Bearer.")
        opened = await self._ingest.keys.of_hook(key, str(request.path_params["project_id"]))
        with self._ingest.memory.reserve() as reservation:
            body, origin = await _body(request, reservation), ReportOrigin(opened.project_id, received_at)
            delivery = hook.read(body, origin) if len(body) < _LARGE_BYTES else await self._ingest.workers.read(hook.read, body, origin)
            await self._store(hook, delivery.occurrences, origin)
            ended = await self._end(hook, delivery.endings, opened)
        kept = {"kept": ended.kept, "detail": _KEPT} if ended.kept else {}
        return JSONResponse({"accepted": len(delivery.items), "resolved": ended.resolved} | kept | delivery.answer)

    async def _store(self, hook: Webhook, occurrences: Sequence[Occurrence], origin: ReportOrigin) -> None:
        if occurrences and self._ingest.batcher.is_full:
            raise Full
        self._ingest.quotas.take(origin.project_id, len(occurrences), origin.received_at)
        marked = [replace(event, source=hook.source) for event in occurrences]
        for start in range(0, len(marked), hook.at_once):
            recorded = await self._ingest.batcher.take(origin.project_id, marked[start : start + hook.at_once])
            if hook.repeats and any(event.effect == "duplicate" for event in recorded):
                await self._ingest.workers.write(self._endings.reopen, origin.project_id, recorded, hook.source)

    async def _end(self, hook: Webhook, endings: Sequence[Ending], opened: OpenedProject) -> Ended:
        """Resolve the issues of reported endings."""
        parts = [endings[start : start + hook.at_once] for start in range(0, len(endings), hook.at_once)]
        take = partial(self._endings.resolve, is_trusted=opened.is_secret)
        ended = [await self._ingest.workers.write(take, opened.project_id, part, hook.source) for part in parts]
        return Ended(sum(result.resolved for result in ended), sum(result.kept for result in ended))


def _refuse_unknown(request: Request) -> None:
    """Raise MalformedRequest if the query contains anything but the key, once."""
    for name, times in Counter(name for name, _ in request.query_params.multi_items()).items():
        if name != "key":
            raise MalformedRequest(f'There is no parameter {name[:60]!a} here; only "key" is known. Nothing was stored.')
        if times > 1:
            raise MalformedRequest('The parameter "key" is given more than once. Nothing was stored.')


def _key(request: Request) -> str:
    """Return the project's key, public or secret, from any place where the sender may put it."""
    kind, _, bearer = request.headers.get("authorization", "").partition(" ")
    key = request.query_params.get("key") or request.headers.get("x-quell-key") or (bearer if kind.lower() == "bearer" else "")
    return key.strip()


async def _body(request: Request, reservation: Reservation) -> bytes:
    """Read the body. Raises MalformedRequest, TooLarge or Full."""
    body = bytearray()
    async for piece in pieces(request):
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(f"The body is larger than {MAX_BODY_BYTES // MIB} MiB.")
        reservation.hold(len(body))
    reservation.hold(weight(body, MAX_VALUES))
    return bytes(body)
