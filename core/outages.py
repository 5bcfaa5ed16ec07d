"""Outages: a chat that does not answer is tried with one thing at a time, and when it answers all that waits for it flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db import outages
from core.db.database import Database

PROBE_EVERY = timedelta(seconds=5)
"""How often something is tried. A try may hang for as long as a call may take (12 seconds), and what waits shall flow within 15 seconds."""
LONGEST_REASON = 300


@dataclass(frozen=True)
class OutageView:
    """A chat that is away, since when, and the newest reason in its own words. ``is_account`` says that it does not take our credentials."""

    platform: str
    is_account: bool
    reason: str
    since_at: datetime


@dataclass(frozen=True)
class Outages:
    """What all processes know of chats that are away."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def begin(self, platform: str, reason: str, *, is_account: bool) -> None:
        """The chat is away: the channels that have met it wait until one of the tries works. ``is_account`` says that it does not take our
        credentials.
        """
        now = self.clock()
        row = {"platform": platform, "is_account": is_account, "reason": reason[:LONGEST_REASON], "since_at": now, "probe_at": now + PROBE_EVERY}
        with self.database.write() as work:
            outages.begin(work.session, row)

    def end(self, platform: str) -> bool:
        """The chat answers: all that waits for it is due. False where it was not away."""
        with self.database.write() as work:
            was_away = outages.end(work.session, platform, self.clock())
        self.on_change()
        return was_away

    def current(self) -> list[OutageView]:
        """The chats that are away now."""
        with self.database.read() as work:
            return [OutageView(row.platform, row.is_account, row.reason, row.since_at) for row in outages.all_outages(work.session)]


def key_of_outage(platform: str) -> str:
    """The name of the alarm that tells admins of a chat that gives no answer."""
    return f"{platform} is away"
