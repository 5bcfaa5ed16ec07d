"""Copies of what SDKs sent that are safe to keep: without secrets, of bounded size and depth, and of nothing a database would refuse."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from bot.ingest.scrub import is_card, scrubbed, scrubbed_form
from bot.ingest.secret_names import FILTERED, is_environment, is_secret_name, is_secret_parameter
from core.rules.titles import shortened

MAX_DEPTH = 14
"""Containers in containers. A variable in a frame is the seventh; SDKs go five deep from there."""
MAX_ITEMS = 250
"""Entries of a list: the last ones, as in all lists of Sentry's the newest comes last."""
MAX_KEYS = 200
MAX_TEXT_CHARS = 8_192
"""Characters."""
_MAX_KEY_CHARS = 200
_MARGIN_CHARS = 2_048
"""Characters. Looked through beyond what is kept, so that no secret is cut in a way that hides it."""
_MAX_NUMBER = 2**63
_CUT = "…"
_MAX_CACHED_CHARS = 200
"""Characters; what is longer is seldom seen twice."""
_CONTAINERS = (dict, list)
_CONTAINER_BYTES = 16
"""Bytes that a container is counted as: as JSON it takes two, as an object 64."""
_HOLDS_PARAMETERS = re.compile(
    r"(?i)(?:^|[._-])(?:query|query_?string|query_?param(?:eter)?s?|search|search_?params|form|form_?data|get|post|params|body|fragment)$"
)
"""What query strings and forms are called, as in ``http.query`` and ``url.query``."""
_OF_A_REQUEST = frozenset({"url", "method", "headers", "query_string"})
"""Beside one of these, ``data`` is a form."""
_NAMES = ("name", "key", "field", "header", "variable", "param")
_VALUES = frozenset({"value", "values", "val", "content"})
_MAX_OPTION_CHARS = 64
"""Characters of a name in a list."""


def cleaned(value: Any, max_bytes: int) -> Any:
    """A copy of a JSON value that takes at most about ``max_bytes`` bytes as JSON: what does not fit is left out, older and deeper things first."""
    return _Copy(max_bytes).of(value, 0)


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
    is_secret_parameter: bool
    may_be_environment: bool
    holds_parameters: bool


def clean_text(value: str) -> str:
    """The text without secrets and of bounded length."""
    return _clean(value).text


def _clean(value: str) -> _Text:
    return _clean_cached(value) if len(value) <= _MAX_CACHED_CHARS else _clean_uncached(value)


def _clean_uncached(value: str, scrub: Callable[[str], str] = scrubbed) -> _Text:
    # First without secrets, then cut: half a secret is not always known as one.
    text = shortened(tidy(scrub(_without_secrets_in_json(value[: MAX_TEXT_CHARS + _MARGIN_CHARS]))), MAX_TEXT_CHARS)
    return _Text(text, len(encode_basestring_ascii(text)))


_clean_cached = lru_cache(maxsize=8192)(_clean_uncached)
"""Events repeat themselves: names of files and functions, lines of code, headers."""


