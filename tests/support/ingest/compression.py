"""Bodies in every compression that SDKs use, and how they are read."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import zstandard
from starlette.requests import Request
from starlette.types import Message

from bot.ingest.bodies import pieces


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


COMPRESS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "not at all": ("", bytes),
    "identity": ("identity", bytes),
    "gzip": ("gzip", gzip.compress),
    "gzip in capitals": (" GZIP ", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "brotli": ("br", lambda data: bytes(brotli.compress(data, quality=4))),
    "zstd": ("zstd", zstandard.ZstdCompressor(level=3).compress),
}


PACKED = {name: way for name, way in COMPRESS.items() if way[0] not in {"", "identity"}}


def request(body: bytes, encoding: str, chunk: int = 64 * 1024) -> Request:
    chunks = iter([body[start : start + chunk] for start in range(0, len(body), chunk)])

    async def receive() -> Message:
        data = next(chunks, None)
        return {"type": "http.request", "body": data or b"", "more_body": data is not None}

    headers = [(b"content-encoding", encoding.encode())] if encoding else []
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def read(body: bytes, encoding: str, chunk: int = 64 * 1024) -> bytes:
    found: list[bytes] = []

    async def whole() -> None:
        found.extend([piece async for piece in pieces(request(body, encoding, chunk))])

    asyncio.run(whole())  # which writes out what it returns, on its way to set a handler of signals back: so it returns nothing
    return b"".join(found)
