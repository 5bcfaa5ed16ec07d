"""Mappings: where a program's JSON holds the title, the level, the status and the other fields of an alert.

A mapping is a list of texts ``FIELD=VALUE``, for known programs and for an organization's own hooks::

    title={monitor.name} is down|msg
    status=heartbeat.status:0=firing,1=resolved,*=ignored
    fingerprint=monitor.id
    tags.host=monitor.hostname

A value is a path into the JSON, with dots (``alerts.0.name``), or a text with paths in braces. ``|`` separates alternatives: the first one
whose paths all lead to a text or number counts. ``status`` and ``level`` may end in a table of words and their meanings. In a table, ``*`` stands
for all other words, and an empty word before ``=`` for a missing value. Mappings are data: no part of a mapping is executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from bot.ingest.hooks.words import LEVELS, STATUSES
from core.errors import Invalid
from core.rules.grouping.reading import text_of

FIELDS = ("title", "message", "level", "status", "fingerprint", "link", "culprit", "environment", "release", "timestamp")
"""The fields of a mapping, besides ``tags.NAME``."""
TAGS = "tags."
MAX_TAGS = 20
MAX_TEXT_CHARS = 500
MAX_ALTERNATIVES = 8
MAX_PATHS = 8
"""Of an alternative."""
MAX_TABLE_ROWS = 50
MAX_VALUE_CHARS = 8_192
"""Of the value of a path; longer ones are cut."""
MAX_FILLED_CHARS = 16_384
"""Of a text with all its values."""
OTHERWISE = "*"
NOTHING = ""
"""In a table: the meaning of all other values."""

_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({"status": STATUSES, "level": LEVELS})
"""The default meanings of words, for each field that can have a table."""
_MEANINGS = MappingProxyType({"status": ("firing", "resolved", "ignored"), "level": ("debug", "info", "warning", "error", "fatal")})
_PATH = re.compile(r"[\w$@-]{1,64}(?:\.[\w$@-]{1,64}){0,9}")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TAG = re.compile(r"[A-Za-z][\w.-]{0,31}")
_EXAMPLE = "title=monitor.name"


@dataclass(frozen=True)
class Alternative:
    """A text with paths. ``pieces`` are the texts around the paths: one more than paths."""

    pieces: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]

    def filled(self, body: Any) -> str:
        """Return the text with the values of its paths; empty if one of them is missing."""
        values = [_value(body, path) for path in self.paths]
        if not all(values):
            return ""
        written = [part for pair in zip(self.pieces, values, strict=False) for part in pair]
        return "".join([*written, self.pieces[-1]])[:MAX_FILLED_CHARS]


@dataclass(frozen=True)
class Template:
    """The alternatives for one field of an alert."""

    alternatives: tuple[Alternative, ...]
    table: Mapping[str, str] = field(default_factory=dict)

    def read(self, body: Any) -> str:
        """Return the first alternative whose values exist; empty if there is none."""
        return next((text for alternative in self.alternatives if (text := alternative.filled(body))), "")


@dataclass(frozen=True)
class AlertMapping:
    """A parsed mapping: reads the fields of an alert from a program's JSON."""

    fields: Mapping[str, Template]
    tags: Mapping[str, Template]

    def text(self, name: str, body: Any) -> str:
        """Return the text of a field; empty if the mapping or the body lacks it."""
        template = self.fields.get(name)
        return template.read(body).strip() if template else ""

    def meaning(self, name: str, body: Any) -> str | None:
        """Return the meaning of a field with a table: from its table, or else the default. None for an unknown word, empty for a missing value."""
        template = self.fields.get(name)
        if template is None:
            return ""
        word = template.read(body).strip().lower()
        if not word:
            return template.table.get(NOTHING, "")
        return template.table.get(word) or _WORDS[name].get(word) or template.table.get(OTHERWISE)


