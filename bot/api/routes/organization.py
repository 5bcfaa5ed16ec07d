"""Routes around issues: the rights of a token, its organization, and that organization's projects."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import AuthenticatedCaller, InContext
from bot.api.reading.pages import ListPage, PageParameters
from bot.api.wording import instant
from core.types import JSON
from core.views import OrganizationView, ProjectView, UserView


async def root(caller: AuthenticatedCaller) -> JSONResponse:
    """Return the version of this API, the token's scopes and its user."""
    user = caller.token.user
    return JSONResponse({"version": "0", "auth": {"scopes": sorted(caller.token.scopes)}, "user": _user(user) if user else None})


async def organizations(
    request: Request, parameters: Annotated[PageParameters, Query()], context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the only organization that the token belongs to."""
    return _page(request, context.links_begin_with, parameters.page, [_organization(caller.organization)])


async def projects(request: Request, parameters: Annotated[PageParameters, Query()], context: InContext, caller: AuthenticatedCaller) -> JSONResponse:
    """List the organization's projects, by slug."""
    found = await context.workers.read(context.core.directory.projects, caller.organization_id)
    return _page(request, context.links_begin_with, parameters.page, [_project(view) for view in found])


def _page(request: Request, links_begin_with: str, page: ListPage, everything: list[JSON]) -> JSONResponse:
    found = page.of(everything)
    link = page.link(f"{links_begin_with}{request.scope['path']}", request.query_params.multi_items(), len(found))
    return JSONResponse(found[: page.limit], headers={"Link": link})


def _user(user: UserView) -> JSON:
    return {"id": str(user.id), "name": user.name, "email": user.email, "username": user.email or user.name}


def _organization(organization: OrganizationView) -> JSON:
    """Return the organization. sentry-cli expects the last four fields, which are always false or empty."""
    return {
        "id": str(organization.id),
        "slug": organization.slug,
        "name": organization.slug,
        "dateCreated": instant(organization.created_at),
        "isEarlyAdopter": False,
        "require2FA": False,
        "requireEmailVerification": False,
        "features": [],
    }


def _project(project: ProjectView) -> JSON:
    return {"id": str(project.id), "slug": project.slug, "name": project.slug, "platform": project.platform, "team": None}
