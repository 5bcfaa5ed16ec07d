"""The schemas of stored events, fingerprints and tombstones, for ``/openapi.json``. ``events_json`` and the routes build the responses."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from bot.api.schemas.issues import JsonModel, PersonJson
from core.issues.actions.comment import MAX_COMMENT_CHARS
from core.types import JSON


class EventTagJson(JsonModel):
    """A tag of one event."""

    key: str
    value: str


class EventUserJson(BaseModel):
    """The user of the program that the event affected."""

    model_config = ConfigDict(extra="forbid")

    id: str | None
    email: str | None
    username: str | None
    ip_address: str | None
    name: str | None


class EventJson(JsonModel):
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
    tags: list[EventTagJson]
    user: EventUserJson | None
    release: str | None
    environment: str | None


class EntryJson(JsonModel):
    """A part of an event."""

    type: Literal["message", "exception", "threads", "breadcrumbs", "request"]
    data: dict[str, Any]


class EventErrorJson(JsonModel):
    """Why a part of an event is not as it should be, such as a frame whose source map is missing."""

    type: Literal["js_no_source"]
    message: str
    data: dict[str, Any]


class WholeEventJson(EventJson):
    """An event with all stored data."""

    entries: list[EntryJson]
    contexts: dict[str, Any]
    context: dict[str, Any]
    packages: dict[str, Any]
    sdk: dict[str, Any] | None
    dist: str | None
    culprit: str | None
    metadata: dict[str, Any]
    errors: list[EventErrorJson]
    type: Literal["error", "default"]


class FingerprintJson(JsonModel):
    """A fingerprint of an issue."""

    id: str


class UnmergedJson(JsonModel):
    """The new issue."""

    id: str
    short_id: str


class TombstoneJson(JsonModel):
    """The tombstone of a discarded issue; ``timesSeen`` counts the events that it dropped."""

    id: str
    issue_id: str
    level: str
    title: str
    culprit: str
    message: str
    actor: PersonJson | None
    times_seen: int
    last_seen: str | None
    date_added: str


class NothingJson(JsonModel):
    """No fingerprint was named, so nothing was done."""


def commenting() -> JSON:
    """Return the request body for a comment."""
    text = {"type": "string", "minLength": 1, "maxLength": MAX_COMMENT_CHARS, "pattern": r"\S"}
    schema = {"type": "object", "properties": {"text": text}, "required": ["text"], "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
