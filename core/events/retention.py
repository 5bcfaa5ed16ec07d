"""Remove old events and old hourly counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db.database import Database
from core.db.events import RetentionBounds
from core.rules.snooze import MAX_WINDOW_MINUTES

HOURLY_RETENTION = timedelta(days=30)
"""How long hourly counts are kept. A forecast needs the last week. Daily counts stay."""
RESEND_WINDOW = timedelta(minutes=10)
"""How long a sender that got no answer may resend an event."""


@dataclass(frozen=True)
class Retention:
    """Removes events beyond a number per issue, and events older than a number of days.

    Counts, days, users and tags stay, and so does the newest event of each issue. If an archive has a window, the last week of events stays too,
    because a week is the longest window.

    A stored row identifies an event: an event that is resent after its removal counts twice. So no event is removed in the ten minutes after it
    happened, whatever the settings say. A later resend counts twice if the issue has had ``events_per_issue`` newer events, or after
    ``event_days``.
    """

    database: Database
    clock: Callable[[], datetime]
    events_per_issue: int
    event_days: int

    def forget_events(self, limit: int = 1000) -> int:
        """Remove at most ``limit`` stored events; return how many were removed."""
        now = self.clock()
        since, windowed = now - timedelta(days=self.event_days), now - timedelta(minutes=MAX_WINDOW_MINUTES)
        with self.database.read() as work:
            ids = work.retention.excess(RetentionBounds(self.events_per_issue, since, now - RESEND_WINDOW, windowed), limit)
        if not ids:
            return 0
        with self.database.write() as work:
            return work.retention.remove_events(ids)

    def forget_hours(self, limit: int = 200) -> int:
        """Remove the old hourly counts of at most ``limit`` issues; return the number of issues."""
        before = self.clock() - HOURLY_RETENTION
        with self.database.read() as work:
            issues = work.retention.old_hours(before, limit)
        if issues:
            with self.database.write() as work:
                work.retention.remove_hours(issues, before)
        return len(issues)
