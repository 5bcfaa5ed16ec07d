"""The door: who may come in, checked on the raw request before the Bot Framework sees any of it."""

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
"""Of a request; Teams' own are far below."""
NO_TENANT = "anonymous"
"""Stands for the tenant of anonymous activities that name none."""

DOOR = "msteams"


class NotAdmitted(Exception):
    """The request is not let in; ``status`` is the answer, ``reason`` the word for the log. It has none where the sender hung up."""

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(str(status))
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class AdmittedActivity:
    """An activity that may be believed, and the tenant it comes from."""

    activity: dict[str, Any]
    tenant: str


class TeamsIngress:
    """Lets in what Teams sends for our tenant; in anonymous mode also what comes from this machine without a token."""

    def __init__(self, account: TeamsAccount, tokens: TokenCheck, rejections: RejectionLog) -> None:
        self._account = account
        self._tokens = tokens
        self._door_log = rejections

    async def admit(self, request: Request) -> AdmittedActivity:
        """Raises NotAdmitted: 413 too big, 400 no activity, 401 not from Teams, 403 another tenant."""
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
        # The signed address is Teams' own word; the list is ours, and our token goes to no other.
        if not self._account.may_reach(service_url(activity)):
            raise Forged("unlisted_service_url")

    def _is_known_here(self, request: Request) -> bool:
        """A web page could make a browser on this machine post here; then there is an Origin, which no chat service sends."""
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
