"""Routes of stored events: of an issue and of a project, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import ApiContext, AuthenticatedCaller, InContext
from bot.api.reading import lookups
from bot.api.reading.events_json import event_json, whole_event_json
from bot.api.reading.pages import ListPage, PageParameters
from bot.api.routes.issue import IssueName
from bot.api.writing import names
from bot.security.clean import clean_stacks
from core.bootstrap import Core
from core.errors import UnknownName
from core.types import JSON
from core.views import EventView

EventId = Annotated[str, Path(description="The event's id, 32 hexadecimal digits, hyphens or not.")]


async def of_issue(
    request: Request, parameters: Annotated[PageParameters, Query()], issue: IssueName, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the stored events of the issue, a hundred per page."""
    page = parameters.page
    found = await context.workers.read(_of_issue, context.core, caller.organization_id, names.one(issue), page)
    return _page(request, context, page, found)


async def latest(issue: IssueName, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return the newest event of the issue, with all stored data."""
    return JSONResponse(await context.workers.read(_latest, context.core, caller.organization_id, names.one(issue)))


async def one_of_issue(issue: IssueName, event: EventId, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return one event of the issue, with all stored data."""
    return JSONResponse(await context.workers.read(_one, context.core, caller.organization_id, names.one(issue), _id(event)))


async def of_project(request: Request, parameters: Annotated[PageParameters, Query()], context: InContext) -> JSONResponse:
    """List the stored events of the project, a hundred per page, last received first."""
    page = parameters.page
    found = await context.workers.read(context.core.reads.events_of_project, request.state.project_ids[0], page.one_more, page.offset)
    return _page(request, context, page, found)


async def one_of_project(request: Request, event: EventId, context: InContext) -> JSONResponse:
    """Return one event of the project, with all stored data."""
    return JSONResponse(await context.workers.read(_one_of_project, context.core, request.state.project_ids[0], _id(event)))


def _page(request: Request, context: ApiContext, page: ListPage, found: Sequence[EventView]) -> JSONResponse:
    link = page.link(f"{context.links_begin_with}{quote(request.scope['path'])}", request.query_params.multi_items(), len(found))
    return JSONResponse([event_json(event) for event in found[: page.limit]], headers={"Link": link})


def _of_issue(core: Core, organization_id: int, name: int | str, page: ListPage) -> list[EventView]:
    issue = lookups.issue(core, organization_id, name)
    return core.reads.events(issue.id, page.one_more, page.offset)


def _latest(core: Core, organization_id: int, name: int | str) -> JSON:
    found = _of_issue(core, organization_id, name, ListPage(0, 1))
    if not found:
        raise UnknownName(kind="event", name="of this issue any more; none is stored")
    return _whole(core, found[0])


def _one_of_project(core: Core, project_id: int, event_id: str) -> JSON:
    return _whole(core, core.reads.event(project_id, event_id))


def _one(core: Core, organization_id: int, name: int | str, event_id: str) -> JSON:
    issue = lookups.issue(core, organization_id, name)
    event = core.reads.event(issue.project.id, event_id)
    if event.issue_id != issue.id:
        raise UnknownName(kind="event", name=event_id)
    return _whole(core, event)


def _whole(core: Core, event: EventView) -> JSON:
    return whole_event_json(*core.mapper.viewed(event, clean_stacks))


def _id(text: str) -> str:
    bare = text.replace("-", "").lower()
    if len(bare) != 32 or not bare.isascii() or not bare.isalnum():
        raise UnknownName(kind="event", name=ascii(text[:40]))
    return bare
