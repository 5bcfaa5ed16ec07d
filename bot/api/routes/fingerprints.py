"""Routes of an issue's fingerprints: list them, and split some of them off into a new issue."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api.auth import AuthenticatedCaller, InContext
from bot.api.reading import lookups
from bot.api.reading.events_json import event_json
from bot.api.reading.pages import ListPage, PageParameters, paged
from bot.api.routes.issue import IssueName
from bot.api.writing import names
from core.bootstrap import Core
from core.errors import Invalid
from core.issues.unmerge import UnmergeRequest
from core.types import JSON, Source
from core.views import EventView

Hashes = Annotated[list[str] | None, Query(alias="id", description="A fingerprint from the list; may be repeated.")]
_MAX_HASHES = 1_000
_MAX_HASH_CHARS = 32


async def show(
    request: Request, parameters: Annotated[PageParameters, Query()], issue: IssueName, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the fingerprints of the issue, each with its newest stored event."""
    page = parameters.page
    found = await context.workers.read(_hashes, context.core, caller.organization_id, names.one(issue), page)
    return paged(
        request, context.links_begin_with, page, [{"id": hash_, "latestEvent": event_json(event) if event else None} for hash_, event in found]
    )


async def unmerge(issue: IssueName, context: InContext, caller: AuthenticatedCaller, hashes: Hashes = None) -> Response:
    """Move these fingerprints and their stored events to one new issue; 409 if the issue has none of them, 200 if the request names none."""
    name, wanted = names.one(issue), hashes or []
    await context.workers.read(lookups.issue, context.core, caller.organization_id, name)
    if not wanted:
        return JSONResponse({})
    if len(wanted) > _MAX_HASHES:
        raise Invalid("id", f"At most {_MAX_HASHES:,} fingerprints can be named.")
    known = tuple(hash_ for hash_ in wanted if len(hash_) <= _MAX_HASH_CHARS and hash_.isprintable())
    request = UnmergeRequest(caller.organization_id, name, known, Source.API, caller.actor)
    new_id = await context.workers.write(context.core.unmerge.apply, request)
    return JSONResponse(await context.workers.read(_named, context.core, caller.organization_id, new_id), HTTPStatus.ACCEPTED)


def _hashes(core: Core, organization_id: int, name: int | str, page: ListPage) -> list[tuple[str, EventView | None]]:
    issue = lookups.issue(core, organization_id, name)
    hashes = page.of(core.reads.hashes(issue.id))
    newest = core.stored_events.newest_by_hash(issue.id, hashes)
    return [(hash_, newest.get(hash_)) for hash_ in hashes]


def _named(core: Core, organization_id: int, issue_id: int) -> JSON:
    return {"id": str(issue_id), "shortId": core.reads.issue(organization_id, issue_id).short_id}
