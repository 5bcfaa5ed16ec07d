"""The webhook endpoints: ``/hooks/NAME/{project_id}/`` for Alertmanager, Grafana, other programs and scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.ingest.app import IngestContext
from bot.ingest.auth import OpenedProject, check_signature
from bot.ingest.bodies import whole_body
from bot.ingest.errors import Full, MalformedRequest, TooLarge, UnknownHook, UnknownKey
from bot.ingest.hooks import alertmanager, generic, mapped
from bot.ingest.hooks.mappings import parse_mapping
from bot.ingest.hooks.providers import HOOK_NAME, PROVIDERS, provider_called
from bot.ingest.hooks.reports import MAX_REPORTS, MAX_VALUES, Read, ReportOrigin
from bot.ingest.json_text import weight
from bot.ingest.limits import MIB
from core.bootstrap import Core
from core.errors import Invalid
from core.events.auto_resolve import AutoResolve, Ended, Ending
from core.events.record import Occurrence
from core.types import Source

_KEPT = "Events of these issues came from elsewhere, too: only the secret hook key resolves them (quell project hook-key SLUG)."

MAX_BODY_BYTES = 10 * MIB
"""The size of a decompressed request. Each of its events may have ``MAX_EVENT_BYTES``."""
_LARGE_BYTES = 8 * 1024
"""Larger requests, with up to hundreds of short reports, are parsed in a thread, so that other requests do not wait."""
_FORM = b"payload="
_MAX_FORM_FIELDS = 10
_SIGNATURE_HEADER = "x-hub-signature-256"


@dataclass(frozen=True)
class Webhook:
    """A webhook. ``door`` is that of its occurrences; ``at_once`` is the number of events that are stored together.

    ``repeats`` is true if the program repeats an event while its problem lasts.
    """

    source: Source
    read: Read
    door: str
    at_once: int = MAX_REPORTS
    repeats: bool = False


HOOKS = {
    # Store a large group in parts: repeated events count once anyway.
    "alertmanager": Webhook(Source.ALERTMANAGER, alertmanager.read, Source.ALERTMANAGER, at_once=100, repeats=True),
    "json": Webhook(Source.WEBHOOK, generic.read, Source.WEBHOOK),
}


class WebhookEndpoint:
    """Receives reports and responds when they are stored."""

    def __init__(self, core: Core, ingest: IngestContext) -> None:
        self._ingest = ingest
        self._endings = AutoResolve(core.database, core.engine)
        self._hooks = core.hooks

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the webhooks, with and without a trailing slash."""
        take = self._ingest.guarded("hooks", self._take, {})
        return [Route(f"/hooks/{{hook}}/{{project_id}}{slash}", take, methods=["POST"]) for slash in ("/", "")]

    async def _take(self, request: Request) -> Response:
        _refuse_unknown(request)
        received_at, signature = self._ingest.clock(), request.headers.get(_SIGNATURE_HEADER)
        signing_key = await self._ingest.keys.signing_key(_project_named(request)) if signature is not None else None
        opened = await self._opened(request, signing_key)
        with self._ingest.memory.reserve() as reservation:
            body = await whole_body(request, reservation, MAX_BODY_BYTES, TooLarge(f"The body is larger than {MAX_BODY_BYTES // MIB} MiB."))
            origin = ReportOrigin(opened.project_id, received_at)
            if signature is not None and signing_key is not None:
                check_signature(signature, signing_key, body)
                opened = replace(opened, is_secret=True)
            # Only a request with a valid key or signature learns which hooks exist.
            hook = await self._hook(str(request.path_params["hook"]), opened)
            body = _out_of_form(body)
            reservation.hold(weight(body, MAX_VALUES))
            delivery = hook.read(body, origin) if len(body) < _LARGE_BYTES else await self._ingest.workers.read(hook.read, body, origin)
            await self._store(hook, delivery.occurrences, origin)
            ended = await self._end(hook, delivery.endings, opened)
        kept = {"kept": ended.kept, "detail": _KEPT} if ended.kept else {}
        return JSONResponse({"accepted": len(delivery.items), "resolved": ended.resolved} | kept | delivery.answer)

    async def _opened(self, request: Request, signing_key: bytes | None) -> OpenedProject:
        """Return the project of the key. With a signature instead of a key, it is the project in the address, until the body is read and checked."""
        key, named = _key(request), _project_named(request)
        if key:
            return await self._ingest.keys.of_hook(key, named)
        if signing_key is None:
            raise UnknownKey("The request has no key: no ?key=, X-Quell-Key or Authorization: Bearer, nor a signature.")
        return OpenedProject(int(named), is_secret=False)

    async def _hook(self, name: str, opened: OpenedProject) -> Webhook:
        """Return the hook with this name: built in, of a known program, or of the project's organization. Raises UnknownHook."""
        if name in HOOKS:
            return HOOKS[name]
        if provider := provider_called(name):
            return _mapped(provider, PROVIDERS[provider])
        own = await self._ingest.workers.read(self._hooks.of_project, opened.project_id, name) if HOOK_NAME.fullmatch(name) else None
        if own is None:
            shown = f'"{name}"' if HOOK_NAME.fullmatch(name) else "of this name"
            raise UnknownHook(f"There is no hook {shown}. Add one: quell hook add NAME --map title=PATH")
        return _mapped(own.name, own.texts)

    async def _store(self, hook: Webhook, occurrences: Sequence[Occurrence], origin: ReportOrigin) -> None:
        if occurrences and self._ingest.batcher.is_full:
            raise Full
        self._ingest.quotas.take(origin.project_id, len(occurrences), origin.received_at)
        marked = [replace(occurrence, door=hook.door) for occurrence in occurrences]
        for start in range(0, len(marked), hook.at_once):
            recorded = await self._ingest.batcher.take(origin.project_id, marked[start : start + hook.at_once])
            if hook.repeats and any(outcome.effect == "duplicate" for outcome in recorded):
                await self._ingest.workers.write(self._endings.reopen, origin.project_id, recorded, hook.source)

    async def _end(self, hook: Webhook, endings: Sequence[Ending], opened: OpenedProject) -> Ended:
        """Resolve the issues of reported endings."""
        parts = [endings[start : start + hook.at_once] for start in range(0, len(endings), hook.at_once)]
        take = partial(self._endings.resolve, is_trusted=opened.is_secret, door=hook.door)
        ended = [await self._ingest.workers.write(take, opened.project_id, part, hook.source) for part in parts]
        return Ended(sum(result.resolved for result in ended), sum(result.kept for result in ended))


def _mapped(name: str, texts: tuple[str, ...]) -> Webhook:
    try:
        mapping = parse_mapping(texts)
    except Invalid:
        # An older Quell took it.
        raise UnknownHook(f'The mapping of the hook "{name}" cannot be read. Remove it and add it anew: quell hook remove {name}') from None
    return Webhook(Source.WEBHOOK, partial(mapped.read, name, mapping), name)


def _project_named(request: Request) -> str:
    return str(request.path_params["project_id"])


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


def _out_of_form(body: bytes) -> bytes:
    """Return the JSON in a body. Most bodies are JSON; by default, GitHub sends it as a field of a form."""
    if not body.startswith(_FORM):
        return body
    try:
        fields = parse_qs(body.decode(), max_num_fields=_MAX_FORM_FIELDS)
    except ValueError:
        raise MalformedRequest("The form in the body cannot be read.") from None
    return fields.get("payload", [""])[0].encode()
