"""Copies of what SDKs sent that are safe to keep: without secrets, of bounded size and depth, and of nothing a database would refuse."""

from __future__ import annotations

import math
from json.encoder import encode_basestring_ascii
from typing import Any

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


def cleaned(value: Any, room: int) -> Any:
    """A copy of a JSON value that takes at most about ``room`` bytes as JSON: what does not fit is left out, older and deeper things first."""
    return _Copy(room).of(value, 0)


def tidy(text: str) -> str:
    """The text without what UTF-8 or PostgreSQL cannot hold: halves of surrogate pairs and NUL."""
    if text.isascii():
        return text.replace("\0", "")
    return text.encode("utf-8", "replace").decode().replace("\0", "")


class _Copy:
    """One copy in the making; ``left`` is how many bytes it may still take."""

    def __init__(self, room: int) -> None:
        self.left = room

    def of(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict | list):
            self.left -= 2
            if depth >= MOST_DEPTH:
                return _CUT
            return self._mapping(value, depth + 1) if isinstance(value, dict) else self._sequence(value, depth + 1)
        return self._plain(value)

    def _mapping(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        named = value.get("name", value.get("key"))
        # Short things first: the type of an exception must not be lost because its stack is long.
        for name, content in sorted(value.items(), key=lambda item: isinstance(item[1], dict | list))[:MOST_KEYS]:
            if self.left <= 0:
                break
            key = self._text(str(name)[:_LONGEST_KEY])
            self.left -= 4
            is_secret = is_secret_name(key) or is_environment(key, content) or (key == "value" and isinstance(named, str) and is_secret_name(named))
            kept[key] = self._secret(content) if is_secret else self.of(content, depth)
        return kept

    def _sequence(self, value: list[Any], depth: int) -> list[Any]:
        if len(value) == 2 and isinstance(value[0], str) and is_secret_name(value[0]):
            # A header or parameter, written as a pair.
            return [self._text(value[0]), self._secret(value[1])]
        kept: list[Any] = []
        for content in reversed(value[-MOST_ITEMS:]):
            if self.left <= 0:
                break
            kept.append(self.of(content, depth))
            self.left -= 2
        kept.reverse()
        return kept

    def _text(self, value: str) -> str:
        text = shortened(tidy(scrubbed(value[: MOST_TEXT + _MARGIN])), MOST_TEXT)
        size = len(encode_basestring_ascii(text))
        if size > self.left:
            # Nothing takes more than six bytes for each of its one or two UTF-16 units.
            text = shortened(text, max(self.left // 12, 1))
            size = len(encode_basestring_ascii(text))
        self.left -= size
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
