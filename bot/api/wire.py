"""Read the body of a request, JSON or a form, with a size limit; build headers that say how much was changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header
from starlette.requests import Request

from bot.api.auth import AuthenticatedCaller
from bot.api.forms import MULTIPART, URLENCODED, UnreadableForm, read_form
from bot.api.problems import Refusal
from core.errors import Invalid
from core.issues.requests import UpdateResult
from core.types import JSON

MAX_BODY_BYTES = 1024 * 1024
"""The largest body, in bytes; ten thousand ids take a fifth of that."""
_MAX_KEY_CHARS = 255

_KEY = (
    f"Up to {_MAX_KEY_CHARS} characters. The same request with the same key within a day changes nothing and is answered as before. "
    "The key with another request, or another person's, is refused."
)


async def _body_read(request: Request) -> JSON:
    body: JSON = request.state.body
    return body


Body = Annotated[JSON, Depends(_body_read)]
"""The JSON object in the body of a writing request; the check of field names has read it."""


async def read_body(request: Request, most: int = MAX_BODY_BYTES, schema: JSON | None = None) -> JSON:
    """Return the JSON object, or the fields of the form, in the body, of at most this many bytes; an empty object without a body.

    ``schema`` says which fields of a form are lists and objects. Raises Refusal: 413, 415 or 400; Invalid for a form whose fields make no sense.
    """
    raw = await _read(request, most)
    if not raw:
        return {}
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must not be compressed.")
    content_type = request.headers.get("Content-Type", "application/json")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return _object(raw)
    # curl says that what it sends is a form unless it is told otherwise.
    if kind not in (URLENCODED, MULTIPART) or raw.lstrip().startswith(b"{"):
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be JSON or a form, and say which. For JSON: Content-Type: application/json")
    try:
        return read_form(raw, content_type, schema or {})
    except UnreadableForm as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, str(error.__doc__)) from None


def _object(raw: bytes) -> JSON:
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
        # Half of a surrogate pair is valid JSON but not valid text: it can be neither stored nor printed.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refusal(HTTPStatus.BAD_REQUEST, "The body is not JSON that can be read.") from None
    if not isinstance(body, dict):
        raise Refusal(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    return body


@dataclass(frozen=True)
class RequestKey:
    """The key by which the engine recognizes a repeated request. ``digest`` is a hash of the caller and the request; keys of different
    organizations never collide.
    """

    id: str
    digest: str


async def _request_key(
    request: Request, caller: AuthenticatedCaller, key: Annotated[str | None, Header(alias="Idempotency-Key", description=_KEY)] = None
) -> RequestKey | None:
    """Return the key of a writing request, if it has one. Raises Invalid."""
    if key is None:
        return None
    if not (0 < len(key) <= _MAX_KEY_CHARS and key.isascii() and key.isprintable()):
        raise Invalid("Idempotency-Key", f"It must have 1 to {_MAX_KEY_CHARS} printable ASCII characters.")
    owner = caller.actor.user_id if caller.actor else None
    request_parts = [owner, request.method, request.url.path, sorted(request.query_params.multi_items()), request.state.body]
    digest = hashlib.sha256(json.dumps(request_parts, sort_keys=True).encode()).hexdigest()
    return RequestKey(f"api:{caller.organization_id}:{key}", digest)


IdempotencyKey = Annotated[RequestKey | None, Depends(_request_key)]


def counts(result: UpdateResult) -> tuple[int, int]:
    """Return how many issues were selected and how many are different now; for a repeated request, none is different."""
    return len(result.matched), 0 if result.is_repeat else len(result.changed)


def counted(matched: int, changed: int) -> dict[str, str]:
    """Return the headers with these counts."""
    return {"X-Quell-Matched": str(matched), "X-Quell-Changed": str(changed)}


async def _read(request: Request, most: int) -> bytes:
    content_length = request.headers.get("Content-Length", "")
    if content_length.isascii() and content_length.isdecimal() and int(content_length[:20]) > 2 * most:
        raise _too_large(most)
    read, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        # The rest of a body that is somewhat too large is read and dropped: a connection that closes earlier may be reset, and the answer lost.
        if size > 2 * most:
            break
        if size <= most:
            read += chunk
    if size > most:
        raise _too_large(most)
    return bytes(read)


def _too_large(most: int) -> Refusal:
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {most:,} bytes.")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
