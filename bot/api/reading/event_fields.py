"""Fields of single events, as Sentry's tables of events name them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from bot.api.fields import shown
from bot.api.problems import Refusal
from core.errors import Invalid
from core.rules.tag_keys import tag_key
from core.search.event_filter import FIELDS as KEYS
from core.search.event_filter import SearchedEvent
from core.types import JSON

MAX_FIELDS = 50
DEFAULTS = ("id", "title", "project", "timestamp")
"""What is shown if no field is asked for."""
_MAX_FIELD_CHARS = 200
_TAG = re.compile(r"tags\[([^\[\]]++)\]")
Read = Callable[[SearchedEvent], Any]


def _person(kind: str) -> Read:
    return lambda event: next((name.partition(":")[2] for name in event.people if name.startswith(f"{kind}:")), None)


def _every(name: str) -> Read:
    return lambda event: list(KEYS[name](event.payload))


_ARRAYS = ("error.type", "error.value", "stack.filename")
_READ: Mapping[str, Read] = {
    "id": lambda event: event.view.event_id,
    "title": lambda event: event.view.title,
    "message": lambda event: event.text("message"),
    **dict.fromkeys(("culprit", "transaction"), lambda event: event.text("culprit")),
    "timestamp": lambda event: event.view.happened_at.isoformat(),
    **dict.fromkeys(("project", "project.name"), lambda event: event.project),
    "project.id": lambda event: event.view.project_id,
    "issue.id": lambda event: event.view.issue_id,
    "level": lambda event: event.level.name.lower(),
    "platform": lambda event: event.payload.get("platform") if isinstance(event.payload.get("platform"), str) else "other",
    **dict.fromkeys(("user", "user.display"), lambda event: event.people[0] if event.people else None),
    **{f"user.{kind}": _person(kind) for kind in ("id", "email", "username", "ip")},
    "event.type": lambda event: next(iter(KEYS["event.type"](event.payload))),
    "http.method": lambda event: next(iter(KEYS["http.method"](event.payload)), None) or None,
    **{name: _every(name) for name in _ARRAYS},
}
ISSUE = "issue"
"""The short id of the issue, which the event itself does not know."""
_TYPES = {"timestamp": "date", "project.id": "integer", "issue.id": "integer"}


def checked(field: str) -> str:
    """Return a field that can be shown: a known one, or a tag. Raises Invalid, or Refusal for a function."""
    if "(" in field:
        sentence = f"There is no field {shown(field)} here: fields are those of single events, without functions. Lists of issues have counts."
        raise Refusal(HTTPStatus.BAD_REQUEST, sentence)
    if not field or len(field) > _MAX_FIELD_CHARS or not field.isprintable():
        raise Invalid("field", f"{shown(field)} is no field. Example: title")
    return field


def type_of(field: str) -> str:
    """Return the type of a field's values, as Sentry calls it."""
    return "array" if field in _ARRAYS else _TYPES.get(field, "string")


def row_json(event: SearchedEvent, fields: list[str], short_id: str | None) -> JSON:
    """Return these fields of an event."""
    row = {field: short_id if field == ISSUE else _value(event, field) for field in fields}
    return {**row, "id": event.view.event_id, "project.name": event.project} | ({"issue.id": event.view.issue_id} if ISSUE in fields else {})


def _value(event: SearchedEvent, field: str) -> Any:
    if read := _READ.get(field):
        return read(event)
    tag = _TAG.fullmatch(field)
    return event.tags.get(tag_key(tag[1] if tag else field))
