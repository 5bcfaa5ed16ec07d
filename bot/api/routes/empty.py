"""Routes of what Sentry keeps and Quell does not: the true answer is an empty list, which clients take better than that there is no such route."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import AuthenticatedCaller, InContext
from bot.api.reading import lookups
from bot.api.reading.events import event_id
from bot.api.reading.pages import PageParameters, paged
from bot.api.reading.projects import ProjectIds
from bot.api.routes.events import EventId
from bot.api.routes.issue import IssueName
from bot.api.writing import names


async def of_issue(
    request: Request, parameters: Annotated[PageParameters, Query()], issue: IssueName, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """Return an empty list, if there is such an issue."""
    await context.workers.read(lookups.issue, context.core, caller.organization_id, names.one(issue))
    return paged(request, context.links_begin_with, parameters.page, [])


async def attachments(
    request: Request, parameters: Annotated[PageParameters, Query()], event: EventId, project_ids: ProjectIds, context: InContext
) -> JSONResponse:
    """Return an empty list, if there is such an event: attachments are not kept."""
    (project_id,) = project_ids or ()
    await context.workers.read(context.core.stored_events.one, project_id, event_id(event))
    return paged(request, context.links_begin_with, parameters.page, [])
