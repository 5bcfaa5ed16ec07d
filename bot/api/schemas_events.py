"""The shapes of stored events, fingerprints and tombstones, for ``/openapi.json``. The answers are built in ``events_json`` and the routes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from bot.api.schemas import Person, Shape
from core.actions.comment import LONGEST_COMMENT
from core.types import JSON


class EventTag(Shape):
    """A tag of one event."""

    key: str
    value: str


class EventUser(BaseModel):
    """Whom of the program's users it hit."""

    model_config = ConfigDict(extra="forbid")

    id: str | None
    email: str | None
    username: str | None
    ip_address: str | None
    name: str | None


class Event(Shape):
    """An event as lists show it. ``id`` and ``eventID`` are the same."""

    model_config = ConfigDict(alias_generator=lambda name: to_camel(name).replace("Id", "ID") if name != "id" else name)

    id: str
    event_id: str
    group_id: str
    project_id: str
    title: str
    message: str
    platform: str
    date_created: str
    date_received: str
    tags: list[EventTag]
    user: EventUser | None
    release: str | None
    environment: str | None


class Entry(Shape):
    """A part of an event."""

    type: Literal["message", "exception", "threads", "breadcrumbs", "request"]
    data: dict[str, Any]


class WholeEvent(Event):
    """An event with all that was kept of it."""

    entries: list[Entry]
    contexts: dict[str, Any]
    context: dict[str, Any]
    packages: dict[str, Any]
    sdk: dict[str, Any] | None
    dist: str | None
    culprit: str | None
    metadata: dict[str, Any]
    type: Literal["error", "default"]


class Fingerprint(Shape):
    """What leads events to an issue."""

    id: str


class Unmerged(Shape):
    """The new issue."""

    id: str
    short_id: str


class Tombstone(Shape):
    """What a discard left behind; ``timesSeen`` counts the events that it kept out."""

    id: str
    issue_id: str
    level: str
    title: str
    culprit: str
    message: str
    actor: Person | None
    times_seen: int
    last_seen: str | None
    date_added: str


class Nothing(Shape):
    """Nothing was named, so nothing was done."""


def commenting() -> JSON:
    """The request body for a comment."""
    text = {"type": "string", "minLength": 1, "maxLength": LONGEST_COMMENT, "pattern": r"\S"}
    schema = {"type": "object", "properties": {"text": text}, "required": ["text"], "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
