"""Routes of projects: lists, one project, and its DSN."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import AuthenticatedCaller, InContext
from bot.api.reading.directory_json import key_json, project_json
from bot.api.reading.pages import NamedPageParameters, PageParameters, paged
from bot.api.reading.projects import PathProject
from core.bootstrap import Core
from core.errors import Invalid
from core.types import JSON
from core.views import OrganizationView, ProjectView

_OF_DSN = "dsn:"
_KEY_STATUSES = ("", "active", "inactive")


class KeyParameters(PageParameters):
    """The query parameters of a list of keys."""

    status: str = Field("", description="`active`, `inactive` (there are none), or empty for both.")


async def show_all(
    request: Request, parameters: Annotated[NamedPageParameters, Query()], context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the organization's projects, by slug. The query ``dsn:KEY`` finds the one with that public key."""
    found = await context.workers.read(_found, context.core, caller.organization, parameters)
    return paged(request, context.links_begin_with, parameters.page, parameters.page.of(found))


async def show(project: PathProject, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return the project."""
    found = await context.workers.read(described, context.core, caller.organization, [project] if project else [])
    return JSONResponse(found[0])


async def keys(request: Request, parameters: Annotated[KeyParameters, Query()], project: PathProject, context: InContext) -> JSONResponse:
    """List the keys that events are sent with: the project has one."""
    if parameters.status not in _KEY_STATUSES:
        raise Invalid("status", "It is active, inactive, or empty for both.")
    found = [key_json(project, context.links_begin_with)] if project and parameters.status != "inactive" else []
    return paged(request, context.links_begin_with, parameters.page, parameters.page.of(found))


def _found(core: Core, organization: OrganizationView, parameters: NamedPageParameters) -> list[JSON]:
    found, query = core.directory.projects(organization.id), parameters.query
    key = query.removeprefix(_OF_DSN) if query.startswith(_OF_DSN) else None
    wanted = [view for view in found if (view.public_key == key if key is not None else parameters.fits(view.slug))]
    return described(core, organization, wanted)


def described(core: Core, organization: OrganizationView, projects: list[ProjectView]) -> list[JSON]:
    """Return projects with their teams."""
    teams = core.teams.owners([view.id for view in projects])
    return [project_json(view, organization, teams.get(view.id, [])) for view in projects]
