"""Admit requests from Teams, checked on the raw request before the Bot Framework sees them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request

from bot.monitoring.rejections import RejectionLog
from bot.msteams.account import TeamsAccount
from bot.msteams.parse import MalformedActivity, service_url, tenant_of
from bot.msteams.tokens import Forged, TokenCheck
from bot.security.loopback import is_local

MAX_BODY_BYTES = 512 * 1024
"""The largest body of a request, in bytes; Teams' own are far smaller."""
NO_TENANT = "anonymous"
"""The tenant of anonymous activities without one."""

DOOR = "msteams"


class NotAdmitted(Exception):
    """The request is not admitted; ``status`` is the response, ``reason`` a word for the log, empty if the sender disconnected."""

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(str(status))
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class AdmittedActivity:
    """A verified activity, and the tenant it comes from."""

    activity: dict[str, Any]
    tenant: str


class TeamsIngress:
    """Admits requests of Teams for our tenant; in anonymous mode also requests from this machine without a token."""

    def __init__(self, account: TeamsAccount, tokens: TokenCheck, rejections: RejectionLog) -> None:
        self._account = account
        self._tokens = tokens
        self._door_log = rejections

    async def admit(self, request: Request) -> AdmittedActivity:
        """Return the activity. Raises NotAdmitted: 413 too large, 400 malformed, 401 not from Teams, 403 another tenant."""
        try:
            admitted = await self._admitted(request)
        except NotAdmitted as refusal:
            if refusal.reason:
                self._door_log.rejected(DOOR, refusal.reason)
            raise
        self._door_log.accepted(DOOR)
        return admitted

    async def _admitted(self, request: Request) -> AdmittedActivity:
        activity = _activity(await _body(request))
        try:
            await self._check(request, activity)
            return AdmittedActivity(activity, self._tenant(activity))
        except Forged as reason:
            raise NotAdmitted(401, str(reason)) from None
        except MalformedActivity:
            raise NotAdmitted(400, "malformed") from None

    async def _check(self, request: Request, activity: dict[str, Any]) -> None:
        if not self._is_known_here(request):
            await self._tokens.check(request.headers.get("authorization", ""), activity)
        elif not self._account.is_here(service_url(activity)):
            raise Forged("no_token")
        # Teams has signed the URL, but our token goes only to hosts on our own list.
        if not self._account.may_reach(service_url(activity)):
            raise Forged("unlisted_service_url")

    def _is_known_here(self, request: Request) -> bool:
        """Return whether an anonymous request is local. A web page could make a browser on this machine post here; then there is an Origin header,
        which chat services never send.
        """
        if not self._account.is_anonymous or not is_local(request):
            return False
        has_token = "authorization" in request.headers and bool(self._account.app_id)
        return not has_token and "origin" not in request.headers

    def _tenant(self, activity: dict[str, Any]) -> str:
        tenant, ours = tenant_of(activity), self._account.tenant_id
        if not ours and self._account.is_anonymous:
            return tenant or NO_TENANT
        if not tenant or tenant != ours:
            raise NotAdmitted(403, "another_tenant")
        return tenant


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise NotAdmitted(413, "too_large")
    except ClientDisconnect:
        raise NotAdmitted(400) from None
    return bytes(body)


def _activity(body: bytes) -> dict[str, Any]:
    try:
        activity = json.loads(body)
    except (ValueError, RecursionError):
        raise NotAdmitted(400, "malformed") from None
    if not isinstance(activity, dict):
        raise NotAdmitted(400, "malformed")
    return activity
