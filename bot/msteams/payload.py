"""Reads single fields of Teams' JSON, each checked: nothing that comes in is believed to have the shape it should have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MAX_ID_CHARS = 512
MAX_ID = 2**63 - 1
MAX_ENTRIES = 200

Json = Mapping[str, Any]

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""What no database takes in a text."""


class MalformedActivity(Exception):
    """The activity is not what Teams would send."""


def text_of(holder: Json, name: str, limit: int, default: str | None = None) -> str:
    """A text of at most ``limit`` characters. Without a ``default`` it must be there. Raises MalformedActivity."""
    value = holder.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or len(value) > limit or (not value and default is None):
        raise MalformedActivity(f"{name} is missing, no text, or too long")
    return storable(value)


def storable(text: str) -> str:
    """The text without what no database takes."""
    return _UNSTORABLE.sub("", text)


def object_of(holder: Json, name: str) -> Json:
    """An object, empty where there is none. Raises MalformedActivity when it is something else."""
    value = holder.get(name)
    if value is not None and not isinstance(value, dict):
        raise MalformedActivity(f"{name} is no object")
    return value or {}


def objects_of(holder: Json, name: str) -> list[Json]:
    """The objects in a list; what is none is passed over."""
    value = holder.get(name)
    return [entry for entry in value[:MAX_ENTRIES] if isinstance(entry, dict)] if isinstance(value, list) else []


def number_of(holder: Json, name: str) -> int:
    """A whole number from 0 on. Raises MalformedActivity."""
    return number(holder.get(name), name)


def number(value: object, name: str) -> int:
    """Teams may send a number of a card's data back as a text. Raises MalformedActivity, which calls it ``name``."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(MAX_ID)):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_ID:
        raise MalformedActivity(f"{name} is no number")
    return value
