"""Accept requests from Slack: check the signature before anything else, and drop payloads of other workspaces."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.chat.interactions import ChannelChanged, Interaction
from bot.monitoring.rejections import RejectionLog
from bot.slack.client import OwnTeam
from bot.slack.events import channel_change
from bot.slack.parse import ReplyHandles, read_interaction, reply_handles, workspace
from bot.slack.payload import Json, MalformedPayload
from core.errors import DatabaseAway

MAX_AGE_SECONDS = 300
"""Seconds for which a signed request is valid, into the past and into the future: Slack's own recommendation."""


Fault = Literal["no_signature", "wrong_signature", "stale"]
"""Why a request is not accepted as Slack's."""


def signature_fault(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> Fault | None:
    """Return None if one of the secrets signed these bytes within MAX_AGE_SECONDS. During a rotation there are two secrets.

    Returns ``stale`` only for a valid signature, so that it indicates a wrong clock and not an attacker.
    """
    stamp, given = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not given or not _is_stamp(stamp):
        return "no_signature"
    # Try every secret, each in constant time, so that the response time reveals nothing.
    signed = given.encode("latin-1", "replace")
    if not any([hmac.compare_digest(sign(secret, stamp, body), signed) for secret in secrets]):  # noqa: C419
        return "wrong_signature"
    # Slack's stamp is whole seconds, so ours is cut the same way: one that is exactly 300 s old passes.
    return None if abs(int(now.timestamp()) - int(stamp)) <= MAX_AGE_SECONDS else "stale"


def sign(secret: str, stamp: str, body: bytes) -> bytes:
    """Return ``X-Slack-Signature`` for a body sent at ``stamp``, in epoch seconds."""
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    return b"v0=" + digest.hexdigest().encode()


def _is_stamp(stamp: str) -> bool:
    # int() would also read spaces, signs, underscores and the digits of other scripts.
    return 0 < len(stamp) <= 12 and stamp.isascii() and stamp.isdigit()


Dispatch = Callable[[Json, Interaction, ReplyHandles], Awaitable[Response]]
Admit = Callable[[Json], Awaitable[Response]]
"""The type of ``WorkspaceCheck.admit``."""
NoteChange = Callable[[ChannelChanged], Awaitable[None]]
DOOR = "slack"
NOTE_SECONDS = 1.5
"""How long storing channel news may delay the response; Slack resends what is not acknowledged within three seconds."""


class WorkspaceCheck:
    """Checks payloads that are known to come from Slack. ``own`` returns our workspace, once it is known.

    ``note`` is called with news of channels.
    """

    def __init__(self, own: Callable[[], OwnTeam | None], dispatch: Dispatch, note: NoteChange, rejections: RejectionLog) -> None:
        self._own = own
        self._dispatch = dispatch
        self._note = note
        self._door_log = rejections

    async def admit(self, payload: Json) -> Response:
        """Return the response of ``dispatch``; 403 for another workspace, 503 while our own is unknown. Raises MalformedPayload."""
        own = self._own()
        if own is None:
            return refused("Slack has not told yet which workspace this is; try again", 503)
        interaction = read_interaction(payload, own.bot_user)
        if workspace(payload) != own.team:
            self._door_log.rejected(DOOR, "another_workspace")
            return refused("another workspace", 403)
        self._door_log.accepted(DOOR)
        if change := channel_change(payload, own.bot_user):
            return await self._noted(change)
        return await self._dispatch(payload, interaction, reply_handles(payload)) if interaction else Response()

    async def _noted(self, change: ChannelChanged) -> Response:
        """Store channel news and acknowledge after the commit; if that is too slow, Slack resends the event."""
        noting = asyncio.ensure_future(self._note(change))
        try:
            await asyncio.wait_for(asyncio.shield(noting), NOTE_SECONDS)
        except (TimeoutError, DatabaseAway):
            noting.add_done_callback(_retrieve_exception)
            return refused("the database does not answer; try again", 503)
        return Response()


def _retrieve_exception(noting: asyncio.Future[None]) -> None:
    """Retrieve the exception of a task that failed after the response was sent."""
    if not noting.cancelled():
        noting.exception()


def refused(reason: str, status: int) -> Response:
    """Return a response with a refusal in one line."""
    return PlainTextResponse(f"{reason}\n", status)


MAX_BODY_BYTES = 512 * 1024
"""The largest body, in bytes. Slack's largest payload contains a view of 250 KB, and form encoding makes it larger."""
_MAX_FIELDS = 64


class BodyTooLarge(Exception):
    """The body is larger than MAX_BODY_BYTES."""


class SlackIngress:
    """Passes genuine requests to ``admit`` and answers all others itself."""

    def __init__(self, secrets: Sequence[str], clock: Callable[[], datetime], admit: Admit, rejections: RejectionLog) -> None:
        self._secrets = secrets
        self._clock = clock
        self._admit = admit
        self._door_log = rejections

    async def receive(self, request: Request) -> Response:
        """Return the response of ``admit``; 401 if not signed by Slack, 413 if too large, 400 if malformed."""
        try:
            body = await _body(request)
            if why := signature_fault(self._secrets, request.headers, body, self._clock()):
                self._door_log.rejected(DOOR, why)
                return refused("not signed by Slack, or too long ago", 401)
            payload = _decoded(body, request.headers.get("content-type", ""))
            return _handshake(payload) or await self._admit(payload)
        except BodyTooLarge:
            self._door_log.rejected(DOOR, "too_large")
            return refused("too large", 413)
        except MalformedPayload:
            self._door_log.rejected(DOOR, "malformed")
            return refused("malformed", 400)
        except ClientDisconnect:
            return refused("malformed", 400)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
    return bytes(body)


def _decoded(body: bytes, content_type: str) -> Json:
    """Decode the body: events are JSON, commands are forms, interactions are JSON in the only field of a form."""
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            decoded = json.loads(body)
        else:
            fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
            decoded = json.loads(fields["payload"][0]) if "payload" in fields else {name: values[-1] for name, values in fields.items()}
    except (ValueError, RecursionError):
        raise MalformedPayload from None
    if not isinstance(decoded, dict):
        raise MalformedPayload
    return decoded


def _handshake(payload: Json) -> Response | None:
    """Answer Slack's checks of our URL and its certificate."""
    if payload.get("type") == "url_verification":
        challenge: Any = payload.get("challenge")
        if not isinstance(challenge, str):
            raise MalformedPayload
        return JSONResponse({"challenge": challenge})
    return Response() if payload.get("ssl_check") == "1" else None
