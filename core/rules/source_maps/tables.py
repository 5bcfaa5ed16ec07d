"""Tables that are read without unpacking all of them: pieces of bytes by number, and sorted rows of numbers.

A source map is decoded into such tables by one process and read by another, so every table is one run of bytes.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

NONE = -1
"""The number of a piece that is not there."""
_ROWS_PER_BLOCK = 256
_COUNT = struct.Struct("<Q")
_PLACE_BYTES, _NUMBER_BYTES = 8, 4


def place(line: int, column: int) -> int:
    """Return a position as one number, in the order of positions. Lines and columns are below 2³¹."""
    return (line << 32) | column


class Pieces:
    """Pieces of bytes by number."""

    def __init__(self, packed: memoryview) -> None:
        start = _COUNT.size + (_COUNT.unpack_from(packed)[0] + 1) * _PLACE_BYTES
        self._ends = packed[_COUNT.size : start].cast("Q")
        self._content = packed[start:]

    @staticmethod
    def pack(pieces: Iterable[bytes]) -> bytes:
        """Return the table of these pieces."""
        ends, content = array("Q", [0]), bytearray()
        for piece in pieces:
            content += piece
            ends.append(len(content))
        return _COUNT.pack(len(ends) - 1) + ends.tobytes() + content

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> memoryview:
        """Return the piece with this number; an empty one if there is none."""
        return self._content[self._ends[number] : self._ends[number + 1]] if 0 <= number < len(self) else self._content[:0]

    def text(self, number: int) -> str:
        """Return the piece with this number as text."""
        return str(self[number], "utf-8")


class Rows:
    """Rows of a few numbers, sorted by a position. They lie in compressed blocks, of which a look-up unpacks one."""

    def __init__(self, packed: memoryview) -> None:
        self._width = _COUNT.unpack_from(packed)[0]
        self._blocks = Pieces(packed[_COUNT.size :])
        self._starts = array("Q", bytes(self._blocks[len(self._blocks) - 1]))

    @staticmethod
    def pack(places: array[int], columns: Sequence[array[int]]) -> bytes:
        """Return the table of these rows: their places, sorted, as ``place`` makes them, and each column of numbers."""
        firsts = range(0, len(places), _ROWS_PER_BLOCK)
        blocks = (b"".join(column[first : first + _ROWS_PER_BLOCK].tobytes() for column in (places, *columns)) for first in firsts)
        starts = places[::_ROWS_PER_BLOCK].tobytes()
        return _COUNT.pack(len(columns)) + Pieces.pack((*(zlib.compress(block, 1) for block in blocks), starts))

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        for number in range(len(self._starts)):
            yield from zip(*self._block(number), strict=True)

    def at(self, wanted: int) -> tuple[int, ...] | None:
        """Return the last row at or before a position: the position and its numbers. Of several rows at this very position, the first."""
        number = bisect_right(self._starts, wanted) - 1
        if number < 0:
            return None
        block = self._block(number)
        row = bisect_right(block[0], wanted) - 1
        if block[0][row] == wanted:
            row = bisect_left(block[0], wanted)
        return tuple(column[row] for column in block)

    def _block(self, number: int) -> list[array[int]]:
        content = zlib.decompress(self._blocks[number])
        count = len(content) // (_PLACE_BYTES + _NUMBER_BYTES * self._width)
        edges = [0, *(count * (_PLACE_BYTES + _NUMBER_BYTES * column) for column in range(self._width + 1))]
        types = ("Q", *("i" * self._width))
        return [array(type_, content[start:end]) for type_, (start, end) in zip(types, pairwise(edges), strict=True)]
