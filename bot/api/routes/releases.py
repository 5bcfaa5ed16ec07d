"""Routes of releases: announce, change, list, read, delete; their commits and deploys."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api.auth import ApiContext, AuthenticatedCaller, Caller, InContext
from bot.api.reading.pages import ListPage, PageParameters
from bot.api.reading.releases_json import commit_json, deploy_json, release_json
from bot.api.wire import Body
from bot.api.writing import releases_body
from core.bootstrap import Core
from core.errors import Invalid
from core.releases.releases import Announced, AnnouncedRelease
from core.types import JSON

MAX_COMMITS_BODY_BYTES = 16 * 1024 * 1024
"""The largest body of a release with commits, in bytes: sentry-cli sends the changed files of each commit."""

SEE = ("org:read", "project:releases", "event:read")
CHANGE = ("project:releases",)

Version = Annotated[str, Path(description="The release's version, percent-encoded.")]
ProjectName = Annotated[str, Path(description="The project's slug or number.")]
_STATUSES = {"open": True, "archived": False, "": None}
_ANNOUNCEMENT = {"new": HTTPStatus.CREATED, "known": HTTPStatus.ALREADY_REPORTED}


class AskedReleases(PageParameters):
    """The query parameters of a list of releases."""

    query: str = Field("", description="The beginning of the version.")
    status: str = Field("open", description="`open`, `archived`, or empty for both.")


async def announce(body: Body, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Create the release, or add to an existing one: 201 if it is new or new to a project, else 208."""
    version = releases_body.version(body)
    announced = await _announced(context, caller, body, is_needed=True)
    view, how = await context.workers.write(context.core.releases.announce, caller.organization_id, version, announced)
    return JSONResponse(release_json(view), _ANNOUNCEMENT[how])


async def update(version: Version, body: Body, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Change only what the body says. Its ``commits`` replace all commits of the release, newest first."""
    announced = await _announced(context, caller, body, is_needed=False)
    view = await context.workers.write(context.core.releases.update, caller.organization_id, version, announced)
    return JSONResponse(release_json(view))


async def delete(version: Version, context: InContext, caller: AuthenticatedCaller) -> Response:
    """Remove the release. Issues resolved in it stay resolved."""
    await context.workers.write(context.core.releases.delete, caller.organization_id, version)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def show(version: Version, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return the release with that version."""
    return JSONResponse(release_json(await context.workers.read(context.core.releases.one, caller.organization_id, version)))


async def previous_with_commits(version: Version, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Return the newest earlier release that has commits, or an empty object. Its last commit is where the next commits begin."""
    view = await context.workers.read(context.core.releases.previous_with_commits, caller.organization_id, version)
    return JSONResponse(release_json(view) if view else {})


async def of_organization(
    parameters: Annotated[AskedReleases, Query()], request: Request, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the organization's releases, newest first, by the date of release or else of creation."""
    return await _page(request, context, caller, parameters, None)


async def of_project(
    project: ProjectName, parameters: Annotated[AskedReleases, Query()], request: Request, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the releases of one project, in the same order."""
    view = await context.workers.read(context.core.directory.project_in, caller.organization_id, project)
    return await _page(request, context, caller, parameters, view.id)


async def commits(
    version: Version, parameters: Annotated[PageParameters, Query()], request: Request, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the commits of the release, newest first."""
    page = parameters.page
    found = await context.workers.read(context.core.releases.commits, caller.organization_id, version, page.one_more, page.offset)
    return paged(request, context, page, [commit_json(view) for view in found])


async def deploy(version: Version, body: Body, context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """Record a deploy of the release; repeating the same deploy returns 208."""
    new = releases_body.new_deploy(body)
    view, how = await context.workers.write(context.core.releases.deploy, caller.organization_id, version, new)
    return JSONResponse(deploy_json(view), _ANNOUNCEMENT[how])


async def deploys(
    version: Version, parameters: Annotated[PageParameters, Query()], request: Request, context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the deploys of the release, newest first."""
    page = parameters.page
    found = await context.workers.read(context.core.releases.deploys, caller.organization_id, version, page.one_more, page.offset)
    return paged(request, context, page, [deploy_json(view) for view in found])


def paged(request: Request, context: ApiContext, page: ListPage, found: list[JSON]) -> JSONResponse:
    """Return a page of ``one_more`` items, with its ``Link`` header."""
    link = page.link(f"{context.links_begin_with}{quote(request.scope['path'])}", request.query_params.multi_items(), len(found))
    return JSONResponse(found[: page.limit], headers={"Link": link})


async def _page(request: Request, context: ApiContext, caller: Caller, parameters: AskedReleases, project_id: int | None) -> JSONResponse:
    if parameters.status not in _STATUSES:
        raise Invalid("status", "It is open, archived, or empty for both.")
    page = parameters.page
    wanted = AnnouncedRelease(project_id, parameters.query.replace("\0", ""), _STATUSES[parameters.status])
    found = await context.workers.read(context.core.releases.page, caller.organization_id, wanted, page.one_more, page.offset)
    return paged(request, context, page, [release_json(view) for view in found])


async def _announced(context: ApiContext, caller: Caller, body: JSON, *, is_needed: bool) -> Announced:
    names = releases_body.project_names(body, is_needed=is_needed)
    project_ids = await context.workers.read(_numbers, context.core, caller.organization_id, names) if names else ()
    return releases_body.announced(body, project_ids)


def _numbers(core: Core, organization_id: int, names: list[str]) -> tuple[int, ...]:
    """Return the ids of the projects with these slugs and numbers. Raises Invalid."""
    known = {name: view.id for view in core.directory.projects(organization_id) for name in (str(view.id), view.slug)}
    for name in names:
        if name not in known:
            raise Invalid("projects", f"There is no project {name[:80]!a}.")
    return tuple(known[name] for name in names)
