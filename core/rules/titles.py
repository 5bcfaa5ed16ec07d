"""Derive an event's title, culprit, message and metadata. Events have the shape that Sentry's SDKs send (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from core.rules.fingerprints import exceptions, frames, is_in_app, text_of
from core.types import JSON

MAX_TITLE_CHARS = 255
MAX_MESSAGE_CHARS = 1_024
_MAX_METADATA_CHARS = 512
_MAX_TEMPLATE_CHARS = 2 * MAX_MESSAGE_CHARS
"""Longest message template that is filled with parameters."""
_UNNAMED = "(an event without a message)"
_PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\))?[sdirfg]|\{\}")


def shortened(text: str, limit: int) -> str:
    """Return the text, cut with an ellipsis if it is longer than the limit."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def title(event: JSON) -> str:
    """Return one line of at most 255 characters: the exception's type and value, else the message, else the transaction or logger."""
    raised = exceptions(event)
    if raised:
        kind, value = text_of(raised[-1].get("type")), _first_line(text_of(raised[-1].get("value")))
        label = f"{kind}: {value}" if kind and value else kind or value
        return shortened(_first_line(label or culprit(event)) or _UNNAMED, MAX_TITLE_CHARS)
    label = _first_line(_logged(event)) or _first_line(text_of(event.get("transaction"))) or _first_line(text_of(event.get("logger")))
    return shortened(label or _UNNAMED, MAX_TITLE_CHARS)


def culprit(event: JSON) -> str:
    """Return where the error happened: the transaction, else the newest of the program's own frames as "module in function"."""
    named = _first_line(text_of(event.get("transaction"))) or _first_line(text_of(event.get("culprit")))
    if named:
        return shortened(named, MAX_TITLE_CHARS)
    frame = _newest_frame(event)
    place = text_of(frame.get("module")) or text_of(frame.get("filename"))
    function = text_of(frame.get("function"))
    return shortened(_first_line(f"{place} in {function}" if place and function else place or function), MAX_TITLE_CHARS)


def message(event: JSON) -> str:
    """Return the whole message, or the value of the exception."""
    raised = exceptions(event)
    return shortened(_logged(event) or (text_of(raised[-1].get("value")) if raised else ""), MAX_MESSAGE_CHARS)


def metadata(event: JSON) -> JSON:
    """Return Sentry's ``metadata``: ``type, value, filename, function`` of an exception, ``title`` of a message."""
    raised = exceptions(event)
    if not raised:
        return {"title": title(event)}
    frame = _newest_frame(event)
    values = {
        "type": text_of(raised[-1].get("type")),
        "value": text_of(raised[-1].get("value")),
        "filename": text_of(frame.get("filename")),
        "function": text_of(frame.get("function")),
    }
    return {name: shortened(text, _MAX_METADATA_CHARS) for name, text in values.items() if text}


def _newest_frame(event: JSON) -> JSON:
    raised = exceptions(event)
    stack = frames(raised[-1]) if raised else []
    return next((frame for frame in reversed(stack) if is_in_app(frame)), stack[-1] if stack else {})


def _logged(event: JSON) -> str:
    entry: Any = event.get("logentry")
    if not isinstance(entry, dict):
        return text_of(entry) or text_of(event.get("message"))
    template = text_of(entry.get("message"))
    return text_of(entry.get("formatted")) or _filled(template, entry.get("params")) or text_of(event.get("message"))


def _filled(template: str, parameters: object) -> str:
    """Fill the template with its parameters.

    Does not use ``%``: ``%999999999d`` would fill the memory, and so would a long parameter that a long template names a thousand times.
    """
    named = parameters if isinstance(parameters, dict) else {}
    rest: Iterator[Any] = iter(parameters if isinstance(parameters, list) else [])

    def fill(placeholder: re.Match[str]) -> str:
        value = named.get(placeholder["name"], placeholder[0]) if placeholder["name"] else next(rest, placeholder[0])
        return text_of(value)[:MAX_MESSAGE_CHARS] or placeholder[0]

    return _PLACEHOLDER.sub(fill, template[:_MAX_TEMPLATE_CHARS])


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
