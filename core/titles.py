"""What a stored event is called, where only its payload is left to say so. Pure."""

from __future__ import annotations

from core.fingerprints import exceptions, text_of
from core.types import JSON

_LONGEST = 255


def title(payload: JSON) -> str:
    """The exception's type and value, else the first line of the message; empty where it says neither."""
    raised = exceptions(payload)
    if raised:
        kind, value = text_of(raised[-1].get("type")), _first_line(text_of(raised[-1].get("value")))
        return (f"{kind}: {value}" if kind and value else kind or value)[:_LONGEST]
    return _first_line(message(payload))[:_LONGEST]


def message(payload: JSON) -> str:
    """All that an event says, not only the first line."""
    entry = payload.get("logentry")
    logged = text_of(entry.get("formatted")) or text_of(entry.get("message")) if isinstance(entry, dict) else text_of(entry)
    raised = exceptions(payload)
    return logged or text_of(payload.get("message")) or (text_of(raised[-1].get("value")) if raised else "")


def metadata(payload: JSON) -> JSON:
    """Sentry's ``metadata`` as far as a title goes: type and value of an exception, else the title of a message."""
    raised = exceptions(payload)
    if not raised:
        return {"title": title(payload)}
    return {name: text for name in ("type", "value") if (text := text_of(raised[-1].get(name)))}


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
