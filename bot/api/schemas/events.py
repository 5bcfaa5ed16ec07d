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


class ListedEventJson(JsonModel):
    """What lists and single events have in common. ``id`` and ``eventID`` are the same."""

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
    environment: str | None


class EventJson(ListedEventJson):
    """An event as lists show it."""

    release: str | None


class EntryJson(JsonModel):
    """A part of an event."""

    type: Literal["message", "exception", "threads", "breadcrumbs", "request"]
    data: dict[str, Any]


class EventReleaseJson(JsonModel):
    """The release of an event."""

    version: str
    short_version: str


class EventErrorJson(JsonModel):
    """Why a part of an event is not as it should be, such as a frame whose source map is missing."""

    type: Literal["js_no_source"]
    message: str
    data: dict[str, Any]


class WholeEventJson(ListedEventJson):
    """An event with all stored data. Below an organization its release is an object, as Sentry's clients read it; elsewhere it is the version."""

    release: EventReleaseJson | str | None

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


class NoneJson(JsonModel):
    """What does not exist here: lists of it are empty."""


class TableMetaJson(JsonModel):
    """The types of the fields of a table."""

    fields: dict[str, str]


class TableJson(JsonModel):
    """Events as rows of fields."""

    data: list[dict[str, Any]]
    meta: TableMetaJson


class CheckedPartJson(JsonModel):
    """A part of a request for a table, and why it cannot be answered."""

    name: str
    valid: bool
    error: str | None


class CheckedFieldJson(CheckedPartJson):
    """The same for a field or an order."""

    attr_type: None


class CheckedQueryJson(JsonModel):
    """The same for the query."""

    valid: bool
    error: str | None
    fields: list[CheckedFieldJson]


class TableCheckJson(JsonModel):
    """Which parts of a request for a table can be answered."""

    valid: bool
    projects: list[CheckedPartJson]
    dataset: list[CheckedPartJson]
    environment: list[CheckedPartJson]
    field: list[CheckedFieldJson]
    query: CheckedQueryJson
    orderby: list[CheckedFieldJson]


class EventIdJson(JsonModel):
    """The project and the issue of an event, and the event."""

    organization_slug: str
    project_slug: str
    group_id: str
    event_id: str
    event: WholeEventJson


class FingerprintJson(JsonModel):
    """A fingerprint of an issue, and its newest event, if one is stored."""

    id: str
    latest_event: EventJson | None


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
