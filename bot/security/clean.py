"""Copy the data of SDKs so that it is safe to store: without secrets, with bounded size and depth, and without text that a database refuses."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from bot.security.scrub import is_card, scrubbed, scrubbed_form
from bot.security.secret_names import FILTERED, is_environment, is_secret_name, is_secret_parameter
from core.rules.titles import shortened

STACK_BYTES = {"exception": 100_000, "stacktrace": 8_000, "threads": 12_000}
"""Bytes of JSON that each part of an event with stacks may take."""
MAX_DEPTH = 14
"""Nesting of containers. A variable in a frame is at level seven; SDKs go five deeper."""
MAX_ITEMS = 250
"""Entries of a list; the last ones are kept, because Sentry's lists have the newest entry last."""
MAX_KEYS = 200
MAX_TEXT_CHARS = 8_192
"""Characters."""
_MAX_KEY_CHARS = 200
_MARGIN_CHARS = 2_048
"""Text scanned beyond the kept part, so that no secret is cut and thereby missed."""
_MAX_NUMBER = 2**63
_CUT = "…"
_MAX_CACHED_CHARS = 200
"""Longer texts are seldom seen twice."""
_CONTAINERS = (dict, list)
_CONTAINER_BYTES = 16
"""Bytes that a container counts as: two as JSON, 64 as an object."""
_HOLDS_PARAMETERS = re.compile(
    r"(?i)(?:^|[._-])(?:query|query_?string|query_?param(?:eter)?s?|search|search_?params|form|form_?data|get|post|params|body|fragment)$"
)
"""Names of query strings and forms, as in ``http.query`` and ``url.query``."""
_OF_A_REQUEST = frozenset({"url", "method", "headers", "query_string"})
"""Next to one of these keys, ``data`` is a form."""
_NAMES = ("name", "key", "field", "header", "variable", "param")
_VALUES = frozenset({"value", "values", "val", "content"})
_MAX_OPTION_CHARS = 64
"""Longest option name in a list."""


def cleaned(value: Any, max_bytes: int) -> Any:
    """Copy a JSON value so that it takes at most about ``max_bytes`` as JSON. Leaves out the rest: older and deeper values first."""
    return _Copy(max_bytes).of(value, 0)


def clean_stacks(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event with its stacks cleaned once more, as after frames were put into them."""
    return event | {name: cleaned(event[name], most) for name, most in STACK_BYTES.items() if event.get(name)}


def tidy(text: str) -> str:
    """Remove characters that UTF-8 or PostgreSQL cannot store: lone surrogates and NUL."""
    if text.isascii():
        return text.replace("\0", "")
    return text.encode("utf-8", "replace").decode().replace("\0", "")


class _Text(NamedTuple):
    """A safe text and its size as JSON, in bytes."""

    text: str
    size: int


class _Key(NamedTuple):
    """A safe name, its size, and what it says about its value."""

    text: str
    size: int
    is_secret: bool
    is_secret_parameter: bool
    may_be_environment: bool
    holds_parameters: bool


def clean_text(value: str) -> str:
    """Remove the secrets and limit the length."""
    return _clean(value).text


def _clean(value: str) -> _Text:
    return _clean_cached(value) if len(value) <= _MAX_CACHED_CHARS else _clean_uncached(value)


def _clean_uncached(value: str, scrub: Callable[[str], str] = scrubbed) -> _Text:
    # Remove secrets before cutting: half a secret is not always recognizable.
    text = shortened(tidy(scrub(_without_secrets_in_json(value[: MAX_TEXT_CHARS + _MARGIN_CHARS]))), MAX_TEXT_CHARS)
    return _Text(text, len(encode_basestring_ascii(text)))


_clean_cached = lru_cache(maxsize=8192)(_clean_uncached)
"""Cached, because events repeat file and function names, lines of code and headers."""


def _without_secrets_in_json(text: str) -> str:
    """Return the text; if it is JSON with secrets, rewrite it without them."""
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
    """A copy in progress; ``left`` is how many bytes it may still take."""

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
        # A character takes at most six bytes for each of its one or two UTF-16 units.
        text = shortened(text, max(self.left // 12, 1))
        self.left -= len(encode_basestring_ascii(text))
        return text

    def _secret(self, value: Any, name: str = "") -> Any:
        # None and booleans are not secrets and show whether there was one. Token counts of language models are not secrets either.
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
    """Return whether the value is a header or parameter, as a name and a value, that contains a secret."""
    named = next((value[name] for name in _NAMES if name in value), None)
    return isinstance(named, str) and (is_secret_parameter if are_parameters else is_secret_name)(named)


def _indexes_after_names(value: list[Any], is_secret: Callable[[str], bool]) -> set[int]:
    """Return the indexes of entries named by the entry before them: ``--password X``, a pair of name and value, or headers in one flat list."""
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
    """Return whether the option is curl's ``-u name:password``."""
    return option in ("-u", "--user", "--proxy-user") and isinstance(value, str) and ":" in value


def _short_first(value: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """Return the items with containers last, so that an exception's type is not lost because of its long stack."""
    short = [pair for pair in value.items() if not isinstance(pair[1], _CONTAINERS)]
    return short if len(short) == len(value) else [*short, *(pair for pair in value.items() if isinstance(pair[1], _CONTAINERS))]
