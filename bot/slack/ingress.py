"""The door Slack knocks at: nothing in a request means anything before its signature is found to be right.

Bolt stands behind it. By itself Bolt would parse before it verifies, answer hostile input with 500, log refused requests with body and
signature, and drop slash commands whose text contains the word ``payload``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.door_log import DoorLog

from .admission import DOOR, Admit, refused
from .shapes import Json, Malformed
from .signature import fault

MAX_BODY = 512 * 1024
"""Bytes. Slack's largest payload holds a view of 250 KB, which grows when it is form-encoded."""
_MAX_FIELDS = 64


class TooLarge(Exception):
    """The body is larger than MAX_BODY."""


class Ingress:
    """Lets genuine requests through to ``admit`` and answers all others itself."""

    def __init__(self, secrets: Sequence[str], clock: Callable[[], datetime], admit: Admit, door_log: DoorLog) -> None:
        self._secrets = secrets
        self._clock = clock
        self._admit = admit
        self._door_log = door_log

    async def receive(self, request: Request) -> Response:
        """401 not signed by Slack, 413 too large, 400 not what Slack sends; else what ``admit`` answers."""
        try:
            body = await _body(request)
            if why := fault(self._secrets, request.headers, body, self._clock()):
                self._door_log.rejected(DOOR, why)
                return refused("not signed by Slack, or too long ago", 401)
            payload = _decoded(body, request.headers.get("content-type", ""))
            return _handshake(payload) or await self._admit(payload)
        except TooLarge:
            self._door_log.rejected(DOOR, "too_large")
            return refused("too large", 413)
        except Malformed:
            self._door_log.rejected(DOOR, "malformed")
            return refused("malformed", 400)
        except ClientDisconnect:
            return refused("malformed", 400)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge
    return bytes(body)


def _decoded(body: bytes, content_type: str) -> Json:
    """Events are JSON, commands are forms, interactions are JSON in a form's only field."""
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            decoded = json.loads(body)
        else:
            fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
            decoded = json.loads(fields["payload"][0]) if "payload" in fields else {name: values[-1] for name, values in fields.items()}
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(decoded, dict):
        raise Malformed
    return decoded


def _handshake(payload: Json) -> Response | None:
    """What Slack asks before it knows us: whether a URL is ours and whether its certificate is good."""
    if payload.get("type") == "url_verification":
        challenge: Any = payload.get("challenge")
        if not isinstance(challenge, str):
            raise Malformed
        return JSONResponse({"challenge": challenge})
    return Response() if payload.get("ssl_check") == "1" else None
