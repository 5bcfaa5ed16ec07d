"""The body of an update as ``/openapi.json`` describes it; ``bodies`` reads it."""

from __future__ import annotations

from bot.api.fields import MAX_COUNT
from bot.api.wording import SUBSTATUSES
from bot.api.writing.names import MAX_IDS
from core.rules.snooze import MAX_WINDOW_MINUTES
from core.types import JSON

_COUNT: JSON = {"type": "integer", "minimum": 1, "maximum": MAX_COUNT}
_WINDOW: JSON = {"type": "integer", "minimum": 1, "maximum": MAX_WINDOW_MINUTES}
_ENDS: JSON = {
    "ignoreDuration": {**_COUNT, "description": "Minutes until the archive ends."},
    "ignoreUntil": {"type": "string", "format": "date-time", "description": "The exact end, with an offset from UTC, in the future."},
    "ignoreCount": {**_COUNT, "description": "It ends at this many further events."},
    "ignoreWindow": {**_WINDOW, "description": "Minutes within which `ignoreCount` events must come."},
    "ignoreUserCount": {**_COUNT, "description": "It ends at this many further users."},
    "ignoreUserWindow": {**_WINDOW, "description": "Minutes within which `ignoreUserCount` users must come."},
}
_OR_NULL: JSON = {name: {"anyOf": [schema, {"type": "null"}]} for name, schema in _ENDS.items()}
"""Details that may be null, as in responses: those that do not end the archive are null beside the one that does."""
_DETAILS: JSON = {
    **_OR_NULL,
    "untilEscalating": {"type": "boolean", "description": "The same as the substatus `archived_until_escalating`."},
    "ignoreUntilEscalating": {"type": "boolean", "description": "The same, as answers have it."},
    "inNextRelease": {"type": "boolean", "description": "With `resolved`; false is as good as absent."},
    "inRelease": {"type": "string", "description": "With `resolved`: a version of the project, or `latest`."},
    "inCommit": {
        "type": "object",
        "properties": {"repository": {"type": "string"}, "commit": {"type": "string"}, "id": {}, "message": {}, "dateCreated": {}},
        "required": ["repository", "commit"],
        "description": "With `resolved`. What answers say beside repository and commit may be sent back.",
    },
    "actor": {"description": "Who decided it, as answers have it; it is let pass."},
}
_ASSIGNEE: JSON = {
    "type": "object",
    "properties": {"type": {"type": "string", "enum": ["user", "team"]}, "id": {"type": "string"}, "name": {}, "email": {}},
    "required": ["type", "id"],
    "description": "As answers have it.",
}
_INBOX: JSON = {
    "type": "object",
    "properties": {"reason": {"type": "integer"}, "reason_details": {}, "date_added": {}},
    "required": ["reason"],
    "description": "As answers have it.",
}
_FIELDS: JSON = {
    "status": {"type": "string", "enum": ["resolved", "unresolved", "ignored", "resolvedInNextRelease", "muted"]},
    "substatus": {
        "anyOf": [{"type": "string", "enum": sorted(SUBSTATUSES)}, {"type": "null"}],
        "description": "Only beside a status that it belongs to.",
    },
    "statusDetails": {
        "type": "object",
        "description": "How it is solved, or what ends an archive; `ignore…` fields may also stand beside `status`.",
        "properties": _DETAILS,
    },
    **_ENDS,
    "snoozeDuration": {"anyOf": [_COUNT, {"type": "null"}], "description": "The older name of `ignoreDuration`."},
    "assignedTo": {
        "description": "`user:ID`, `team:ID`, `team:SLUG`, a user's number, e-mail address or name; empty or null for nobody.",
        "anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}, _ASSIGNEE],
    },
    "assignedBy": {"type": "string", "description": "`assignee_selector` or `suggested_assignee` is kept with the activities."},
    "integration": {"type": "string", "description": "`slack` or `msteams` is kept with the activities."},
    "hasSeen": {"type": "boolean"},
    "isBookmarked": {"type": "boolean"},
    "isSubscribed": {"type": "boolean"},
    "isPublic": {"type": "boolean", "description": "True makes a link that anybody may follow; a public issue keeps the one it has."},
    "merge": {"type": "boolean", "description": "True makes the selected issues one: the oldest."},
    "discard": {"type": "boolean", "description": "True deletes, and drops further events. Stands alone; needs the scope `event:admin`."},
    "inbox": {
        "anyOf": [{"type": "boolean"}, {"type": "null"}, _INBOX],
        "description": "False marks it as reviewed. As answers have it, an object means true, and null says nothing.",
    },
    "inboxDetails": {"type": "object", "description": "Sentry's clients may send it; nothing is made of it.", "properties": {}},
    "priority": {"type": "string", "enum": ["low", "medium", "high"], "description": "Keeps the automatic rules away from it."},
    "expectedVersion": {"type": "integer", "minimum": 0, "description": "The version that was seen: 409 if what would be changed has changed since."},
}
_IDS: JSON = {
    "type": "array",
    "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    "maxItems": MAX_IDS,
    "description": "More issues than an address holds.",
}


def one_issue() -> JSON:
    """Return the request body for one issue."""
    return _body(_FIELDS)


def many_issues() -> JSON:
    """Return the request body for many issues."""
    return _body({"ids": _IDS, **_FIELDS})


def only_ids() -> JSON:
    """Return the request body that only names issues."""
    return _body({"ids": _IDS})


def _body(properties: JSON) -> JSON:
    schema = {"type": "object", "properties": properties, "additionalProperties": False, "description": "Every field may be left out."}
    return {"requestBody": {"required": False, "content": {"application/json": {"schema": schema}}}}
