"""Read parts of an event in the format of Sentry's SDKs. Malformed parts count as missing."""

from __future__ import annotations

import json
import re

from core.types import JSON

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20}")
_MAX_TAGS = 200
"""Of an event; later tags do not count."""
_TAG_FIELDS = frozenset({"environment", "release", "dist", "level", "logger", "server_name", "transaction"})
"""Tags that SDKs send as fields of the event."""


def text_of(value: object) -> str:
    """Return a text or number as text; the empty text for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def as_text(value: object) -> str:
    """Return a value as text: a text as it is, the empty text for ``null``, everything else as its JSON with sorted keys."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return ""


def tag_of(event: JSON, name: str) -> str:
    """Return the value of a tag as text: from the event's tags, or else from the field that an SDK sends it as; the empty text if it has none."""
    tags = event.get("tags")
    pairs: list[object] = list(tags.items()) if isinstance(tags, dict) else tags if isinstance(tags, list) else []
    values = (pair[1] for pair in pairs[:_MAX_TAGS] if isinstance(pair, list | tuple) and len(pair) == 2 and pair[0] == name)
    value = next((text for value in values if (text := _tag_text(value))), "")
    return value or (text_of(event.get(name)) if name in _TAG_FIELDS else "")


def _tag_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else text_of(value)


def address_of(value: object) -> int | None:
    """Return an address as SDKs write it: a number, or a text of hexadecimal or decimal digits. None for everything else."""
    text = text_of(value)
    return int(text, 16 if text[:2] in ("0x", "0X") else 10) if _ADDRESS.fullmatch(text) else None


def object_of(value: object) -> JSON:
    """Return a JSON object; an empty one for everything else."""
    return value if isinstance(value, dict) else {}


def exceptions(event: JSON) -> list[JSON]:
    """Return the exceptions, the one that was raised last at the end, as in the SDKs' ``exception.values``."""
    chain = event.get("exception")
    if isinstance(chain, dict):
        chain = chain.get("values", [chain])
    return [entry for entry in chain if isinstance(entry, dict)] if isinstance(chain, list) else []


def frames(holder: JSON) -> list[JSON]:
    """Return the frames of an exception, a thread or an event, the newest call last."""
    stack = object_of(holder.get("stacktrace")).get("frames")
    return [frame for frame in stack if isinstance(frame, dict)] if isinstance(stack, list) else []


def source_lines(frame: JSON) -> list[tuple[int, str]]:
    """Return the lines of source around a call, each with its number; none if the line of the call itself is not known."""
    number, line = frame.get("lineno"), frame.get("context_line")
    if not isinstance(number, int) or line is None:
        return []
    before, after = (lines if isinstance(lines, list) else [] for lines in (frame.get("pre_context"), frame.get("post_context")))
    return [(number - len(before) + place, text_of(text)) for place, text in enumerate([*before, line, *after])]


def is_in_app(frame: JSON) -> bool:
    """Return whether the SDK marked the frame as the program's own code."""
    return frame.get("in_app") is True
