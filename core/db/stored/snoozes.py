"""Read and write the condition of an ended snooze, as stored with activities and inbox entries. The keys have never changed."""

from __future__ import annotations

from datetime import datetime

from core.activity_data import EndedSnooze
from core.types import JSON


def as_json(ended: EndedSnooze) -> JSON:
    """Return the stored form of the condition."""
    return {
        "until": ended.until_at.isoformat() if ended.until_at else None,
        "count": ended.events,
        "window": ended.events_window,
        "user_count": ended.users,
        "user_window": ended.users_window,
    }


def ended_snooze(stored: JSON) -> EndedSnooze | None:
    """Return the stored condition; None if there is none."""
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
