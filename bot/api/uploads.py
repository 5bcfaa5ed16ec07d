"""What uploads share: how many a process works on at a time, and the form that they come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request

from bot.api.problems import Refusal
from bot.http.multipart import Allowed, BadForm, FormPart, FormReader, FormTooLarge, boundary_of

_CHUNK_REQUESTS = 8
_PATIENCE_SECONDS = 20.0
"""Shorter than a connection may rest without progress."""


@dataclass(frozen=True)
class UploadSlots:
    """The turns of uploads. Those that wait hold no memory. One bundle at a time is made, because that takes seconds of work."""

    chunks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_CHUNK_REQUESTS))
    bundles: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    patience: float = _PATIENCE_SECONDS

    @asynccontextmanager
    async def for_chunks(self) -> AsyncIterator[None]:
        """Wait for a turn to send chunks. Raises Refusal (503), after which clients try again."""
        try:
            await asyncio.wait_for(self.chunks.acquire(), self.patience)
        except TimeoutError:
            sentence = "Too many uploads run at the same time. Try again in a moment."
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, sentence, {"Retry-After": "5"}) from None
        try:
            yield
        finally:
            self.chunks.release()


async def form_parts(request: Request, allowed: Allowed, max_bytes: int) -> AsyncIterator[list[FormPart]]:
    """Yield the parts of a form as they come in. ``max_bytes`` is the size of the whole form. Raises Refusal, and what ``allowed`` raises."""
    boundary = boundary_of(request.headers.get("Content-Type", ""))
    if boundary is None:
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be a form: Content-Type: multipart/form-data.")
    reader, received = FormReader(boundary, allowed, max_bytes), 0
    try:
        async for piece in request.stream():
            received += len(piece)
            if received > max_bytes:
                raise FormTooLarge(f"The form is larger than {max_bytes:,} bytes.")
            reader.feed(piece)
            yield reader.take()
        reader.finish()
    except FormTooLarge as error:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error)) from None
    except BadForm as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from None


@asynccontextmanager
async def dropping_rest(request: Request, max_bytes: int) -> AsyncIterator[None]:
    """Read and drop the rest of a body that is refused: a connection that closes earlier may be reset, and the answer lost. Raises Refusal."""
    try:
        try:
            yield
        except ClientDisconnect:
            raise
        except Exception:
            await drop_body(request, max_bytes)
            raise
    except ClientDisconnect:
        raise Refusal(HTTPStatus.BAD_REQUEST, "The body is cut short.") from None


async def drop_body(request: Request, max_bytes: int) -> None:
    """Read and drop at most that many bytes of a body."""
    dropped = 0
    # Starlette raises RuntimeError where the body was read to its end.
    with suppress(RuntimeError):
        async for piece in request.stream():
            dropped += len(piece)
            if dropped > max_bytes:
                return
