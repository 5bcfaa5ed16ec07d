"""What is stored of an event and of the issue that begins with it (pure)."""

from __future__ import annotations

from datetime import datetime

from core.occurrence import Occurrence
from core.types import JSON, Level, Priority, Status, Substatus

_PRIORITIES = {
    Level.DEBUG: Priority.LOW,
    Level.INFO: Priority.LOW,
    Level.WARNING: Priority.MEDIUM,
    Level.ERROR: Priority.HIGH,
    Level.FATAL: Priority.HIGH,
}
"""The priority an issue is born with."""


def title_columns(occurrence: Occurrence) -> JSON:
    """What its newest event makes of an issue."""
    return {
        "title": occurrence.title,
        "culprit": occurrence.culprit,
        "message": occurrence.message,
        "level": occurrence.level,
        "details": occurrence.details,
    }


def issue_row(occurrence: Occurrence, project_id: int, number: int) -> JSON:
    """A new issue whose first event is still to be counted."""
    priority, at = _PRIORITIES[occurrence.level], occurrence.happened_at
    return {
        "project_id": project_id,
        "number": number,
        "version": 1,
        "status": Status.UNRESOLVED,
        "substatus": Substatus.NEW,
        "priority": priority,
        "first_priority": priority,
        "platform": occurrence.platform,
        "only_source": occurrence.source,
        "times_seen": 0,
        "users_seen": 0,
        "first_seen_at": at,
        "last_seen_at": at,
        "active_at": at,
        **title_columns(occurrence),
    }


def event_row(occurrence: Occurrence, project_id: int, issue_id: int, received_at: datetime) -> JSON:
    """The event itself."""
    return {
        "project_id": project_id,
        "issue_id": issue_id,
        "event_id": occurrence.event_id,
        "happened_at": occurrence.happened_at,
        "received_at": received_at,
        "release": occurrence.release,
        "environment": occurrence.environment,
        "person": occurrence.person,
        "hash": occurrence.hashes[0],
        "payload": occurrence.payload,
    }
