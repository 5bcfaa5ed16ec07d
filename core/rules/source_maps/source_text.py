"""The text of a source in compressed blocks, so that the part around a position is read without the rest.

Some sources are one line of megabytes, and every frame of an event may lie in it: a long line is cut into rows, and a block has a few rows.
"""

from __future__ import annotations

import re
import zlib
from array import array
from bisect import bisect_left
from typing import NamedTuple

from core.rules.source_maps.tables import Pieces

_LINE_END = re.compile("\r\n?|[\n\u2028\u2029]")
"""What ends a line of JavaScript."""
_ROW_CHARS = 1_024
_ROWS_PER_BLOCK = 256
_TABLES = 3


class LinePart(NamedTuple):
    """A part of a line: the column of its first character, and whether the line goes on behind it."""

    text: str
    start: int
    goes_on: bool


class SourceText:
    """Reads parts of lines. Keeps the block that was read last, as lines beside each other are mostly in the same."""

    def __init__(self, packed: memoryview) -> None:
        tables = Pieces(packed)
        # Of each line that takes several rows: its number, its length, and how many rows beyond the first it and those before it take.
        self._long, self._lengths, self._further = (tables[number].cast("I") for number in range(_TABLES))
        self._tables = tables
        self._held: tuple[int, list[str]] = (-1, [])

    @staticmethod
    def pack(content: str) -> bytes:
        """Return a text in the form that is read here."""
        lines, rows, following = _LINE_END.split(content), list[str](), 0
        long = array("I", (number for number, line in enumerate(lines) if len(line) > _ROW_CHARS))
        lengths, further = array("I", (len(lines[number]) for number in long)), array("I")
        for number, length in zip(long, lengths, strict=True):
            rows += lines[following:number]
            rows += (lines[number][start : start + _ROW_CHARS] for start in range(0, length, _ROW_CHARS))
            following = number + 1
            further.append(len(rows) - following)
        rows += lines[following:]
        blocks = ("\n".join(rows[first : first + _ROWS_PER_BLOCK]) for first in range(0, len(rows), _ROWS_PER_BLOCK))
        packed = (zlib.compress(block.encode("utf-8", "replace"), 1) for block in blocks)
        return Pieces.pack((long.tobytes(), lengths.tobytes(), further.tobytes(), *packed))

    def part(self, line: int, column: int, most: int) -> LinePart | None:
        """Return at most ``most`` characters of a line, those around a column; None if the text has no such line."""
        before = bisect_left(self._long, line)
        first = line + (self._further[before - 1] if before else 0)
        text = self._row(first)
        if text is None:
            return None
        is_long = before < len(self._long) and self._long[before] == line
        length = self._lengths[before] if is_long else len(text)
        start = max(min(column - most // 2, length - most), 0)
        end = min(start + most, length)
        row = start // _ROW_CHARS
        if is_long:
            text = "".join(self._row(first + number) or "" for number in range(row, (end - 1) // _ROW_CHARS + 1))
        return LinePart(text[start - row * _ROW_CHARS : end - row * _ROW_CHARS], start, end < length)

    def _row(self, number: int) -> str | None:
        block, place = divmod(number, _ROWS_PER_BLOCK)
        if block >= len(self._tables) - _TABLES:
            return None
        if self._held[0] != block:
            self._held = (block, zlib.decompress(self._tables[_TABLES + block]).decode().split("\n"))
        rows = self._held[1]
        return rows[place] if place < len(rows) else None
