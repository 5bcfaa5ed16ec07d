"""Bodies in every compression that SDKs use, and those that mean harm."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.bodies import event_body, pieces
from bot.ingest.decoders import decoder_for
from bot.ingest.errors import MalformedRequest, TooLarge
from bot.ingest.limits import MAX_BODY_BYTES, MAX_COMPRESSED_BYTES, MAX_EVENT_BYTES, MIB, MemoryBudget
from tests.support.ingest.compression import COMPRESS, PACKED, read, request

EVENT = b'{"message": "lost", "extra": {"basket": "' + b"tea and cups " * 5_000 + b'"}}'


def drained(body: bytes, encoding: str) -> int:
    async def size() -> int:
        return sum([len(piece) async for piece in pieces(request(body, encoding))])

    return asyncio.run(size())


@pytest.mark.parametrize("chunk", [1, 7, 64 * 1024])
@pytest.mark.parametrize(("encoding", "compress"), COMPRESS.values(), ids=COMPRESS.keys())
def test_every_compression_is_undone_however_it_arrives(encoding: str, compress: Callable[[bytes], bytes], chunk: int) -> None:
    body = EVENT[:200] + b'"}}' if chunk == 1 else EVENT
    assert read(compress(body), encoding, chunk) == body


@pytest.mark.parametrize(("encoding", "compress"), PACKED.values(), ids=PACKED.keys())
def test_a_compressed_body_that_is_cut_short_or_followed_or_damaged_is_malformed(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    body = compress(EVENT)
    for broken in (b"", body[:1], body[:-5], body + b"more", b"\x00\x01\x02 no such thing", EVENT):
        with pytest.raises(MalformedRequest, match=r"^[A-Z].*\.$"):
            read(broken, encoding)


def test_an_unknown_compression_is_malformed() -> None:
    with pytest.raises(MalformedRequest):
        read(EVENT, "compress")


BOMBS = [
    pytest.param(*way, id=name, marks=() if name in ("gzip", "brotli", "zstd") else pytest.mark.slow)  # zlib unpacks the others too
    for name, way in PACKED.items()
]


@pytest.mark.parametrize(("encoding", "compress"), BOMBS)
def test_a_bomb_is_refused_and_never_stands_in_memory(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    bomb = compress(bytes(MAX_BODY_BYTES + 20 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=r"^The body "):
            drained(bomb, encoding)
        assert tracemalloc.get_traced_memory()[1] < 24 * MIB
    finally:
        tracemalloc.stop()


def test_an_honest_body_of_ninety_mebibytes_is_read() -> None:
    assert drained(bytes(90 * MIB), "") == 90 * MIB
    assert drained(gzip.compress(bytes(90 * MIB), 1), "gzip") == 90 * MIB


def test_a_compressed_body_over_twenty_mebibytes_is_refused_before_it_is_all_read() -> None:
    with pytest.raises(TooLarge, match="20 MiB"):
        drained(_stored_gzip(MAX_COMPRESSED_BYTES + MIB), "gzip")


@pytest.mark.parametrize(
    "packed",
    [base64.b64encode(zlib.compress(EVENT)), base64.encodebytes(zlib.compress(EVENT)), zlib.compress(EVENT), EVENT, b"\n " + EVENT],
    ids=["base64", "base64 in lines", "zlib", "JSON", "JSON after white space"],
)
def test_an_event_of_an_old_raven_is_read_though_no_header_says_how_it_is_packed(packed: bytes) -> None:
    assert asyncio.run(event_body(request(packed, ""), MemoryBudget().reserve())).strip() == EVENT


@pytest.mark.parametrize("body", [b"hello", b"\x78\x9c\x00", b"eJxhello", b"[]", b"AAAA"])
def test_what_is_neither_json_nor_packed_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        asyncio.run(event_body(request(body, ""), MemoryBudget().reserve()))


@pytest.mark.parametrize("pack", [bytes, zlib.compress, lambda data: base64.b64encode(zlib.compress(data))], ids=["JSON", "zlib", "base64"])
def test_an_event_over_one_mebibyte_is_too_large_however_it_is_packed(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(TooLarge, match="1 MiB"):
        asyncio.run(event_body(request(pack(b"{" + b" " * MAX_EVENT_BYTES), ""), MemoryBudget().reserve()))


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd"]))
def test_random_bytes_are_unpacked_or_malformed(body: bytes, encoding: str) -> None:
    decoder = decoder_for(encoding)
    with contextlib.suppress(MalformedRequest):
        assert sum(map(len, decoder.feed(body))) >= 0
        decoder.finish()


def _stored_gzip(size: int) -> bytes:
    """A gzip that is as large as what it holds."""
    return gzip.compress(bytes(size), 0)
