"""Reading values out of payloads that may be shaped anyhow: what is there is right, or it is MalformedPayload."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

_ID = re.compile(r"[!-~]{1,255}")
_WHOLE = re.compile(r"[0-9]{1,18}")
# What no database takes as text. Everything else a person typed is theirs to keep.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class MalformedPayload(Exception):
    """The payload is not what Slack sends."""


def object_at(payload: Json, *path: str) -> Json:
    """The object at the end of the path; an empty one where it is missing or null."""
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
    """Text that people wrote; empty where it is missing or null."""
    value = payload.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedPayload
    return _UNSTORABLE.sub("", value)


def required_id(payload: Json, key: str) -> str:
    """An id that must be there: one word of at most 255 characters, Slack's own limit for the longest of them."""
    return optional_id(payload, key) or _missing()


def optional_id(payload: Json, key: str) -> str:
    """An id, empty where it is missing or null."""
    value = payload.get(key)
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise MalformedPayload
    return value


def whole_number(payload: Json, key: str) -> int:
    """The id of an issue, which travels as text. It must be there."""
    value = payload.get(key)
    if not isinstance(value, str) or not _WHOLE.fullmatch(value):
        raise MalformedPayload
    return int(value)


def list_of(payload: Json, key: str) -> list[Json]:
    """A list of objects; an empty one where it is missing or null."""
    values = payload.get(key)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, Mapping) for value in values):
        raise MalformedPayload
    return values


def first(payload: Json, key: str) -> Json:
    """The first object of a list that must not be empty."""
    values = payload.get(key)
    if not isinstance(values, list) or not values or not isinstance(values[0], Mapping):
        raise MalformedPayload
    return values[0]


def _missing() -> str:
    raise MalformedPayload
