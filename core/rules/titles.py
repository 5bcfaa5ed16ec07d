"""Derive an event's title, culprit, message and metadata. Events have the shape that Sentry's SDKs send (pure)."""

from __future__ import annotations

from typing import Any

from core.rules.grouping.exceptions import Exceptions
from core.rules.grouping.reading import as_text, exceptions, frames, is_in_app, text_of
from core.rules.templates import filled
from core.types import JSON

MAX_TITLE_CHARS = 255
MAX_MESSAGE_CHARS = 1_024
_MAX_METADATA_CHARS = 512
_UNNAMED = "(an event without a message)"


def shortened(text: str, limit: int) -> str:
    """Return the text, cut with an ellipsis if it is longer than the limit."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def title(event: JSON) -> str:
    """Return one line of at most 255 characters: the exception's type and value, else the message, else the transaction or logger."""
    raised = _raised(event)
    if raised:
        kind, value = text_of(raised.get("type")), _first_line(as_text(raised.get("value")))
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
    return shortened(_logged(event) or as_text(_raised(event).get("value")), MAX_MESSAGE_CHARS)


def metadata(event: JSON) -> JSON:
    """Return Sentry's ``metadata``: ``type, value, filename, function`` of an exception, ``title`` of a message."""
    raised = _raised(event)
    if not raised:
        return {"title": title(event)}
    frame = _newest_frame(event)
    values = {
        "type": text_of(raised.get("type")),
        "value": as_text(raised.get("value")),
        "filename": text_of(frame.get("filename")),
        "function": text_of(frame.get("function")),
    }
    return {name: shortened(text, _MAX_METADATA_CHARS) for name, text in values.items() if text}


def _raised(event: JSON) -> JSON:
    """The exception that names the event: the one that was raised last; of a group whose members are alike, a member."""
    raised = exceptions(event)
    return Exceptions(event, text_of(event.get("platform"))).main if len(raised) > 1 else raised[0] if raised else {}


def _newest_frame(event: JSON) -> JSON:
    stack = frames(_raised(event))
    return next((frame for frame in reversed(stack) if is_in_app(frame)), stack[-1] if stack else {})


def _logged(event: JSON) -> str:
    entry: Any = event.get("logentry")
    if not isinstance(entry, dict):
        return as_text(entry) or as_text(event.get("message"))
    template = as_text(entry.get("message"))
    return as_text(entry.get("formatted")) or filled(template, entry.get("params")) or as_text(event.get("message"))


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
