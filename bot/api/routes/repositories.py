"""Routes of the repositories that commits came from."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import AuthenticatedCaller, InContext
from bot.api.reading.pages import PageParameters
from bot.api.reading.releases_json import repository_json
from bot.api.routes.releases import paged


async def show(parameters: Annotated[PageParameters, Query()], request: Request, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """List the organization's repositories, by name. Commits that name a repository create it."""
    page = parameters.page
    found = await context.workers.read(context.core.releases.repositories, caller.organization_id)
    return paged(request, context, page, [repository_json(view) for view in page.of(found)])
