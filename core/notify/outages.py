"""Outages and the backlog: which chat does not answer, how much waits to be sent, since when, and whether somebody knows why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db.database import Database
from core.db.health import Behind
from core.db.outbox import Claim

__all__ = ["Backlog", "Behind", "State"]

PROBE_INTERVAL = timedelta(seconds=5)
"""How often something is tried. A try may hang for as long as a call may take (12 seconds), and what waits shall flow within 15 seconds."""
MAX_REASON_CHARS = 300


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
        row = {"platform": platform, "is_account": is_account, "reason": reason[:MAX_REASON_CHARS], "since_at": now, "probe_at": now + PROBE_INTERVAL}
        with self.database.write() as work:
            work.outages.begin(row)

    def end(self, platform: str) -> bool:
        """The chat answers: all that waits for it is due. False where it was not away."""
        with self.database.write() as work:
            was_away = work.outages.end(platform, self.clock())
        self.on_change()
        return was_away

    def current(self) -> list[OutageView]:
        """The chats that are away now."""
        with self.database.read() as work:
            return [OutageView(row.platform, row.is_account, row.reason, row.since_at) for row in work.outages.all_outages()]


def key_of_outage(platform: str) -> str:
    """The name of the alarm that tells admins of a chat that gives no answer."""
    return f"{platform} is away"


@dataclass(frozen=True)
class State:
    """``behind`` has the channels with something to send, the oldest first; ``parked`` counts what was put aside, by platform."""

    behind: tuple[Behind, ...]
    parked: Mapping[str, int]


@dataclass(frozen=True)
class Backlog:
    """Looks at the ledger from outside; nothing is changed."""

    database: Database
    clock: Callable[[], datetime]

    def state(self) -> State:
        """How it stands now, in two statements."""
        with self.database.read() as work:
            return State(tuple(work.backlog.behind(self.clock())), work.backlog.parked())

    def waiting(self, claim: Claim) -> int:
        """How much is to be sent to a channel, due or not."""
        with self.database.read() as work:
            return work.backlog.waiting(claim.channel_id)
