"""Routes of releases, of an organization or of one of its projects: announce, change, list, read, delete; their commits and deploys.

Below a project the project is implied: an announcement is about it, and a release that it does not have does not exist.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api.auth import ApiContext, AuthenticatedCaller, Caller, InContext
from bot.api.fields import word
from bot.api.reading.pages import PageParameters, paged
from bot.api.reading.periods import PeriodParameters
from bot.api.reading.projects import PathProject, ProjectIds
from bot.api.reading.releases_json import commit_json, deploy_json, release_json
from bot.api.wire import Body
from bot.api.writing import releases_body
from core.bootstrap import Core
from core.errors import Invalid
from core.releases.releases import Announced, AnnouncedRelease
from core.types import JSON
from core.views import ProjectView

MAX_COMMITS_BODY_BYTES = 16 * 1024 * 1024
"""The largest body of a release with commits, in bytes: sentry-cli sends the changed files of each commit."""

SEE = ("org:read", "project:releases", "event:read")
CHANGE = ("project:releases",)

Version = Annotated[str, Path(description="The release's version, percent-encoded.")]
_STATUSES = {"open": True, "archived": False, "": None}
_ANNOUNCEMENT = {"new": HTTPStatus.CREATED, "known": HTTPStatus.ALREADY_REPORTED}


class AskedReleases(PageParameters, PeriodParameters):
    """The query parameters of a list of releases. The time is that of the release, or else of its creation."""

    query: str = Field("", description="The beginning of the version, or of its part after the last `@`.")
    status: str = Field("open", description="`open`, `archived`, or empty for both.")
    environment: list[str] = Field([], description="Only releases deployed there; may be repeated.")
    sort: str = Field("date", description="`date` is the only order: newest first.")


async def announce(body: Body, project: PathProject, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Create the release, or add to an existing one: 201 if it is new or new to a project, else 208."""
    version = releases_body.version(body)
    announced = await _announced(context, caller, body, project, is_needed=True)
    view, how = await context.workers.write(context.core.releases.announce, caller.organization_id, version, announced)
    return JSONResponse(release_json(view), _ANNOUNCEMENT[how])


async def update(
    version: Version, body: Body, project: PathProject, project_ids: ProjectIds, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """Change only what the body says. Its ``commits`` replace all commits of the release, newest first."""
    announced = await _announced(context, caller, body, project, is_needed=False)
    view = await context.workers.write(context.core.releases.update, caller.organization_id, version, announced, project_ids)
    return JSONResponse(release_json(view))


async def delete(version: Version, project_ids: ProjectIds, context: InContext, caller: AuthenticatedCaller) -> Response:
    """Remove the release, or take it out of the project if other projects have it too. Issues resolved in it stay resolved."""
    await context.workers.write(context.core.releases.delete, caller.organization_id, version, project_ids)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def show(version: Version, project_ids: ProjectIds, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return the release with that version."""
    view = await context.workers.read(context.core.releases.one, caller.organization_id, version, project_ids)
    return JSONResponse(release_json(view))


async def previous_with_commits(version: Version, project_ids: ProjectIds, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return the newest earlier release that has commits, or an empty object. Its last commit is where the next commits begin."""
    view = await context.workers.read(context.core.releases.previous_with_commits, caller.organization_id, version, project_ids)
    return JSONResponse(release_json(view) if view else {})


async def show_many(
    parameters: Annotated[AskedReleases, Query()], request: Request, project_ids: ProjectIds, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List releases, newest first, by the date of release or else of creation."""
    if parameters.status not in _STATUSES:
        raise Invalid("status", "It is open, archived, or empty for both.")
    if parameters.sort not in ("", "date"):
        raise Invalid("sort", "Releases are sorted by date alone; leave it out, or say date.")
    wanted = AnnouncedRelease(
        project_ids,
        parameters.query.replace("\0", ""),
        _STATUSES[parameters.status],
        environments=tuple(word("environment", name, "production") for name in parameters.environment if name),
        period=parameters.period(context.core.clock()),
    )
    page = parameters.page
    found = await context.workers.read(context.core.releases.page, caller.organization_id, wanted, page.one_more, page.offset)
    return paged(request, context.links_begin_with, page, [release_json(view) for view in found])


async def commits(
    version: Version,
    parameters: Annotated[PageParameters, Query()],
    request: Request,
    project_ids: ProjectIds,
    context: InContext,
    caller: AuthenticatedCaller,
) -> JSONResponse:
    """List the commits of the release, newest first."""
    page, releases = parameters.page, context.core.releases
    found = await context.workers.read(releases.commits, caller.organization_id, version, page.one_more, page.offset, project_ids)
    return paged(request, context.links_begin_with, page, [commit_json(view) for view in found])


async def deploy(version: Version, body: Body, project_ids: ProjectIds, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Record a deploy of the release; repeating the same deploy returns 208."""
    new = releases_body.new_deploy(body)
    view, how = await context.workers.write(context.core.releases.deploy, caller.organization_id, version, new, project_ids)
    return JSONResponse(deploy_json(view), _ANNOUNCEMENT[how])


async def deploys(
    version: Version,
    parameters: Annotated[PageParameters, Query()],
    request: Request,
    project_ids: ProjectIds,
    context: InContext,
    caller: AuthenticatedCaller,
) -> JSONResponse:
    """List the deploys of the release, newest first."""
    page, releases = parameters.page, context.core.releases
    found = await context.workers.read(releases.deploys, caller.organization_id, version, page.one_more, page.offset, project_ids)
    return paged(request, context.links_begin_with, page, [deploy_json(view) for view in found])


async def _announced(context: ApiContext, caller: Caller, body: JSON, project: ProjectView | None, *, is_needed: bool) -> Announced:
    names = releases_body.project_names(body, is_needed=is_needed and project is None)
    project_ids = await context.workers.read(_numbers, context.core, caller.organization_id, names) if names else ()
    if project is None:
        return releases_body.announced(body, project_ids)
    if set(project_ids) - {project.id}:
        raise Invalid("projects", f"This address is about {project.slug} alone. For several projects: /api/0/organizations/{{org}}/releases/")
    return releases_body.announced(body, (project.id,))


def _numbers(core: Core, organization_id: int, names: list[str]) -> tuple[int, ...]:
    """Return the ids of the projects with these slugs and numbers. Raises Invalid."""
    known = {name: view.id for view in core.directory.projects(organization_id) for name in (str(view.id), view.slug)}
    for name in names:
        if name not in known:
            raise Invalid("projects", f"There is no project {name[:80]!a}.")
    return tuple(known[name] for name in names)
