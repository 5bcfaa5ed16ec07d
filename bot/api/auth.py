"""Authenticate requests: the token, the organization it belongs to, and the scopes it needs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated

from cachetools import TTLCache
from fastapi import Depends, Path
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from bot.api.problems import Refusal
from bot.api.uploads import UploadSlots
from bot.monitoring.rejections import RejectionLog
from bot.workers import Workers
from core.bootstrap import Core
from core.errors import UnknownName
from core.types import Actor, Role
from core.views import OrganizationView, TokenView

CACHE_SECONDS = 2
"""Seconds until a revoked token stops working."""
_MAX_CACHED_TOKENS = 1024

READ = ("event:read", "event:write", "event:admin")
WRITE = ("event:write", "event:admin")
ADMIN = ("event:admin",)
LISTS = ("org:read", *READ)
LOOKUPS = (*LISTS, "project:releases")
"""Also what a build looks up before it announces a release: its own organization and project."""


@dataclass(frozen=True)
class Caller:
    """A valid token, with the organization it belongs to."""

    token: TokenView
    organization: OrganizationView

    @property
    def organization_id(self) -> int:
        """Return the only organization that this caller can see."""
        return self.organization.id

    @property
    def actor(self) -> Actor | None:
        """Return the acting user, or None for a token without a user."""
        user = self.token.user
        return Actor(user.id, user.role) if user else None

    def need(self, scopes: tuple[str, ...]) -> None:
        """Raise Refusal unless the token has one of these scopes."""
        if not self.token.scopes.intersection(scopes):
            has = ", ".join(sorted(self.token.scopes)) or "none"
            raise Refusal(HTTPStatus.FORBIDDEN, f"This needs a token with the scope {' or '.join(scopes)}; yours has {has}. Nothing was changed.")

    def need_role(self, role: Role) -> None:
        """Raise Refusal unless the token allows what this role allows."""
        self.need(SCOPES_OF[role])


SCOPES_OF = {Role.VIEWER: READ, Role.MEMBER: WRITE, Role.ADMIN: ADMIN}
"""The scopes for each role: a token needs one of them for the actions of that role on issues."""


def _cache() -> TTLCache[str, Caller]:
    return TTLCache(_MAX_CACHED_TOKENS, CACHE_SECONDS, time.monotonic)


@dataclass(frozen=True)
class ApiContext:
    """The objects that all routes share. Only the event loop touches the cache."""

    core: Core
    workers: Workers
    links_begin_with: str
    rejections: RejectionLog = field(default_factory=RejectionLog)
    callers: TTLCache[str, Caller] = field(default_factory=_cache)
    upload_slots: UploadSlots = field(default_factory=UploadSlots)

    async def caller(self, token: str) -> Caller | None:
        """Return the holder of this token. Unknown tokens are not cached, so that a new token works at once."""
        known = self.callers.get(token)
        if known is None:
            known = await self.workers.read(_caller, self.core, token)
            if known:
                self.callers[token] = known
        return known


def _caller(core: Core, token: str) -> Caller | None:
    view = core.directory.token(token)
    organization = core.directory.organization_of(view.organization_id) if view else None
    return Caller(view, organization) if view and organization else None


async def _context(request: Request) -> ApiContext:
    context: ApiContext = request.app.state.context
    return context


InContext = Annotated[ApiContext, Depends(_context)]
_bearer = HTTPBearer(auto_error=False, description="A token made with `quell token create`.")


async def _authenticated(context: InContext, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    caller = await context.caller(credentials.credentials) if credentials else None
    if caller is None:
        context.rejections.rejected("api", "bad_token" if credentials else "no_token")
        sentence = "This token is not known." if credentials else "A token is needed: Authorization: Bearer TOKEN. Make one with: quell token create"
        raise Refusal(HTTPStatus.UNAUTHORIZED, sentence, {"WWW-Authenticate": "Bearer"})
    context.rejections.accepted("api")
    return caller


AuthenticatedCaller = Annotated[Caller, Depends(_authenticated)]


async def _own_organization(org: Annotated[str, Path(description="The organization's slug.")], caller: AuthenticatedCaller) -> None:
    """Refuse every organization except the caller's, as if it did not exist."""
    if org != caller.organization.slug:
        raise UnknownName(kind="organization", name=org[:80])


OWN_ORGANIZATION: Dependency = Depends(_own_organization)


def needs(scopes: tuple[str, ...]) -> Dependency:
    """Return the dependency of a route that accepts tokens with one of these scopes."""

    async def check(caller: AuthenticatedCaller) -> None:
        caller.need(scopes)

    dependency: Dependency = Depends(check)
    return dependency
