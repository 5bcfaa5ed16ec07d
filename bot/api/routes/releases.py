"""The routes of releases: announce, change, list, look at, delete; their commits and where they were deployed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.api.auth import ApiContext, Asking, Caller, OurDesk
from bot.api.reading.pages import ListPage, PageParameters
from bot.api.reading.releases_json import commit_json, deploy_json, release_json
from bot.api.wire import Body
from bot.api.writing import releases_body
from core.bootstrap import Core
from core.errors import Invalid
from core.releases.releases import Announced, AnnouncedRelease
from core.types import JSON

MOST_OF_COMMITS = 16 * 1024 * 1024
"""Bytes of a release with its commits: sentry-cli sends the changed files of each along."""

SEE = ("org:read", "project:releases", "event:read")
CHANGE = ("project:releases",)

Version = Annotated[str, Path(description="The release's version, quoted as addresses want it.")]
ProjectName = Annotated[str, Path(description="The project's slug or number.")]
_STATUSES = {"open": True, "archived": False, "": None}
_SAID = {"new": HTTPStatus.CREATED, "known": HTTPStatus.ALREADY_REPORTED}


class AskedReleases(PageParameters):
    """Which releases are asked for."""

    query: str = Field("", description="How the version begins.")
    status: str = Field("open", description="`open`, `archived`, or empty for both.")


async def announce(body: Body, desk: OurDesk, caller: Asking) -> JSONResponse:
    """Makes the release, or adds what is said to the one that is there: 201 where that made it or put it into a project, else 208."""
    version = releases_body.version(body)
    said = await _said(desk, caller, body, is_needed=True)
    view, how = await desk.workers.write(desk.core.releases.announce, caller.organization_id, version, said)
    return JSONResponse(release_json(view), _SAID[how])


async def update(version: Version, body: Body, desk: OurDesk, caller: Asking) -> JSONResponse:
    """Changes what the body says, and nothing else. Its ``commits`` are all that the release has, newest first."""
    said = await _said(desk, caller, body, is_needed=False)
    view = await desk.workers.write(desk.core.releases.update, caller.organization_id, version, said)
    return JSONResponse(release_json(view))


async def delete(version: Version, desk: OurDesk, caller: Asking) -> Response:
    """Removes the release. What was resolved in it stays resolved."""
    await desk.workers.write(desk.core.releases.delete, caller.organization_id, version)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def show(version: Version, desk: OurDesk, caller: Asking) -> JSONResponse:
    """The release of that version."""
    return JSONResponse(release_json(await desk.workers.read(desk.core.releases.one, caller.organization_id, version)))


async def previous_with_commits(version: Version, desk: OurDesk, caller: Asking) -> JSONResponse:
    """The release before it that has commits; an empty object where there is none. Its last commit is where the next ones begin."""
    view = await desk.workers.read(desk.core.releases.previous_with_commits, caller.organization_id, version)
    return JSONResponse(release_json(view) if view else {})


async def of_organization(asked: Annotated[AskedReleases, Query()], request: Request, desk: OurDesk, caller: Asking) -> JSONResponse:
    """The organization's releases, newest first; the date of release counts, else the date it was made."""
    return await _page(request, desk, caller, asked, None)


async def of_project(project: ProjectName, asked: Annotated[AskedReleases, Query()], request: Request, desk: OurDesk, caller: Asking) -> JSONResponse:
    """Likewise of one project."""
    view = await desk.workers.read(desk.core.directory.project_in, caller.organization_id, project)
    return await _page(request, desk, caller, asked, view.id)


async def commits(version: Version, asked: Annotated[PageParameters, Query()], request: Request, desk: OurDesk, caller: Asking) -> JSONResponse:
    """What is in the release, newest first."""
    page = asked.page
    found = await desk.workers.read(desk.core.releases.commits, caller.organization_id, version, page.one_more, page.offset)
    return paged(request, desk, page, [commit_json(view) for view in found])


async def deploy(version: Version, body: Body, desk: OurDesk, caller: Asking) -> JSONResponse:
    """Tells that the release went somewhere; the very same again is answered 208."""
    new = releases_body.new_deploy(body)
    view, how = await desk.workers.write(desk.core.releases.deploy, caller.organization_id, version, new)
    return JSONResponse(deploy_json(view), _SAID[how])


async def deploys(version: Version, asked: Annotated[PageParameters, Query()], request: Request, desk: OurDesk, caller: Asking) -> JSONResponse:
    """Where the release went, newest first."""
    page = asked.page
    found = await desk.workers.read(desk.core.releases.deploys, caller.organization_id, version, page.one_more, page.offset)
    return paged(request, desk, page, [deploy_json(view) for view in found])


def paged(request: Request, desk: ApiContext, page: ListPage, found: list[JSON]) -> JSONResponse:
    """A page of ``one_more`` items, with its ``Link`` header."""
    link = page.link(f"{desk.links_begin_with}{quote(request.scope['path'])}", request.query_params.multi_items(), len(found))
    return JSONResponse(found[: page.limit], headers={"Link": link})


async def _page(request: Request, desk: ApiContext, caller: Caller, asked: AskedReleases, project_id: int | None) -> JSONResponse:
    if asked.status not in _STATUSES:
        raise Invalid("status", "It is open, archived, or empty for both.")
    page = asked.page
    wanted = AnnouncedRelease(project_id, asked.query.replace("\0", ""), _STATUSES[asked.status])
    found = await desk.workers.read(desk.core.releases.page, caller.organization_id, wanted, page.one_more, page.offset)
    return paged(request, desk, page, [release_json(view) for view in found])


async def _said(desk: ApiContext, caller: Caller, body: JSON, *, is_needed: bool) -> Announced:
    names = releases_body.project_names(body, is_needed=is_needed)
    project_ids = await desk.workers.read(_numbers, desk.core, caller.organization_id, names) if names else ()
    return releases_body.announced(body, project_ids)


def _numbers(core: Core, organization_id: int, names: list[str]) -> tuple[int, ...]:
    """The projects of these slugs and numbers. Raises Invalid."""
    known = {name: view.id for view in core.directory.projects(organization_id) for name in (str(view.id), view.slug)}
    for name in names:
        if name not in known:
            raise Invalid("projects", f"There is no project {name[:80]!a}.")
    return tuple(known[name] for name in names)
