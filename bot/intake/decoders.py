"""Decompression piece by piece, so that a small body that unpacks to a huge one never stands in memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]
import zstandard

from bot.intake.refusals import Malformed

PIECE = 256 * 1024
"""Bytes that come out at a time."""
_ZSTD_SLICE = 256
"""Bytes that go into zstd at a time. It cannot be told how much to give back; four bytes can mean 128 KiB, so this means at most 8 MiB."""
_ZSTD_WINDOW = 8 * 1024 * 1024
"""Bytes; what RFC 8878 wants every decoder to support, and no SDK uses more."""

_BROKEN = "The body is not compressed as its Content-Encoding says, or damaged."
_CUT_SHORT = "The compressed body is cut short."
_TRAILING = "There is something after the end of the compressed body."


class Decoder(Protocol):
    """Unpacks what is fed to it. Both methods raise Malformed."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What these bytes unpack to, in pieces."""

    def finish(self) -> None:
        """Says that nothing follows."""


def decoder_for(encoding: str) -> Decoder:
    """The decoder of a Content-Encoding. Raises Malformed where it is none of identity, gzip, deflate, br and zstd."""
    make = _DECODERS.get(encoding.strip().lower())
    if make is None:
        raise Malformed("The Content-Encoding is none of gzip, deflate, br and zstd.")
    return make()


class _Plain:
    """Not compressed."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        if data:
            yield data

    def finish(self) -> None:
        """Nothing can be missing."""


class _Zlib:
    """gzip, zlib or raw deflate, by zlib's ``wbits``."""

    def __init__(self, wbits: int) -> None:
        self._inflater = zlib.decompressobj(wbits)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = self._inflater.decompress(data, PIECE)
            except zlib.error:
                raise Malformed(_BROKEN) from None
            if piece:
                yield piece
            if self._inflater.unused_data:
                raise Malformed(_TRAILING)
            data = self._inflater.unconsumed_tail
            # All input may be taken while output still waits inside; it is all out when a piece is not full.
            if not data and len(piece) < PIECE:
                return

    def finish(self) -> None:
        if not self._inflater.eof:
            raise Malformed(_CUT_SHORT)


class _Deflate:
    """HTTP says deflate and means zlib; some send it raw. The first two bytes tell (RFC 1950: low nibble 8, divisible by 31)."""

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
            raise Malformed(_CUT_SHORT)
        self._decoder.finish()


class _Brotli:
    """br."""

    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data or not self._decompressor.can_accept_more_data():
            try:
                piece: bytes = self._decompressor.process(data, output_buffer_limit=PIECE)
            except brotli.error:
                raise Malformed(_BROKEN) from None
            if piece:
                yield piece
            data = b""

    def finish(self) -> None:
        if not self._decompressor.is_finished():
            raise Malformed(_CUT_SHORT)


class _Zstd:
    """zstd, one frame."""

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTD_SLICE):
            if self._decompressor.eof:
                raise Malformed(_TRAILING)
            try:
                piece = self._decompressor.decompress(data[start : start + _ZSTD_SLICE])
            except zstandard.ZstdError:
                raise Malformed(_BROKEN) from None
            if piece:
                yield piece
            if self._decompressor.unused_data:
                raise Malformed(_TRAILING)

    def finish(self) -> None:
        if not self._decompressor.eof:
            raise Malformed(_CUT_SHORT)


def _gzip() -> Decoder:
    return _Zlib(16 + zlib.MAX_WBITS)


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "": _Plain,
    "identity": _Plain,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}
