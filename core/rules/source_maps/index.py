"""Look positions of a script up in a decoded source map."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from core.rules.source_maps.decoding import DecodedMap
from core.rules.source_maps.source_text import SourceText
from core.rules.source_maps.tables import NONE, Pieces, Rows, place

ANONYMOUS = "<anonymous>"
"""The name of a function without one, as JavaScript engines write it."""
_GLOBAL_CODE = NONE - 1


@dataclass(frozen=True)
class Original:
    """A position in original code, counted from 0 as maps do; columns are UTF-16 code units."""

    source: str
    number: int
    """The number of the source, to ask for its lines."""
    line: int
    column: int
    name: str
    """What the original code calls the thing at this position; empty where the map does not say."""
    is_ignored: bool
    """Whether the bundler knows that the source is of others."""


@dataclass(frozen=True)
class NamedRange:
    """A function of a script: from where to where it goes, and its original name; None for code outside of all functions."""

    start: int
    name: str | None


class MapIndex:
    """A decoded map as one piece of bytes, and the functions of its script as another, if they are known."""

    def __init__(self, packed: bytes, functions: bytes | None = None) -> None:
        self.size = len(packed) + len(functions or b"")
        """In bytes."""
        tables = Pieces(memoryview(packed))
        self.mappings = Rows(tables[0])
        self._sources, self._contents, self._names = Pieces(tables[1]), Pieces(tables[2]), Pieces(tables[3])
        self._ignored = bytes(tables[4])
        scopes = Pieces(memoryview(functions)) if functions else None
        self._functions = (Rows(scopes[0]), Pieces(scopes[1])) if scopes else None

    @staticmethod
    def pack(decoded: DecodedMap) -> bytes:
        """Return the index of a decoded map."""
        ignored = bytearray(len(decoded.sources))
        for number in decoded.ignored:
            if 0 <= number < len(ignored):
                ignored[number] = 1
        texts = (Pieces.pack(map(_utf8, decoded.sources)), Pieces.pack(map(_packed_text, decoded.contents)), Pieces.pack(map(_utf8, decoded.names)))
        return Pieces.pack((Rows.pack(decoded.places, decoded.columns), *texts, bytes(ignored)))

    @staticmethod
    def pack_functions(ranges: Iterable[NamedRange]) -> bytes:
        """Return the index of a script's functions, sorted by their start."""
        numbers: dict[str, int] = {}
        starts, names = array("Q"), array("i")
        for found in ranges:
            starts.append(found.start)
            names.append(_GLOBAL_CODE if found.name is None else numbers.setdefault(found.name, len(numbers)))
        return Pieces.pack((Rows.pack(starts, (names,)), Pieces.pack(map(_utf8, numbers))))

    def at(self, line: int, column: int, *, exactly: bool = False) -> Original | None:
        """Return the original of a position in the script, both counted from 0; None where the map has none.

        The mapping before a position in its line counts for it, unless ``exactly`` this position is asked for.
        """
        wanted = place(line, column)
        row = self.mappings.at(wanted)
        if row is None or row[0] >> 32 != line or row[1] == NONE or (exactly and row[0] != wanted):
            return None
        _, source, original_line, original_column, name = row
        is_ignored = bool(self._ignored[source])
        return Original(self._sources.text(source), source, original_line, original_column, self._names.text(name), is_ignored)

    @property
    def knows_functions(self) -> bool:
        """Whether the script was read, so that ``function_at`` can say anything."""
        return self._functions is not None

    def function_at(self, line: int, column: int) -> str | None:
        """Return the original name of the function around a position of the script; None if it is outside of all, or the script is not known."""
        if self._functions is None:
            return None
        starts, names = self._functions
        row = starts.at(place(line, column))
        return None if row is None or row[1] == _GLOBAL_CODE else names.text(row[1]) or ANONYMOUS

    def source_text(self, source: int) -> SourceText | None:
        """Return the text of a source; None if the map does not contain it."""
        content = self._contents[source]
        return SourceText(content) if content else None


def _packed_text(content: str | None) -> bytes:
    return b"" if content is None else SourceText.pack(content)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")