@lru_cache(maxsize=256)
def parse_mapping(texts: tuple[str, ...]) -> AlertMapping:
    """Read a mapping. Raises Invalid, which names the word that is wrong."""
    fields: dict[str, Template] = {}
    tags: dict[str, Template] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not value.strip():
            raise _invalid(f'"{name}" says nothing. Write FIELD=PATH.')
        if len(value) > MAX_TEXT_CHARS:
            raise _invalid(f'"{name}" has more than {MAX_TEXT_CHARS} characters.')
        where = tags if name.startswith(TAGS) else fields
        key = name.removeprefix(TAGS)
        if where is tags and not _TAG.fullmatch(key):
            raise _invalid(f'"{name}" is no name of a tag. Example: tags.host=monitor.hostname')
        if where is fields and name not in FIELDS:
            raise _invalid(f'There is no field "{name}". Fields are {", ".join(FIELDS)} and tags.NAME.')
        if key in where:
            raise _invalid(f'"{name}" stands there twice.')
        where[key] = _template(name, value.strip())
    if "title" not in fields:
        raise _invalid('There is no "title".')
    if len(tags) > MAX_TAGS:
        raise _invalid(f"There are more than {MAX_TAGS} tags.")
    return AlertMapping(MappingProxyType(fields), MappingProxyType(tags))


def _template(name: str, value: str) -> Template:
    table: dict[str, str] = {}
    if name in _MEANINGS and ":" in value:
        value, _, rows = value.partition(":")
        table = dict(_rows(name, rows))
    alternatives = value.split("|")
    if len(alternatives) > MAX_ALTERNATIVES:
        raise _invalid(f'"{name}" has more than {MAX_ALTERNATIVES} alternatives.')
    return Template(tuple(_alternative(name, text.strip()) for text in alternatives), MappingProxyType(table))


def _alternative(name: str, text: str) -> Alternative:
    if "{" not in text and "}" not in text:
        return Alternative(("", ""), (_path(name, text),))
    parts = _PLACEHOLDER.split(text)
    pieces, paths = parts[::2], parts[1::2]
    if not paths or any(mark in piece for piece in pieces for mark in "{}"):
        raise _invalid(f'The braces of "{text}" do not fit together.')
    if len(paths) > MAX_PATHS:
        raise _invalid(f'"{text}" has more than {MAX_PATHS} paths.')
    return Alternative(tuple(pieces), tuple(_path(name, path.strip()) for path in paths))


def _path(name: str, text: str) -> tuple[str, ...]:
    if not _PATH.fullmatch(text):
        raise _invalid(f'"{text}", which "{name}" shall be read from, is no path. A path is names with dots between them.')
    return tuple(text.split("."))


def _rows(name: str, text: str) -> Iterator[tuple[str, str]]:
    rows = text.split(",")
    if len(rows) > MAX_TABLE_ROWS:
        raise _invalid(f'The table of "{name}" has more than {MAX_TABLE_ROWS} words.')
    for row in rows:
        word, equals, meaning = (part.strip().lower() for part in row.partition("="))
        if not equals or meaning not in _MEANINGS[name]:
            raise _invalid(f'"{row.strip()}" in the table of "{name}" must be WORD=MEANING, where MEANING is {_or(_MEANINGS[name])}.')
        yield word, meaning


def _value(body: Any, path: Sequence[str]) -> str:
    """Return the value at a path as text; empty if it is missing or is no text, number or boolean."""
    for name in path:
        if isinstance(body, dict):
            body = body.get(name)
        elif isinstance(body, list) and name.isascii() and name.isdigit() and int(name) < len(body):
            body = body[int(name)]
        else:
            return ""
    return str(body).lower() if isinstance(body, bool) else text_of(body)[:MAX_VALUE_CHARS]


def _or(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _invalid(problem: str) -> Invalid:
    return Invalid("--map", f"{problem} Nothing was changed. Example: --map {_EXAMPLE}")