def _without_secrets_in_json(text: str) -> str:
    """The text; where it is JSON with secrets in it, written anew without them."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    kept = cleaned(value, MAX_TEXT_CHARS * 6)
    return text if kept == value else json.dumps(kept, ensure_ascii=False)


@lru_cache(maxsize=4096)
def _read_key(name: str) -> _Key:
    text, size = _clean_uncached(name)
    label = shortened(text, _MAX_KEY_CHARS)
    return _Key(label, size, is_secret_name(text), is_secret_parameter(text), is_environment(text, {}), bool(_HOLDS_PARAMETERS.search(label)))


class _Copy:
    """One copy in the making; ``left`` is how many bytes it may still take."""

    def __init__(self, max_bytes: int) -> None:
        self.left = max_bytes

    def of(self, value: Any, depth: int, *, are_parameters: bool = False) -> Any:
        if isinstance(value, str):
            read = _clean_uncached(value, scrubbed_form) if are_parameters else _clean(value)
            if read.size > self.left:
                return self._cut(read.text)
            self.left -= read.size
            return read.text
        if isinstance(value, _CONTAINERS):
            self.left -= _CONTAINER_BYTES
            if depth >= MAX_DEPTH:
                return _CUT
            if isinstance(value, dict):
                return self._mapping(value, depth + 1, are_parameters=are_parameters)
            return self._sequence(value, depth + 1, are_parameters=are_parameters)
        return self._plain(value)

    def _mapping(self, value: dict[Any, Any], depth: int, *, are_parameters: bool) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        names_a_secret = _names_a_secret(value, are_parameters=are_parameters)
        is_request = not _OF_A_REQUEST.isdisjoint(value)
        for name, content in _short_first(value)[:MAX_KEYS]:
            if self.left <= 0:
                break
            key = _read_key(str(name)[: _MAX_KEY_CHARS + _MARGIN_CHARS])
            label = key.text
            if key.size > self.left:
                label = self._cut(label)
            else:
                self.left -= key.size
            self.left -= 4
            is_secret = key.is_secret_parameter if are_parameters else key.is_secret
            if is_secret or (key.may_be_environment and isinstance(content, dict)) or (names_a_secret and label in _VALUES):
                kept[label] = self._secret(content, label)
            else:
                kept[label] = self.of(content, depth, are_parameters=key.holds_parameters or (is_request and label == "data"))
        return kept

    def _sequence(self, value: list[Any], depth: int, *, are_parameters: bool) -> list[Any]:
        hidden = _indexes_after_names(value, is_secret_parameter if are_parameters else is_secret_name)
        kept: list[Any] = []
        for place in range(len(value) - 1, max(len(value) - MAX_ITEMS, 0) - 1, -1):
            if self.left <= 0:
                break
            content = value[place]
            kept.append(self._secret(content) if place in hidden else self.of(content, depth, are_parameters=are_parameters))
            self.left -= 2
        kept.reverse()
        return kept

    def _cut(self, text: str) -> str:
        # Nothing takes more than six bytes for each of its one or two UTF-16 units.
        text = shortened(text, max(self.left // 12, 1))
        self.left -= len(encode_basestring_ascii(text))
        return text

    def _secret(self, value: Any, name: str = "") -> Any:
        # Nothing and yes-or-no are no secrets, and tell whether there was one; how many tokens a language model took is none either.
        if value is None or isinstance(value, bool) or value in ("", [], {}):
            return value
        if isinstance(value, int | float) and name.lower().endswith("tokens"):
            return self._plain(value)
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
        if abs(value) >= _MAX_NUMBER:
            return shortened(str(value), 40)
        return FILTERED if is_card(str(value)) else value


def _names_a_secret(value: dict[Any, Any], *, are_parameters: bool) -> bool:
    """Whether this is a header or parameter, written as a name and a value, that holds a secret."""
    named = next((value[name] for name in _NAMES if name in value), None)
    return isinstance(named, str) and (is_secret_parameter if are_parameters else is_secret_name)(named)


def _indexes_after_names(value: list[Any], is_secret: Callable[[str], bool]) -> set[int]:
    """Places of what is named by the entry before it: ``--password X`` of a command, a header or parameter as a pair, all headers in one list."""
    are_pairs = len(value) % 2 == 0 and all(_is_name(name) for name in value[::2])
    hidden: set[int] = set()
    for place, name in enumerate(value[:-1]):
        if not _is_name(name) or place in hidden:
            continue
        following = value[place + 1]
        is_option = name.startswith("-") and not (isinstance(following, str) and following.startswith("--"))
        if (is_option and is_secret(name)) or (are_pairs and place % 2 == 0 and is_secret(name)) or _is_login(name, following):
            hidden.add(place + 1)
    return hidden


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_OPTION_CHARS and " " not in value and "\n" not in value


def _is_login(option: str, value: object) -> bool:
    """Whether this is what ``curl`` takes: ``-u name:password``."""
    return option in ("-u", "--user", "--proxy-user") and isinstance(value, str) and ":" in value


def _short_first(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """The contents, containers last: the type of an exception must not be lost because its stack is long."""
    short = [pair for pair in value.items() if not isinstance(pair[1], _CONTAINERS)]
    return short if len(short) == len(value) else [*short, *(pair for pair in value.items() if isinstance(pair[1], _CONTAINERS))]
