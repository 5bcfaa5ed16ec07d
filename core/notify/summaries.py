"""Summaries: one message for the many new issues of a storm, and a digest of a channel's last day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.db.database import Database
from core.db.messages import NewNote
from core.db.summaries import MINUTE
from core.note_data import DigestData

REDRAW_INTERVAL = timedelta(seconds=2)
"""Time between two redraws of a summary."""


@dataclass(frozen=True)
class Storms:
    """Ends storms. They begin with the events that cause them."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def calm_down(self, limit: int = 100) -> int:
        """End the storms of channels that had few new issues in the last minute; each summary is drawn once more, with the totals."""
        now = self.clock()
        with self.database.read() as work:
            if not work.storms.active_since(now - MINUTE, limit):
                return 0
        with self.database.write() as work:
            ended = work.storms.calm_down(now, limit)
        if ended:
            self.on_change()
        return ended


@dataclass(frozen=True)
class Digests:
    """Schedules digests when they are due; their content is read when they are sent."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def schedule(self, limit: int = 100) -> int:
        """Schedule the digests that are due; return how many. A channel that still waits for its last digest gets no second one."""
        now = self.clock()
        with self.database.read() as work:
            # Reading takes no lock; SQLite has only one lock.
            if not work.channels.has_digest_due(now):
                return 0
        with self.database.write() as work:
            channels = work.channels.with_digest_due(now, limit)
            waiting = work.thread_notes.has_digest([channel.id for channel in channels]) if channels else set()
            work.thread_notes.schedule([NewNote(DigestData(), channel.id) for channel in channels if channel.id not in waiting], now)
            for channel in channels:
                channel.digest_due_at = due_after(now, channel.digest, channel.digest_zone)
        if channels:
            self.on_change()
        return len(channels)


def due_after(now: datetime, clock: str | None, zone: str | None) -> datetime | None:
    """Return the next time at that time of day in that zone; None without a time of day.

    A time that the clocks skip comes an hour later that day; of a time that occurs twice, the first counts.
    """
    if clock is None:
        return None
    local = now.astimezone(ZoneInfo(zone or "UTC"))
    days = (datetime.combine(local.date() + timedelta(days=ahead), time.fromisoformat(clock), tzinfo=local.tzinfo) for ahead in (0, 1, 2))
    return next(due for day in days if (due := day.astimezone(UTC)) > now)
