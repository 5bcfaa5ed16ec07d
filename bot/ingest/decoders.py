"""Decompress in pieces, so that a small body that unpacks to a huge one never fills the memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]
import zstandard

from bot.ingest.errors import MalformedRequest

PIECE = 256 * 1024
"""Size of the output pieces, in bytes."""
_ZLIB_SLICE_BYTES = 16 * 1024
"""Input given to zlib at a time."""
_GZIP_BEGINS = b"\x1f"
_ZSTD_BEGINS = frozenset({0x28, *range(0x50, 0x60)})
"""First bytes of a gzip member, and of a zstd frame with and without content. Other bytes mean another format."""
_MAX_MEMBERS = 1_000
"""Members or frames in a body. Each costs more CPU than its 20 bytes are worth; block compressors use one per 64 KiB or more."""
_ZSTD_SLICE_BYTES = 256
"""Input given to zstd at a time. Its output cannot be limited: four bytes can mean 128 KiB, so this means at most 8 MiB."""
_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024
"""The window that RFC 8878 requires every decoder to support; no SDK uses more."""

_BROKEN = "The body is not compressed as its Content-Encoding says, or damaged."
_CUT_SHORT = "The compressed body is cut short."
_TRAILING = "There is something after the end of the compressed body."


class Decoder(Protocol):
    """Decompresses a stream. Both methods raise MalformedRequest."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the decompressed output of these bytes, in pieces."""

    def finish(self) -> None:
        """Signal the end of the input."""


def decoder_for(encoding: str) -> Decoder:
    """Return the decoder of a Content-Encoding: identity, gzip, deflate, br or zstd. Raises MalformedRequest for any other."""
    make = _DECODERS.get(encoding.strip().lower())
    if make is None:
        raise MalformedRequest("The Content-Encoding is none of gzip, deflate, br and zstd.")
    return make()


class _Plain:
    """Passes uncompressed data through."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        if data:
            yield data

    def finish(self) -> None:
        """Accept any end."""


class _Zlib:
    """Decodes zlib or raw deflate, by zlib's ``wbits``; for gzip (RFC 1952) also several members in a row."""

    def __init__(self, wbits: int, *, has_members: bool = False) -> None:
        self._wbits = wbits
        self._members_left = _MAX_MEMBERS - 1 if has_members else 0
        self._inflater = zlib.decompressobj(wbits)

    def feed(self, data: bytes) -> Iterator[bytes]:
        # zlib copies the input left after a member, so feed it little at a time.
        for start in range(0, len(data), _ZLIB_SLICE_BYTES):
            yield from self._inflate(data[start : start + _ZLIB_SLICE_BYTES])

    def _inflate(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._inflater.eof:
                self._begin_member(data)
            try:
                piece = self._inflater.decompress(data, PIECE)
            except zlib.error:
                raise MalformedRequest(_BROKEN) from None
            if piece:
                yield piece
            data = self._inflater.unused_data or self._inflater.unconsumed_tail
            # zlib may consume all input while output is still pending. The output is complete when a piece is not full.
            if not data and (self._inflater.eof or len(piece) < PIECE):
                return

    def _begin_member(self, data: bytes) -> None:
        if not data.startswith(_GZIP_BEGINS) or not self._members_left:
            raise MalformedRequest(_TRAILING)
        self._members_left -= 1
        self._inflater = zlib.decompressobj(self._wbits)

    def finish(self) -> None:
        if not self._inflater.eof:
            raise MalformedRequest(_CUT_SHORT)


class _Deflate:
    """Decodes HTTP's deflate, which means zlib, though some clients send it raw. The first two bytes decide (RFC 1950: low nibble 8, divisible by
    31).
    """

    def __init__(self) -> None:
        self._head = b""
        self._decoder: _Zlib | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._decoder is None:
            data = self._head = self._head + data
            if len(data) < 2:
                return
            has_header = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._decoder = _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        yield from self._decoder.feed(data)

    def finish(self) -> None:
        if self._decoder is None:
            raise MalformedRequest(_CUT_SHORT)
        self._decoder.finish()


class _Brotli:
    """Decodes brotli."""

    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            if data and self._decompressor.is_finished():
                raise MalformedRequest(_TRAILING)
            try:
                piece: bytes = self._decompressor.process(data, output_buffer_limit=PIECE)
            except brotli.error:
                raise MalformedRequest(_BROKEN) from None
            if piece:
                yield piece
            elif self._decompressor.can_accept_more_data():
                # Only now is the output complete: the decoder claims to accept more input while output is still pending.
                return
            data = b""

    def finish(self) -> None:
        if not self._decompressor.is_finished():
            raise MalformedRequest(_CUT_SHORT)


class _Zstd:
    """Decodes zstd with several frames in a row (RFC 8878 treats them as one content)."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        self._members_left = _MAX_MEMBERS - 1
        self._frame = self._context.decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTD_SLICE_BYTES):
            yield from self._decompress(data[start : start + _ZSTD_SLICE_BYTES])

    def _decompress(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._frame.eof:
                self._begin_frame(data)
            try:
                piece = self._frame.decompress(data)
            except zstandard.ZstdError:
                raise MalformedRequest(_BROKEN) from None
            if piece:
                yield piece
            data = self._frame.unused_data

    def _begin_frame(self, data: bytes) -> None:
        if data[0] not in _ZSTD_BEGINS or not self._members_left:
            raise MalformedRequest(_TRAILING)
        self._members_left -= 1
        self._frame = self._context.decompressobj()

    def finish(self) -> None:
        if not self._frame.eof:
            raise MalformedRequest(_CUT_SHORT)


def _gzip() -> Decoder:
    return _Zlib(16 + zlib.MAX_WBITS, has_members=True)


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "": _Plain,
    "identity": _Plain,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}
