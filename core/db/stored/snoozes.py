"""The condition of a snooze that ended, as activities and inbox entries hold it. The keys have been the same since the first version."""

from __future__ import annotations

from datetime import datetime

from core.activity_data import EndedSnooze
from core.types import JSON


def as_json(ended: EndedSnooze) -> JSON:
    """The form that is stored."""
    return {
        "until": ended.until_at.isoformat() if ended.until_at else None,
        "count": ended.events,
        "window": ended.events_window,
        "user_count": ended.users,
        "user_window": ended.users_window,
    }


def ended_snooze(stored: JSON) -> EndedSnooze | None:
    """The condition that is stored; None where none is."""
    if not stored:
        return None
    until = stored.get("until")
    return EndedSnooze(
        until_at=datetime.fromisoformat(until) if until else None,
        events=stored.get("count"),
        events_window=stored.get("window"),
        users=stored.get("user_count"),
        users_window=stored.get("user_window"),
    )
