"""The body of an update as ``/openapi.json`` describes it; ``bodies`` reads it."""

from __future__ import annotations

from bot.api.fields import MOST
from bot.api.names import MOST_IDS
from core.types import JSON

_COUNT: JSON = {"type": "integer", "minimum": 1, "maximum": MOST}
_ENDS: JSON = {
    "ignoreDuration": {**_COUNT, "description": "Minutes until the archive ends."},
    "ignoreUntil": {"type": "string", "format": "date-time", "description": "The exact end, with an offset from UTC, in the future."},
    "ignoreCount": {**_COUNT, "description": "It ends at this many further events."},
    "ignoreUserCount": {**_COUNT, "description": "It ends at this many further users."},
}
_FIELDS: JSON = {
    "status": {"type": "string", "enum": ["resolved", "unresolved", "ignored", "muted"]},
    "substatus": {"type": "string", "enum": ["archived_forever", "archived_until_condition_met"], "description": "Only beside the status `ignored`."},
    "statusDetails": {"type": "object", "description": "What ends an archive. Each field may also stand beside `status`.", "properties": _ENDS},
    **_ENDS,
    "assignedTo": {
        "description": "`user:ID`, `team:ID`, `team:SLUG`, a user's number, e-mail address or name; empty or null for nobody.",
        "anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}],
    },
    "inbox": {"type": "boolean", "enum": [False], "description": "False marks it as reviewed."},
    "expectedVersion": {"type": "integer", "minimum": 0, "description": "The version that was seen: 409 if what would be changed has changed since."},
    "integration": {"type": "string", "enum": ["slack", "msteams"], "description": "Kept with the activities."},
}
_IDS: JSON = {
    "type": "array",
    "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    "maxItems": MOST_IDS,
    "description": "More issues than an address holds.",
}


def one_issue() -> JSON:
    """The request body for one issue."""
    return _body(_FIELDS)


def many_issues() -> JSON:
    """The request body for many issues."""
    return _body({"ids": _IDS, **_FIELDS})


def only_ids() -> JSON:
    """The request body that only names issues."""
    return _body({"ids": _IDS})


def _body(properties: JSON) -> JSON:
    schema = {"type": "object", "properties": properties, "description": "Every field may be left out; unknown ones are ignored."}
    return {"requestBody": {"required": False, "content": {"application/json": {"schema": schema}}}}
