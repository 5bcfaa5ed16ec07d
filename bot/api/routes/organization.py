"""Routes around issues: the rights of a token, who it acts as, and its organization."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.api.auth import AuthenticatedCaller, Caller, InContext
from bot.api.reading.pages import NamedPageParameters, paged
from bot.api.wording import instant
from core.types import JSON
from core.views import OrganizationView, UserView

_NOBODY = "0"
"""The id of whom a token without a user acts as; no user has it."""


async def root(caller: AuthenticatedCaller) -> JSONResponse:
    """Return the version of this API, the token's scopes and its user."""
    user = caller.token.user
    return JSONResponse({"version": "0", "auth": {"scopes": sorted(caller.token.scopes)}, "user": _user(user) if user else None})


async def identity(caller: AuthenticatedCaller) -> JSONResponse:
    """Return the user that the token acts as. A token without a user acts as nobody, whose id is 0."""
    user = caller.token.user
    return JSONResponse({**(_user(user) if user else _nobody(caller)), "isActive": True})


async def show_all(
    request: Request, parameters: Annotated[NamedPageParameters, Query()], context: InContext, caller: AuthenticatedCaller
) -> JSONResponse:
    """List the only organization that the token belongs to."""
    found = [_organization(caller.organization)] if parameters.fits(caller.organization.slug) else []
    return paged(request, context.links_begin_with, parameters.page, parameters.page.of(found))


async def show(caller: AuthenticatedCaller) -> JSONResponse:
    """Return the organization."""
    return JSONResponse(_organization(caller.organization))


def _user(user: UserView) -> JSON:
    # Sentry's users have an e-mail address at all times, and clients rely on a text.
    return {"id": str(user.id), "name": user.name, "email": user.email or "", "username": user.email or user.name}


def _nobody(caller: Caller) -> JSON:
    name = f"nobody (a token of {caller.organization.slug})"
    return {"id": _NOBODY, "name": name, "email": "", "username": name}


def _organization(organization: OrganizationView) -> JSON:
    """Return the organization. What Sentry's clients ask of every organization and does not exist here is false or empty."""
    return {
        "id": str(organization.id),
        "slug": organization.slug,
        "name": organization.slug,
        "dateCreated": instant(organization.created_at),
        "status": {"id": "active", "name": "active"},
        "isEarlyAdopter": False,
        "require2FA": False,
        "requireEmailVerification": False,
        "features": [],
    }
