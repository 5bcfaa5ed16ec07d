"""Tags that are made from other parts of an event, so that issues and events can be searched by them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.rules.grouping.reading import text_of
from core.types import JSON

_WITH_VERSION = ("browser", "os", "runtime")
_LABELS = ("server_name", "logger", "dist")


def derived_tags(kept: JSON) -> dict[str, str]:
    """Return the derived tags of a cleaned event; values may have any length.

    ``browser`` is *Chrome 120.0* and ``browser.name`` *Chrome*, likewise ``os`` and ``runtime``; ``handled`` is *yes* or *no*; ``url`` has no
    query.
    """
    named = (*_of_contexts(_object(kept.get("contexts"))), *_of_exception(kept), *((name, text_of(kept.get(name))) for name in _LABELS))
    url = text_of(_object(kept.get("request")).get("url")).partition("?")[0].partition("#")[0]
    return {name: value for name, value in (*named, ("url", url)) if value}


def _of_contexts(contexts: JSON) -> Iterator[tuple[str, str]]:
    for name in _WITH_VERSION:
        context = _object(contexts.get(name))
        what = text_of(context.get("name"))
        yield f"{name}.name", what
        yield name, f"{what} {text_of(context.get('version'))}".strip() if what else ""
    device = _object(contexts.get("device"))
    yield "device", next((text for key in ("model", "family", "name") if (text := text_of(device.get(key)))), "")


def _of_exception(kept: JSON) -> Iterator[tuple[str, str]]:
    """Return how the newest exception was caught, if the SDK says so."""
    exception = kept.get("exception")
    values = exception.get("values") if isinstance(exception, dict) else exception
    newest = _object(values[-1]) if isinstance(values, list) and values else {}
    mechanism = _object(newest.get("mechanism"))
    yield "mechanism", text_of(mechanism.get("type"))
    handled = mechanism.get("handled")
    yield "handled", ("yes" if handled else "no") if isinstance(handled, bool) else ""


def _object(value: Any) -> JSON:
    return value if isinstance(value, dict) else {}
