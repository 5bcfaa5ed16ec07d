"""Record incoming events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db.columns import DuplicateRow
from core.db.database import Database
from core.errors import DatabaseAway
from core.events.batch import Batch
from core.events.watch_news import COUNT_REFRESH_INTERVAL, MILESTONES
from core.issues.activity import Cause, Journal
from core.occurrence import MAX_TAG_CHARS, Effect, Occurrence, Recorded
from core.types import Source

__all__ = ["COUNT_REFRESH_INTERVAL", "MAX_TAG_CHARS", "MILESTONES", "Effect", "Occurrence", "Occurrences", "Recorded"]

_MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class Occurrences:
    """Records events, and decides their effects in the transaction that counts them."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def record(self, project_id: int, occurrences: Sequence[Occurrence]) -> list[Recorded]:
        """Store and count the events of one project, each event id once; return the outcome of each.

        Records all of them or none, in one transaction, with the same result as one by one. The number of statements depends neither on the number
        of events nor of issues. Send about 500 at a time: the project stays locked meanwhile.
        """
        for _ in range(_MAX_ATTEMPTS):
            try:
                return self._attempt(project_id, occurrences)
            except DuplicateRow:
                # Another process created the same issue or took the same fingerprint at the same moment. Now we find it.
                continue
        raise DatabaseAway

    def _attempt(self, project_id: int, occurrences: Sequence[Occurrence]) -> list[Recorded]:
        now = self.clock()
        with self.database.write() as work:
            journal = Journal(work, Cause(now, Source.INGEST))
            recorded = Batch(work, work.events.lock_project(project_id), journal, now).take(occurrences)
        if any(event.effect != "duplicate" for event in recorded):
            self.on_change()
        return recorded
