"""The backlog: how much of what was promised to the chats is not there yet, since when, and whether somebody knows why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.db import backlog
from core.db.backlog import Behind
from core.db.database import Database
from core.errands import Claim, Errand

__all__ = ["Backlog", "Behind", "State"]


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
            return State(tuple(backlog.behind(work.session, self.clock())), backlog.parked(work.session))

    def waiting(self, claim: Claim) -> int:
        """How much is to be sent to a channel, due or not."""
        with self.database.read() as work:
            return backlog.waiting(work.session, claim.channel_id)

    def since(self, errand: Errand) -> datetime | None:
        """When what an errand tells of happened; None where it is gone, or tells of nothing in particular."""
        with self.database.read() as work:
            return backlog.since(work.session, errand)
