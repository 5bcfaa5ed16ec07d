"""Routes of discarded issues: list them, and accept their events again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api.auth import AuthenticatedCaller, InContext
from bot.api.fields import MAX_ID, shown, whole_number
from bot.api.reading.pages import PageParameters, paged
from bot.api.wording import instant, person_json
from core.errors import UnknownName
from core.types import JSON, Source
from core.views import TombstoneView

TombstoneId = Annotated[str, Path(description="The tombstone's number, from the list.")]


async def show(request: Request, parameters: Annotated[PageParameters, Query()], context: InContext) -> JSONResponse:
    """List the discarded issues of the project, newest first, with the number of events dropped."""
    page = parameters.page
    found = await context.workers.read(context.core.discards.of_project, request.state.project_ids[0], page.one_more, page.offset)
    return paged(request, context.links_begin_with, page, [_tombstone(view) for view in found])


async def delete(request: Request, tombstone: TombstoneId, context: InContext, caller: AuthenticatedCaller) -> Response:
    """Remove a tombstone: the next event with one of its fingerprints opens an issue again. The discarded issue stays deleted."""
    number = whole_number(tombstone)
    if number is None or number > MAX_ID:
        raise UnknownName(kind="tombstone", name=shown(tombstone))
    await context.workers.write(context.core.discards.remove, request.state.project_ids[0], number, Source.API, caller.actor)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _tombstone(view: TombstoneView) -> JSON:
    return {
        "id": str(view.id),
        "issueId": str(view.issue_id),
        "level": view.level.name.lower(),
        "title": view.title,
        "culprit": view.culprit,
        "message": view.message,
        "actor": person_json(view.actor) if view.actor else None,
        "timesSeen": view.times_seen,
        "lastSeen": instant(view.last_seen_at),
        "dateAdded": instant(view.created_at),
    }
