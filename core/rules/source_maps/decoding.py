"""Decode a source map of version 3 (ECMA-426), flat or with sections, within bounds that are checked before anything is built.

Nothing in it is trusted. Where the standard lets a decoder repair a map, it is repaired; a map that says what cannot be is refused as a whole.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from ecma426.vlq import decode_string

from core.rules.source_maps.tables import NONE, place

MAX_MAP_BYTES = 40 * 1024 * 1024
MAX_MAPPINGS = 2_500_000
"""The largest published bundles have about a million."""
MAX_VALUES = 1_000_000
"""Texts and numbers in the JSON: sources, names and sections."""
MAX_SECTIONS = 10_000
MAX_SOURCE_CHARS = 1_024
MAX_NAME_CHARS = 256
_MAX_POSITION = 2**31 - 1
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+', re.DOTALL)
_XSSI = b")]}"
"""Begins a line that keeps browsers from running JSON as a script."""
_SCHEME = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*+:|/)")
_FIELDS = (1, 4, 5)
"""How many numbers a mapping has: without an original, without a name, and whole."""
_MAX_SEGMENT_CHARS = 35
"""Five numbers of 32 bits; of longer ones the decoder takes more than proportional time."""


class BadMap(Exception):
    """The map cannot be used. The text says why, as the end of a sentence that begins with *the source map*."""


class _Section(NamedTuple):
    """A flat map, and the position in the script from which on it counts."""

    line: int
    column: int
    map: dict[str, Any]


@dataclass
class DecodedMap:
    """All mappings, sorted by their position in the script, column by column; source and name are numbers of ``sources`` and ``names``."""

    places: array[int] = field(default_factory=lambda: array("Q"))
    source: array[int] = field(default_factory=lambda: array("i"))
    line: array[int] = field(default_factory=lambda: array("i"))
    column: array[int] = field(default_factory=lambda: array("i"))
    name: array[int] = field(default_factory=lambda: array("i"))
    sources: list[str] = field(default_factory=list)
    contents: list[str | None] = field(default_factory=list)
    ignored: set[int] = field(default_factory=set)
    """The sources that the bundler knows to be of others."""
    names: list[str] = field(default_factory=list)

    @property
    def columns(self) -> tuple[array[int], ...]:
        """Return what is known of each mapping."""
        return (self.source, self.line, self.column, self.name)


def check_size(content: bytes) -> None:
    """Raises BadMap if a map is too large to be decoded."""
    if len(content) > MAX_MAP_BYTES:
        raise BadMap(f"is larger than {MAX_MAP_BYTES // 1024 // 1024} MiB")


def decode(content: bytes) -> DecodedMap:
    """Decode the JSON of a source map. Raises BadMap."""
    check_size(content)
    if _marks(content) > MAX_VALUES and _marks(_STRING.sub(b"", content)) > MAX_VALUES:
        raise BadMap(f"has more than {MAX_VALUES:,} values")
    decoded = DecodedMap()
    for section in _sections(_json(content)):
        _add(decoded, section)
    _sort(decoded)
    return decoded


def _marks(content: bytes) -> int:
    return content.count(b",") + content.count(b"[") + content.count(b"{")


def _json(content: bytes) -> dict[str, Any]:
    if content.startswith(_XSSI):
        content = content.partition(b"\n")[2]
    try:
        found = json.loads(content.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise BadMap("is not JSON") from None
    if not isinstance(found, dict):
        raise BadMap("is not a JSON object")
    if found.get("version") != 3 or isinstance(found["version"], bool):
        raise BadMap("is not of version 3")
    return found


def _sections(found: dict[str, Any]) -> Iterator[_Section]:
    """Return the flat maps of a map, at positions that grow."""
    if "sections" not in found:
        yield _Section(0, 0, found)
        return
    sections = found["sections"]
    if not isinstance(sections, list) or len(sections) > MAX_SECTIONS:
        raise BadMap(f"has sections that are no list, or more than {MAX_SECTIONS:,}")
    last = NONE
    for section in sections:
        offset, inner = (section.get("offset"), section.get("map")) if isinstance(section, dict) else (None, None)
        if not isinstance(offset, dict) or not isinstance(inner, dict):
            raise BadMap("has a section without an offset or a map")
        if "sections" in inner:
            raise BadMap("has sections within sections")
        line, column = _position(offset.get("line")), _position(offset.get("column"))
        if place(line, column) <= last:
            raise BadMap("has sections that are not in order")
        last = place(line, column)
        yield _Section(line, column, inner)


def _position(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_POSITION:
        raise BadMap("has a section at an impossible position")
    return value


def _add(decoded: DecodedMap, section: _Section) -> None:
    """Decode the mappings of a flat map. Its sources and names follow those that are known."""
    found, mappings = section.map, section.map.get("mappings")
    if not isinstance(mappings, str):
        raise BadMap("has no mappings")
    if len(decoded.places) + mappings.count(",") + mappings.count(";") > MAX_MAPPINGS:
        raise BadMap(f"has more than {MAX_MAPPINGS:,} mappings")
    sources, names = _texts(found, "sources"), _texts(found, "names")
    first_source, first_name = len(decoded.sources), len(decoded.names)
    root = found.get("sourceRoot")
    decoded.sources += [_rooted(root if isinstance(root, str) else "", source) for source in sources]
    decoded.contents += _contents(found.get("sourcesContent"), len(sources))
    decoded.ignored |= {first_source + number for number in _ignored(found)}
    decoded.names += [str(name)[:MAX_NAME_CHARS] if isinstance(name, str) else "" for name in names]
    try:
        _decode_mappings(decoded, section, mappings, (first_source, len(sources), first_name, len(names)))
    except (ValueError, OverflowError):
        raise BadMap("has mappings that cannot be") from None


def _decode_mappings(decoded: DecodedMap, section: _Section, mappings: str, tables: tuple[int, int, int, int]) -> None:
    """Decode the text of the mappings: lines end with a semicolon, segments with a comma. All numbers but the line are differences.

    Raises ValueError for what is no such text, OverflowError for numbers of more than 32 bits.
    """
    first_source, sources, first_name, names = tables
    source = line = column = name = 0
    add_place, add_source, add_line, add_column, add_name = (
        decoded.places.append, decoded.source.append, decoded.line.append, decoded.column.append, decoded.name.append
    )  # fmt: skip
    for number, segments in enumerate(mappings.split(";")):
        if not segments:
            continue
        script_line, script_column = section.line + number, section.column if number == 0 else 0
        for segment in segments.split(","):
            if not segment:
                continue
            fields = _fields(segment)
            script_column += fields[0]
            if not 0 <= script_column <= _MAX_POSITION:
                raise ValueError(segment)
            add_place((script_line << 32) | script_column)
            if len(fields) == 1:
                add_source(NONE), add_line(0), add_column(0), add_name(NONE)
                continue
            source, line, column = source + fields[1], line + fields[2], column + fields[3]
            if not (0 <= source < sources and line >= 0 and column >= 0):
                raise ValueError(segment)
            add_source(first_source + source), add_line(line), add_column(column)
            if len(fields) == 4:
                add_name(NONE)
                continue
            name += fields[4]
            if not 0 <= name < names:
                raise ValueError(segment)
            add_name(first_name + name)


@lru_cache(maxsize=1 << 15)
def _fields(segment: str) -> list[int]:
    """Return the numbers of a mapping; the same few texts make up most of a map. Raises ValueError."""
    fields: list[int] = decode_string(segment[: _MAX_SEGMENT_CHARS + 1])
    if len(fields) not in _FIELDS or len(segment) > _MAX_SEGMENT_CHARS:
        raise ValueError(segment)
    return fields


def _texts(found: dict[str, Any], key: str) -> Sequence[object]:
    values = found.get(key, [])
    if not isinstance(values, list):
        raise BadMap(f"has {key} that are no list")
    return values


def _rooted(root: str, source: object) -> str:
    """Return the whole name of a source; empty where it has none."""
    if not isinstance(source, str):
        return ""
    joined = source if not root or _SCHEME.match(source) else f"{root.removesuffix('/')}/{source}"
    return joined[:MAX_SOURCE_CHARS]


def _contents(values: object, count: int) -> list[str | None]:
    """Return the text of each source. What is no text counts as missing."""
    found = values[:count] if isinstance(values, list) else []
    return [value if isinstance(value, str) else None for value in found] + [None] * (count - len(found))


def _ignored(found: dict[str, Any]) -> set[int]:
    values = found.get("ignoreList", found.get("x_google_ignoreList"))
    return {value for value in values if isinstance(value, int)} if isinstance(values, list) else set()


def _sort(decoded: DecodedMap) -> None:
    """Sort the mappings if they are not: the standard allows any order within a line, and bundlers write them sorted."""
    places = decoded.places
    if all(map(int.__le__, places, memoryview(places)[1:])):
        return
    order = sorted(range(len(places)), key=places.__getitem__)
    decoded.places = array("Q", map(places.__getitem__, order))
    decoded.source, decoded.line, decoded.column, decoded.name = (array("i", map(column.__getitem__, order)) for column in decoded.columns)
