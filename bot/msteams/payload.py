"""Read single fields of Teams' JSON, and check each: no incoming data is trusted to have the right shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MAX_ID_CHARS = 512
MAX_ID = 2**63 - 1
MAX_ENTRIES = 200

Json = Mapping[str, Any]

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""Characters that no database stores in a text."""


class MalformedActivity(Exception):
    """The activity is not what Teams would send."""


def text_of(holder: Json, name: str, limit: int, default: str | None = None) -> str:
    """Return a text of at most ``limit`` characters; required unless there is a ``default``. Raises MalformedActivity."""
    value = holder.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or len(value) > limit or (not value and default is None):
        raise MalformedActivity(f"{name} is missing, no text, or too long")
    return storable(value)


def storable(text: str) -> str:
    """Return the text without characters that no database stores."""
    return _UNSTORABLE.sub("", text)


def object_of(holder: Json, name: str) -> Json:
    """Return an object, empty if it is missing. Raises MalformedActivity for another type."""
    value = holder.get(name)
    if value is not None and not isinstance(value, dict):
        raise MalformedActivity(f"{name} is no object")
    return value or {}


def objects_of(holder: Json, name: str) -> list[Json]:
    """Return the objects in a list; other values are skipped."""
    value = holder.get(name)
    return [entry for entry in value[:MAX_ENTRIES] if isinstance(entry, dict)] if isinstance(value, list) else []


def number_of(holder: Json, name: str) -> int:
    """Return an integer from 0 on. Raises MalformedActivity."""
    return number(holder.get(name), name)


def number(value: object, name: str) -> int:
    """Return a number of a card's data, which Teams may return as text. Raises MalformedActivity, which calls it ``name``."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(MAX_ID)):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_ID:
        raise MalformedActivity(f"{name} is no number")
    return value
