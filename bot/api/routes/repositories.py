"""Routes of the repositories that commits came from."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import AuthenticatedCaller, InContext
from bot.api.reading.pages import NamedPageParameters, paged
from bot.api.reading.releases_json import repository_json


async def show(
    request: Request, parameters: Annotated[NamedPageParameters, Query()], context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the organization's repositories, by name. Commits that name a repository create it."""
    found = await context.workers.read(context.core.releases.repositories, caller.organization_id)
    named = [view for view in found if parameters.fits(view.name)]
    return paged(request, context.links_begin_with, parameters.page, [repository_json(view) for view in parameters.page.of(named)])
