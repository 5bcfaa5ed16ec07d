"""Routes of stored events: of an issue and of a project, newest first, or those that a search finds."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import ApiContext, AuthenticatedCaller, Caller, InContext
from bot.api.reading import lookups
from bot.api.reading.events import EventListParameters, EventParameters, event_id, found, order_of, search_of
from bot.api.reading.events_json import event_json, event_with_release_json, whole_event_json
from bot.api.reading.pages import address_of
from bot.api.reading.projects import ProjectIds
from bot.api.routes.issue import IssueName
from bot.api.writing import names
from bot.security.clean import clean_stacks
from core.bootstrap import Core
from core.errors import UnknownName
from core.events.stored import EventScope, EventSearch
from core.types import ALWAYS, JSON
from core.views import EventView

EventId = Annotated[str, Path(description="The event's id, 32 hexadecimal digits, hyphens or not.")]


async def of_issue(
    request: Request, parameters: Annotated[EventListParameters, Query()], issue: IssueName, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the stored events of the issue, a hundred per page."""
    scope = await _scope(context, caller, issue)
    return await _page(request, context, parameters, _search(context, caller, parameters, scope, is_oldest_first=order_of("sort", parameters.sort)))


async def of_project(
    request: Request,
    parameters: Annotated[EventListParameters, Query()],
    project_ids: ProjectIds,
    context: InContext,
    caller: AuthenticatedCaller,
) -> JSONResponse:
    """List the stored events of the project, a hundred per page, last received first."""
    scope = EventScope(project_ids=project_ids or ())
    return await _page(request, context, parameters, _search(context, caller, parameters, scope, is_oldest_first=order_of("sort", parameters.sort)))


async def latest(
    request: Request, issue: IssueName, parameters: Annotated[EventParameters, Query()], context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """Return the newest event of the issue, with all stored data."""
    search = _search(context, caller, parameters, await _scope(context, caller, issue), is_oldest_first=False)
    return await _whole(request, context, await context.workers.read(_first, context.core, search))


async def oldest(
    request: Request, issue: IssueName, parameters: Annotated[EventParameters, Query()], context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """Return the oldest event of the issue that is still stored, with all stored data."""
    search = _search(context, caller, parameters, await _scope(context, caller, issue), is_oldest_first=True)
    return await _whole(request, context, await context.workers.read(_first, context.core, search))


async def one_of_issue(request: Request, issue: IssueName, event: EventId, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return one event of the issue, with all stored data."""
    view = await context.workers.read(_one, context.core, caller.organization_id, names.one(issue), event_id(event))
    return await _whole(request, context, view)


async def one_of_project(event: EventId, project_ids: ProjectIds, context: InContext) -> JSONResponse:
    """Return one event of the project, with all stored data."""
    (project_id,) = project_ids or ()
    view = await context.workers.read(context.core.stored_events.one, project_id, event_id(event))
    return JSONResponse(whole_event_json(*await context.workers.read(context.core.mapper.viewed, view, clean_stacks)))


async def by_id(event: EventId, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return the project and the issue of an event, and the event with all stored data."""
    return JSONResponse(await context.workers.read(_by_id, context.core, caller, event_id(event)))


async def _page(request: Request, context: ApiContext, parameters: EventListParameters, search: EventSearch) -> JSONResponse:
    page = parameters.page
    events = await context.workers.read(found, context.core, search, page.limit, page.offset)
    address = address_of(request, context.links_begin_with)
    # A search passes over events, so only the offset that it came to tells where the next page begins.
    link = page.link_to(address, request.query_params.multi_items(), events.next_offset)
    return JSONResponse([event_json(event) for event in events.events], headers={"Link": link})


def _search(context: ApiContext, caller: Caller, parameters: EventParameters, scope: EventScope, *, is_oldest_first: bool) -> EventSearch:
    return search_of(caller.organization_id, parameters, scope, context.core.clock(), is_oldest_first=is_oldest_first)


async def _whole(request: Request, context: ApiContext, event: EventView) -> JSONResponse:
    shape = event_with_release_json if "org" in request.path_params else whole_event_json
    return JSONResponse(shape(*await context.workers.read(context.core.mapper.viewed, event, clean_stacks)))


async def _scope(context: ApiContext, caller: Caller, issue: str) -> EventScope:
    view = await context.workers.read(lookups.issue, context.core, caller.organization_id, names.one(issue))
    return EventScope(view.id, (view.project.id,))


def _first(core: Core, search: EventSearch) -> EventView:
    """Return the first event of a search, however many it has to pass over."""
    page = found(core, search, 1, 0)
    while not page.events and page.next_offset:
        page = found(core, search, 1, page.next_offset)
    if not page.events:
        scope = search.scope
        is_narrowed = search.query.terms or scope.environments or scope.period != ALWAYS
        raise UnknownName(kind="event", name="of this issue that fits" if is_narrowed else "of this issue any more; none is stored")
    return page.events[0]


def _one(core: Core, organization_id: int, name: int | str, wanted: str) -> EventView:
    issue = lookups.issue(core, organization_id, name)
    event = core.stored_events.one(issue.project.id, wanted)
    if event.issue_id != issue.id:
        raise UnknownName(kind="event", name=wanted)
    return event


def _by_id(core: Core, caller: Caller, wanted: str) -> JSON:
    event = core.stored_events.in_organization(caller.organization_id, wanted)
    project = core.directory.project_in(caller.organization_id, str(event.project_id))
    return {
        "organizationSlug": caller.organization.slug,
        "projectSlug": project.slug,
        "groupId": str(event.issue_id),
        "eventId": event.event_id,
        "event": event_with_release_json(*core.mapper.viewed(event, clean_stacks)),
    }
