"""Read request bodies in pieces: decompress them and enforce the size limits."""

from __future__ import annotations

import asyncio
import base64
import binascii
from codecs import BOM_UTF8
from collections.abc import AsyncIterator

from starlette.requests import Request

from bot.ingest.decoders import PIECE, decoder_for
from bot.ingest.errors import MalformedRequest, TooLarge
from bot.ingest.json_text import weight
from bot.ingest.limits import (
    MAX_BODY_BYTES,
    MAX_COMPRESSED_BYTES,
    MAX_COMPRESSION_RATIO,
    MAX_EVENT_BYTES,
    MIB,
    RATIO_CHECKED_FROM_BYTES,
    Reservation,
    too_large_event,
)

_UNWRAPPED = frozenset({"", "identity"})


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the decompressed body in pieces. Raises MalformedRequest or TooLarge at the first bad piece, ClientDisconnect if the client is gone."""
    encoding = request.headers.get("content-encoding", "")
    decoder = decoder_for(encoding)
    most_sent = MAX_BODY_BYTES if encoding.strip().lower() in _UNWRAPPED else MAX_COMPRESSED_BYTES
    sent = read = 0
    async for chunk in request.stream():
        sent += len(chunk)
        if sent > most_sent:
            raise TooLarge(f"The body is larger than {most_sent // MIB} MiB.")
        for piece in decoder.feed(chunk):
            read += len(piece)
            _check(sent, read)
            yield piece
            if len(piece) >= PIECE:
                # A small chunk can unpack to many pieces. Let other requests run in between.
                await asyncio.sleep(0)
    decoder.finish()


async def whole_body(request: Request, reservation: Reservation, max_bytes: int, too_large: TooLarge) -> bytes:
    """Return a body of at most ``max_bytes``; raise ``too_large`` if it is larger. Raises as ``pieces`` does, and Full."""
    body = bytearray()
    async for piece in pieces(request):
        body += piece
        if len(body) > max_bytes:
            raise too_large
        reservation.hold(len(body))
    return bytes(body)


async def event_body(request: Request, reservation: Reservation) -> bytes:
    """Return a body that is one event, as JSON. Raises as ``pieces`` does, and Full."""
    # Base64 is a third longer than its content.
    body = await whole_body(request, reservation, MAX_EVENT_BYTES * 3 // 2, too_large_event())
    event = _unwrapped(body.removeprefix(BOM_UTF8))
    if len(event) > MAX_EVENT_BYTES:
        raise too_large_event()
    reservation.hold(weight(event))
    return event


async def json_body(request: Request, reservation: Reservation) -> bytes:
    """Return a body that is JSON, no larger than an event. Raises as ``pieces`` does, and Full."""
    body = await whole_body(request, reservation, MAX_EVENT_BYTES, too_large_event())
    reservation.hold(weight(body))
    return body


def _check(sent: int, read: int) -> None:
    if read > MAX_BODY_BYTES:
        raise TooLarge(f"The body is larger than {MAX_BODY_BYTES // MIB} MiB when it is decompressed.")
    if read > RATIO_CHECKED_FROM_BYTES and read > sent * MAX_COMPRESSION_RATIO:
        raise TooLarge(f"The body unpacks to more than {MAX_COMPRESSION_RATIO:,} times its size.")


def _unwrapped(body: bytes) -> bytes:
    """Decode the body of old Raven clients, which compress events with zlib, mostly encode them as base64, and say so in no header."""
    if body.lstrip()[:1] in (b"", b"{"):
        return body
    try:
        packed = body if body[:1] == b"\x78" else base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        raise MalformedRequest("The event is not JSON, nor base64.") from None
    event, decoder = bytearray(), decoder_for("deflate")
    for piece in decoder.feed(packed):
        event += piece
        if len(event) > MAX_EVENT_BYTES:
            raise too_large_event()
    decoder.finish()
    return bytes(event)
