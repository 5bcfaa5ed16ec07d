"""Routes of teams, and of the projects that a team owns."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import AuthenticatedCaller, InContext
from bot.api.reading.directory_json import team_json
from bot.api.reading.pages import NamedPageParameters, paged
from bot.api.reading.projects import ProjectIds
from bot.api.routes.projects import described
from core.bootstrap import Core
from core.errors import UnknownName
from core.types import JSON
from core.views import OrganizationView, TeamView

TeamName = Annotated[str, Path(description="The team's slug or number.")]
Named = Annotated[NamedPageParameters, Query()]


async def show_all(request: Request, parameters: Named, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """List the organization's teams, by slug."""
    found = await context.workers.read(context.core.teams.of_organization, caller.organization_id)
    named = [team_json(view) for view in found if parameters.fits(view.slug)]
    return paged(request, context.links_begin_with, parameters.page, parameters.page.of(named))


async def of_project(request: Request, parameters: Named, project_ids: ProjectIds, context: InContext) -> JSONResponse:
    """List the teams that own the project, by slug."""
    owners = await context.workers.read(context.core.teams.owners, project_ids or ())
    named = [team_json(view) for views in owners.values() for view in views if parameters.fits(view.slug)]
    return paged(request, context.links_begin_with, parameters.page, parameters.page.of(named))


async def projects(request: Request, team: TeamName, parameters: Named, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """List the projects that the team owns, by slug."""
    found = await context.workers.read(_owned, context.core, caller.organization, team, parameters)
    return paged(request, context.links_begin_with, parameters.page, parameters.page.of(found))


def _owned(core: Core, organization: OrganizationView, name: str, parameters: NamedPageParameters) -> list[JSON]:
    team = _team(core, organization.id, name)
    found = core.directory.projects(organization.id)
    owners = core.teams.owners([view.id for view in found])
    owned = [view for view in found if team in owners.get(view.id, []) and parameters.fits(view.slug)]
    return described(core, organization, owned)


def _team(core: Core, organization_id: int, name: str) -> TeamView:
    for view in core.teams.of_organization(organization_id):
        if name in (view.slug, str(view.id)):
            return view
    raise UnknownName(kind="team", name=ascii(name[:80])[1:-1])
