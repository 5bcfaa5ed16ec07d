"""Copies of what SDKs sent that are safe to keep: without secrets, of bounded size and depth, and of nothing a database would refuse."""

from __future__ import annotations

import math
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from bot.intake.scrub import FILTERED, is_card, is_environment, is_secret_name, scrubbed
from core.titles import shortened

MOST_DEPTH = 14
"""Containers in containers. A variable in a frame is the seventh; SDKs go five deep from there."""
MOST_ITEMS = 250
"""Entries of a list: the last ones, as in all lists of Sentry's the newest comes last."""
MOST_KEYS = 200
MOST_TEXT = 8_192
"""Characters."""
_LONGEST_KEY = 200
_MARGIN = 2_048
"""Characters. Looked through beyond what is kept, so that no secret is cut in a way that hides it."""
_LARGEST_NUMBER = 2**63
_CUT = "…"
_SHORT = 200
"""Characters; what is longer is seldom seen twice."""
_CONTAINERS = (dict, list)
_CONTAINER = 16
"""Bytes that a container is counted as: as JSON it takes two, as an object 64."""


def cleaned(value: Any, room: int) -> Any:
    """A copy of a JSON value that takes at most about ``room`` bytes as JSON: what does not fit is left out, older and deeper things first."""
    return _Copy(room).of(value, 0)


def tidy(text: str) -> str:
    """The text without what UTF-8 or PostgreSQL cannot hold: halves of surrogate pairs and NUL."""
    if text.isascii():
        return text.replace("\0", "")
    return text.encode("utf-8", "replace").decode().replace("\0", "")


class _Text(NamedTuple):
    """A text that is safe to keep, and how many bytes it takes as JSON."""

    text: str
    size: int


class _Key(NamedTuple):
    """The same of a name, and what it says of what it names."""

    text: str
    size: int
    is_secret: bool
    may_be_environment: bool


def clean_text(value: str) -> str:
    """The text without secrets and of bounded length."""
    return _read(value).text


def _read(value: str) -> _Text:
    return _read_again(value) if len(value) <= _SHORT else _read_anew(value)


def _read_anew(value: str) -> _Text:
    text = shortened(tidy(scrubbed(value[: MOST_TEXT + _MARGIN])), MOST_TEXT)
    return _Text(text, len(encode_basestring_ascii(text)))


_read_again = lru_cache(maxsize=8192)(_read_anew)
"""Events repeat themselves: names of files and functions, lines of code, headers."""


@lru_cache(maxsize=4096)
def _read_key(name: str) -> _Key:
    text, size = _read_anew(name)
    return _Key(text, size, is_secret_name(text), is_environment(text, {}))


class _Copy:
    """One copy in the making; ``left`` is how many bytes it may still take."""

    def __init__(self, room: int) -> None:
        self.left = room

    def of(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            read = _read(value)
            if read.size > self.left:
                return self._cut(read.text)
            self.left -= read.size
            return read.text
        if isinstance(value, _CONTAINERS):
            self.left -= _CONTAINER
            if depth >= MOST_DEPTH:
                return _CUT
            return self._mapping(value, depth + 1) if isinstance(value, dict) else self._sequence(value, depth + 1)
        return self._plain(value)

    def _mapping(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        names_a_secret = _names_a_secret(value)
        for name, content in _short_first(value)[:MOST_KEYS]:
            if self.left <= 0:
                break
            label, size, is_secret, may_be_environment = _read_key(str(name)[:_LONGEST_KEY])
            if size > self.left:
                label = self._cut(label)
            else:
                self.left -= size
            self.left -= 4
            if is_secret or (may_be_environment and isinstance(content, dict)) or (names_a_secret and label == "value"):
                kept[label] = self._secret(content)
            else:
                kept[label] = self.of(content, depth)
        return kept

    def _sequence(self, value: list[Any], depth: int) -> list[Any]:
        if len(value) == 2 and isinstance(value[0], str) and is_secret_name(value[0]):
            # A header or parameter, written as a pair.
            return [self.of(value[0], depth), self._secret(value[1])]
        kept: list[Any] = []
        for content in reversed(value[-MOST_ITEMS:]):
            if self.left <= 0:
                break
            kept.append(self.of(content, depth))
            self.left -= 2
        kept.reverse()
        return kept

    def _cut(self, text: str) -> str:
        # Nothing takes more than six bytes for each of its one or two UTF-16 units.
        text = shortened(text, max(self.left // 12, 1))
        self.left -= len(encode_basestring_ascii(text))
        return text

    def _secret(self, value: Any) -> Any:
        # Nothing and yes-or-no are no secrets, and tell whether there was one.
        if value is None or isinstance(value, bool) or value in ("", [], {}):
            return value
        self.left -= len(FILTERED)
        return FILTERED

    def _plain(self, value: Any) -> Any:
        self.left -= 8
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if not isinstance(value, int):
            return None
        self.left -= 12
        if abs(value) >= _LARGEST_NUMBER:
            return shortened(str(value), 40)
        return FILTERED if is_card(str(value)) else value


def _names_a_secret(value: dict[Any, Any]) -> bool:
    """Whether this is a header or parameter, written as a name and a value, that holds a secret."""
    named = value.get("name", value.get("key"))
    return isinstance(named, str) and is_secret_name(named)


def _short_first(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """The contents, containers last: the type of an exception must not be lost because its stack is long."""
    short = [pair for pair in value.items() if not isinstance(pair[1], _CONTAINERS)]
    return short if len(short) == len(value) else [*short, *(pair for pair in value.items() if isinstance(pair[1], _CONTAINERS))]
