"""How long events are kept, and the hours that they are counted in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db.database import Database
from core.db.events import RetentionBounds
from core.rules.snooze import MAX_WINDOW_MINUTES

HOURLY_RETENTION = timedelta(days=30)
"""How long the hourly counts are kept; a forecast wants the last week of them. The daily ones stay."""
RESEND_WINDOW = timedelta(minutes=10)
"""Senders that got no answer send an event again within that time."""


@dataclass(frozen=True)
class Retention:
    """Forgets events beyond so many of an issue, and those that happened so many days ago.

    Counts, days, users and tags stay, and so does the newest event of each issue, to show what it is about. Where an archive has a window, a
    week of events stays with the issue, for that is the longest window there is.

    An event is known by its stored row, so one that has been forgotten and is sent once more counts once more. None is forgotten in the ten
    minutes after it happened, whatever else the settings say: those who repeat because they got no answer are counted once. Who sends
    again later counts twice where the issue has had ``events_per_issue`` newer events, or after ``event_days``.
    """

    database: Database
    clock: Callable[[], datetime]
    events_per_issue: int
    event_days: int

    def forget_events(self, limit: int = 1000) -> int:
        """Removes so many stored events at most; says how many."""
        now = self.clock()
        since, windowed = now - timedelta(days=self.event_days), now - timedelta(minutes=MAX_WINDOW_MINUTES)
        with self.database.read() as work:
            ids = work.retention.excess(RetentionBounds(self.events_per_issue, since, now - RESEND_WINDOW, windowed), limit)
        if not ids:
            return 0
        with self.database.write() as work:
            return work.retention.remove_events(ids)

    def forget_hours(self, limit: int = 200) -> int:
        """Removes old hours of so many issues; says of how many."""
        before = self.clock() - HOURLY_RETENTION
        with self.database.read() as work:
            issues = work.retention.old_hours(before, limit)
        if issues:
            with self.database.write() as work:
                work.retention.remove_hours(issues, before)
        return len(issues)
