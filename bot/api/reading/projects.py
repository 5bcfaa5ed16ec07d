"""The projects that a request is about: the one in its path, or those of its parameter ``project``."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query
from fastapi.params import Depends as Dependency
from starlette.requests import Request

from bot.api.auth import ApiContext, AuthenticatedCaller, Caller, InContext
from core.views import ProjectView

ProjectName = Annotated[str, Path(description="The project's slug or number.")]
ProjectNames = Annotated[
    list[str] | None, Query(alias="project", description="Only this project, by number or slug; may be repeated. `-1` means all.")
]
ProjectSlugs = Annotated[list[str] | None, Query(alias="projectSlug", description="The same by another name.")]
_EVERYWHERE = "-1"


async def _one_project(request: Request, project: ProjectName, context: InContext, caller: AuthenticatedCaller) -> None:
    view = await _found(context, caller, project)
    request.state.project, request.state.project_ids = view, (view.id,)


async def _any_projects(request: Request, context: InContext, caller: AuthenticatedCaller, projects: ProjectNames = None) -> None:
    await _select(request, context, caller, projects or [])


async def _any_projects_or_slugs(
    request: Request, context: InContext, caller: AuthenticatedCaller, projects: ProjectNames = None, slugs: ProjectSlugs = None
) -> None:
    await _select(request, context, caller, [*(projects or ()), *(slugs or ())])


async def _select(request: Request, context: ApiContext, caller: Caller, names: list[str]) -> None:
    named = dict.fromkeys(name for name in names if name)
    request.state.project_ids = None if not named or _EVERYWHERE in named else tuple([(await _found(context, caller, name)).id for name in named])


async def _found(context: ApiContext, caller: Caller, project: str) -> ProjectView:
    return await context.workers.read(context.core.directory.project_in, caller.organization_id, project)


IN_PROJECT: Dependency = Depends(_one_project)
"""The parameters of routes with a project in their path."""
ANY_PROJECT: Dependency = Depends(_any_projects)
"""The parameters of routes that can be narrowed to projects."""
ANY_PROJECT_OR_SLUG: Dependency = Depends(_any_projects_or_slugs)
"""The same, with the other name that Sentry's MCP server has for it."""


async def _project_in_path(request: Request) -> ProjectView | None:
    project: ProjectView | None = getattr(request.state, "project", None)
    return project


async def _selected_projects(request: Request) -> tuple[int, ...] | None:
    project_ids: tuple[int, ...] | None = getattr(request.state, "project_ids", None)
    return project_ids


PathProject = Annotated[ProjectView | None, Depends(_project_in_path)]
"""The project in the path, or None if the path names none."""
ProjectIds = Annotated[tuple[int, ...] | None, Depends(_selected_projects)]
"""The ids of the projects that the request is about, or None for all of the organization."""
