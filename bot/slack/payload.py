"""Read values from untrusted payloads: return a valid value, or raise MalformedPayload."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

_ID = re.compile(r"[!-~]{1,255}")
_WHOLE = re.compile(r"[0-9]{1,18}")
# Characters that no database stores. All other typed text is kept.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class MalformedPayload(Exception):
    """The payload is not what Slack sends."""


def object_at(payload: Json, *path: str) -> Json:
    """Return the object at the end of the path; an empty one if it is missing or null."""
    here: object = payload
    for step in path:
        if not isinstance(here, Mapping):
            raise MalformedPayload
        here = here.get(step)
        if here is None:
            return {}
    if not isinstance(here, Mapping):
        raise MalformedPayload
    return here


def text(payload: Json, key: str) -> str:
    """Return text that people wrote; empty if it is missing or null."""
    value = payload.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedPayload
    return _UNSTORABLE.sub("", value)


def required_id(payload: Json, key: str) -> str:
    """Return a required id: one word of at most 255 characters, Slack's own limit for the longest ids."""
    return optional_id(payload, key) or _missing()


def optional_id(payload: Json, key: str) -> str:
    """Return an id, or an empty text if it is missing or null."""
    value = payload.get(key)
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise MalformedPayload
    return value


def whole_number(payload: Json, key: str) -> int:
    """Return the id of an issue, which travels as text. Required."""
    value = payload.get(key)
    if not isinstance(value, str) or not _WHOLE.fullmatch(value):
        raise MalformedPayload
    return int(value)


def list_of(payload: Json, key: str) -> list[Json]:
    """Return a list of objects; an empty one if it is missing or null."""
    values = payload.get(key)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, Mapping) for value in values):
        raise MalformedPayload
    return values


def first(payload: Json, key: str) -> Json:
    """Return the first object of a list that must not be empty."""
    values = payload.get(key)
    if not isinstance(values, list) or not values or not isinstance(values[0], Mapping):
        raise MalformedPayload
    return values[0]


def _missing() -> str:
    raise MalformedPayload
