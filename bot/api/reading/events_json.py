"""Stored events as JSON with Sentry's keys. Pure. Payloads were cleaned on arrival, but the shapes of their parts were not checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bot.api.wording import instant, short_version
from core.rules import titles
from core.rules.grouping.reading import source_lines
from core.types import JSON
from core.views import EventView

_USER = ("id", "email", "username", "ip_address", "name")
_CRUMB = ("type", "timestamp", "level", "message", "category", "data", "event_id")


def event_json(event: EventView) -> JSON:
    """Return an event as lists show it."""
    return {
        "id": event.event_id,
        "eventID": event.event_id,
        "groupID": str(event.issue_id),
        "projectID": str(event.project_id),
        "title": event.title,
        "message": titles.message(event.payload),
        "platform": _text(event.payload.get("platform")) or "other",
        "dateCreated": instant(event.happened_at),
        "dateReceived": instant(event.received_at),
        "tags": _tags(event),
        "user": _user(event.payload.get("user")),
        "release": event.release,
        "environment": event.environment,
    }


def whole_event_json(event: EventView, problems: Sequence[str] = ()) -> JSON:
    """Return an event with all stored data. ``problems`` say why frames have no original code."""
    payload = event.payload
    return {
        **event_json(event),
        "entries": [{"type": name, "data": data} for name, shape in _ENTRIES.items() if (data := shape(payload))],
        "contexts": {name: {"type": name, **context} for name, context in _object(payload.get("contexts")).items() if isinstance(context, dict)},
        "context": _object(payload.get("extra")),
        "packages": _object(payload.get("modules")),
        "sdk": payload.get("sdk") if isinstance(payload.get("sdk"), dict) else None,
        "dist": _text(payload.get("dist")),
        "culprit": _text(payload.get("transaction")) or _text(payload.get("culprit")),
        "metadata": titles.metadata(payload),
        "errors": [{"type": "js_no_source", "message": problem, "data": {}} for problem in problems],
        "type": "error" if payload.get("exception") else "default",
    }


def event_with_release_json(event: EventView, problems: Sequence[str] = ()) -> JSON:
    """Return an event with all stored data, and its release as the object that Sentry's clients read below an organization."""
    release = {"version": event.release, "shortVersion": short_version(event.release)} if event.release else None
    return {**whole_event_json(event, problems), "release": release}


def _tags(event: EventView) -> list[JSON]:
    own = {str(key): str(value) for key, value in _object(event.payload.get("tags")).items()}
    known = {"environment": event.environment, "level": _text(event.payload.get("level")), "release": event.release}
    found = own | {key: value for key, value in known.items() if value}
    return [{"key": key, "value": found[key]} for key in sorted(found)]


def _user(value: object) -> JSON | None:
    user = _object(value)
    return {name: _text(user.get(name)) for name in _USER} if user else None


def _message(payload: JSON) -> JSON | None:
    text = titles.message(payload)
    return {"formatted": text} if text and not payload.get("exception") else None


def _exception(payload: JSON) -> JSON | None:
    values = [_raised(value) for value in _values(payload.get("exception"))]
    return {"values": values, "hasSystemFrames": any(_has_both_kinds(value) for value in values), "excOmitted": None} if values else None


def _raised(value: JSON) -> JSON:
    kept = {name: value.get(name) for name in ("type", "value", "module", "mechanism")}
    return {**kept, "threadId": value.get("thread_id"), **_stacktraces(value)}


def _stacktraces(value: JSON) -> JSON:
    """Return the stack of the original code, and that of the minified script if it is another one."""
    return {"stacktrace": _stacktrace(value.get("stacktrace")), "rawStacktrace": _stacktrace(value.get("raw_stacktrace"))}


def _stacktrace(value: object) -> JSON | None:
    frames = _object(value).get("frames")
    if not isinstance(frames, list):
        return None
    shown = [_frame(frame) for frame in frames if isinstance(frame, dict)]
    return {"frames": shown, "framesOmitted": None, "registers": None, "hasSystemFrames": any(not frame["inApp"] for frame in shown)}


def _frame(frame: JSON) -> JSON:
    return {
        "filename": frame.get("filename"),
        "absPath": frame.get("abs_path"),
        "module": frame.get("module"),
        "package": frame.get("package"),
        "platform": frame.get("platform"),
        "function": frame.get("function"),
        "rawFunction": frame.get("raw_function"),
        "lineNo": frame.get("lineno"),
        "colNo": frame.get("colno"),
        "context": [list(line) for line in source_lines(frame)],
        "inApp": frame.get("in_app") is True,
        "vars": frame.get("vars") if isinstance(frame.get("vars"), dict) else None,
    }


def _has_both_kinds(value: JSON) -> bool:
    return len({frame["inApp"] for frame in _object(value["stacktrace"]).get("frames", ())}) > 1


def _breadcrumbs(payload: JSON) -> JSON | None:
    values = [{name: crumb.get(name) for name in _CRUMB} for crumb in _values(payload.get("breadcrumbs"))]
    return {"values": values} if values else None


def _threads(payload: JSON) -> JSON | None:
    threads = [{key: part for key, part in value.items() if key != "raw_stacktrace"} for value in _values(payload.get("threads"))]
    values = [{**thread, **_stacktraces(value)} for thread, value in zip(threads, _values(payload.get("threads")), strict=True)]
    return {"values": values} if values else None


def _request(payload: JSON) -> JSON | None:
    request = _object(payload.get("request"))
    if not request:
        return None
    return {
        "url": request.get("url"),
        "method": request.get("method"),
        "fragment": request.get("fragment"),
        "data": request.get("data"),
        "query": _pairs(request.get("query_string")),
        "cookies": _pairs(request.get("cookies")),
        "headers": _pairs(request.get("headers")),
        "env": request.get("env"),
        "inferredContentType": None,
    }


_ENTRIES: dict[str, Callable[[JSON], JSON | None]] = {
    "message": _message,
    "exception": _exception,
    "threads": _threads,
    "breadcrumbs": _breadcrumbs,
    "request": _request,
}


def _pairs(value: object) -> Any:
    """Return a mapping in Sentry's list form; lists and text stay as they are."""
    return [[key, value[key]] for key in value] if isinstance(value, dict) else value if isinstance(value, list | str) else []


def _values(value: object) -> Iterable[JSON]:
    found = value.get("values", [value]) if isinstance(value, dict) else value
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _object(value: object) -> JSON:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "" else None
