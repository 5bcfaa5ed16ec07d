"""No event is lost to its compression: every encoding, every size up to the limit, however it arrives."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Callable, Iterator

import pytest
import zstandard

from bot.ingest.decoders import PIECE, decoder_for
from bot.ingest.errors import MalformedRequest
from bot.ingest.limits import MIB
from tests.support.ingest.compression import COMPRESS, PACKED, read

SIZES = (
    0, 1, 2, 255, 4_096, 65_535, 65_536, 65_537, 131_072, PIECE - 1, PIECE, PIECE + 1, 400_000, 491_455, 491_456, 491_457, 491_600, 2 * PIECE,
    MIB - 1, MIB,
)  # fmt: skip
CHANCE = random.Random(7)
DATA = {
    "a log": (b"log line 1234567890\n" * (MIB // 20 + 1))[:MIB],
    "half of it noise": b"".join(
        CHANCE.randbytes(64) + b"the same again, the same again, the same again, the same again.\n" for _ in range(MIB // 128)
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("data", DATA.values(), ids=DATA.keys())
@pytest.mark.parametrize(("encoding", "compress"), COMPRESS.values(), ids=COMPRESS.keys())
def test_what_was_compressed_comes_out_whole(encoding: str, compress: Callable[[bytes], bytes], data: bytes) -> None:
    for size in SIZES:
        packed = compress(data[:size])
        for chunk in (64 * 1024, 16_381, 1_009 if len(packed) < 300_000 else 50_021):
            assert read(packed, encoding, chunk) == data[:size], (size, chunk)


@pytest.mark.parametrize(("encoding", "compress"), PACKED.values(), ids=PACKED.keys())
def test_what_is_cut_off_anywhere_is_noticed(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    for size in (1, 491_456, 491_600):
        packed = compress(DATA["half of it noise"][:size])
        for length in {1, len(packed) // 2, len(packed) - 1}:
            with pytest.raises(MalformedRequest):
                read(packed[:length], encoding)


def parts(compress: Callable[[bytes], bytes]) -> bytes:
    return compress(b"one " * 100_000) + compress(b"") + compress(b"two ") + compress(b"three")


PARTS = b"one " * 100_000 + b"two three"
SKIPPED = b"\x50\x2a\x4d\x18\x05\x00\x00\x00hello"


@pytest.mark.parametrize("chunk", [1, 2, 7, 1_000, 64 * 1024])
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", parts(gzip.compress)),
        ("zstd", parts(zstandard.compress)),
        ("zstd", SKIPPED + parts(zstandard.compress) + SKIPPED),
    ],
    ids=["members of gzip", "frames of zstd", "frames to be skipped among them"],
)
def test_several_members_are_one_body(encoding: str, packed: bytes, chunk: int) -> None:
    assert read(packed, encoding, chunk) == PARTS


def test_what_gzip_writes_with_a_name_and_in_blocks_is_read() -> None:
    file = io.BytesIO()
    for block in (b"one\n", b"two\n"):
        with gzip.GzipFile("events.json", "wb", fileobj=file) as member:
            member.write(block)
    assert read(file.getvalue(), "gzip") == b"one\ntwo\n"


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_members_are_bounded(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    member = compress(b"x")
    assert read(member * 1_000, encoding) == b"x" * 1_000
    with pytest.raises(MalformedRequest, match="after the end"):
        read(member * 1_001, encoding)


@pytest.mark.parametrize(("encoding", "compress"), PACKED.values(), ids=PACKED.keys())
@pytest.mark.parametrize("rest", [b"x", b"\0", b"\x1f", b"\x1f\x8b", b"\x28\xb5", b"{}", bytes(100)])
@pytest.mark.parametrize("chunk", [1, 64 * 1024])
def test_what_follows_and_is_no_member_is_refused(encoding: str, compress: Callable[[bytes], bytes], rest: bytes, chunk: int) -> None:
    with pytest.raises(MalformedRequest, match=r"^(There is something after|The body is not compressed|The compressed body is cut short)"):
        read(compress(b"lost") + rest, encoding, chunk)


@pytest.mark.parametrize(("encoding", "compress"), PACKED.values(), ids=PACKED.keys())
def test_no_piece_is_much_larger_than_is_asked_for(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    def sizes() -> Iterator[int]:
        decoder = decoder_for(encoding)
        for piece in decoder.feed(compress(bytes(20 * MIB))):
            yield len(piece)
        decoder.finish()

    found = list(sizes())
    assert sum(found) == 20 * MIB
    assert max(found) <= 8 * MIB
