"""Build the rows of an event and of a new issue (pure)."""

from __future__ import annotations

from datetime import datetime

from core.events.routing import Route
from core.occurrence import Occurrence
from core.types import JSON, Level, Priority, Status, Substatus

_PRIORITIES = {
    Level.DEBUG: Priority.LOW,
    Level.INFO: Priority.LOW,
    Level.WARNING: Priority.MEDIUM,
    Level.ERROR: Priority.HIGH,
    Level.FATAL: Priority.HIGH,
}
"""The first priority of an issue, by level."""


def title_columns(occurrence: Occurrence) -> JSON:
    """Return the columns that an issue takes over from its newest event."""
    return {
        "title": occurrence.title,
        "culprit": occurrence.culprit,
        "message": occurrence.message,
        "level": occurrence.level,
        "details": occurrence.details,
    }


def issue_row(occurrence: Occurrence, project_id: int, number: int) -> JSON:
    """Return the row of a new issue. Its first event is counted later."""
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
        "only_source": occurrence.door,
        "times_seen": 0,
        "users_seen": 0,
        "first_seen_at": at,
        "last_seen_at": at,
        "active_at": at,
        **title_columns(occurrence),
    }


def event_row(route: Route, project_id: int, issue_id: int, received_at: datetime) -> JSON:
    """Return the row of the event. It keeps the fingerprint that led it to its issue, so it follows that one when it is unmerged."""
    occurrence = route.occurrence
    return {
        "project_id": project_id,
        "issue_id": issue_id,
        "event_id": occurrence.event_id,
        "happened_at": occurrence.happened_at,
        "received_at": received_at,
        "release": occurrence.release,
        "environment": occurrence.environment,
        "person": occurrence.person,
        "hash": route.hash,
        "payload": occurrence.payload,
    }
