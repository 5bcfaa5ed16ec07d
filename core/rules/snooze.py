"""Decide when an archive ends: at a time, after further events or after further users, whichever comes first (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.errors import Invalid

Ending = Literal["time", "events", "users"]

MAX_COUNT = 10**9
"""Largest number of events or users that a snooze can wait for."""
MAX_WINDOW_MINUTES = 10_080
"""One week, as in Sentry."""


@dataclass(frozen=True)
class Condition:
    """What a snooze waits for. At least one of time, events and users is set.

    ``events`` and ``users`` count from the moment of the archive. With a window (in minutes) they must occur within any period of that length.
    """

    until_at: datetime | None = None
    events: int | None = None
    events_window: int | None = None
    users: int | None = None
    users_window: int | None = None

    def check(self, now: datetime) -> None:
        """Raise Invalid, naming the field, if the condition makes no sense."""
        if self.until_at is not None and self.until_at <= now:
            raise Invalid("until", f"{self.until_at:%Y-%m-%d %H:%M} UTC is not in the future.")
        for field, count, window in (("events", self.events, self.events_window), ("users", self.users, self.users_window)):
            if count is not None and not 1 <= count <= MAX_COUNT:
                raise Invalid(field, f"{count} {field} cannot be waited for; give a whole number from 1 to {MAX_COUNT:,}.")
            if window is not None and count is None:
                raise Invalid(f"{field}_window", f"A window needs the number of {field} that it is about.")
            if window is not None and not 1 <= window <= MAX_WINDOW_MINUTES:
                raise Invalid(f"{field}_window", f"A window has from 1 to {MAX_WINDOW_MINUTES:,} minutes, which is a week.")


@dataclass(frozen=True)
class Progress:
    """How many events and users an issue has had since its snooze began; within the window if the condition has one."""

    now: datetime
    events: int
    users: int


def ending(condition: Condition, progress: Progress) -> Ending | None:
    """Return which part of the condition is met, or None. A count is met exactly by the Nth further event or user."""
    if condition.events is not None and progress.events >= condition.events:
        return "events"
    if condition.users is not None and progress.users >= condition.users:
        return "users"
    if condition.until_at is not None and condition.until_at <= progress.now:
        return "time"
    return None
