"""Outages and the backlog: which platform does not answer, how much waits to be sent, since when, and whether the reason is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db.database import Database
from core.db.health import Behind
from core.db.outbox import Claim

__all__ = ["Backlog", "Behind", "State"]

PROBE_INTERVAL = timedelta(seconds=5)
"""Time between two probes. A call may hang until its timeout (12 seconds), and the backlog must flow within 15 seconds."""
MAX_REASON_CHARS = 300


@dataclass(frozen=True)
class OutageView:
    """A platform that is down, since when, and the newest reason in its own words. ``is_account`` is true if it rejects our credentials."""

    platform: str
    is_account: bool
    reason: str
    since_at: datetime


@dataclass(frozen=True)
class Outages:
    """The outages that all processes share."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def begin(self, platform: str, reason: str, *, is_account: bool) -> None:
        """Record an outage: the affected channels wait until a probe works. ``is_account`` is true if the platform rejects our credentials."""
        now = self.clock()
        row = {"platform": platform, "is_account": is_account, "reason": reason[:MAX_REASON_CHARS], "since_at": now, "probe_at": now + PROBE_INTERVAL}
        with self.database.write() as work:
            work.outages.begin(row)

    def end(self, platform: str) -> bool:
        """End an outage: everything that waited is due now. Return False if there was no outage."""
        with self.database.write() as work:
            was_away = work.outages.end(platform, self.clock())
        self.on_change()
        return was_away

    def current(self) -> list[OutageView]:
        """Return the current outages."""
        with self.database.read() as work:
            return [OutageView(row.platform, row.is_account, row.reason, row.since_at) for row in work.outages.all_outages()]


def key_of_outage(platform: str) -> str:
    """Return the key of the admin alert for a platform that does not answer."""
    return f"{platform} is away"


@dataclass(frozen=True)
class State:
    """The backlog. ``behind`` has the channels with something to send, the oldest first; ``parked`` counts the parked items by platform."""

    behind: tuple[Behind, ...]
    parked: Mapping[str, int]


@dataclass(frozen=True)
class Backlog:
    """Reads the outbox without changing it."""

    database: Database
    clock: Callable[[], datetime]

    def state(self) -> State:
        """Return the current backlog, with two statements."""
        with self.database.read() as work:
            return State(tuple(work.backlog.behind(self.clock())), work.backlog.parked())

    def waiting(self, claim: Claim) -> int:
        """Return how many items wait for a channel, due or not."""
        with self.database.read() as work:
            return work.backlog.waiting(claim.channel_id)
