"""Events come in: new issues, old ones seen again, regressions, snoozes that are over."""

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
    """Takes events in; what they do to issues is decided in the same transaction that counts them."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def record(self, project_id: int, occurrences: Sequence[Occurrence]) -> list[Recorded]:
        """Stores and counts the events of one project, each id once, and says what came of each.

        All of them or none, in one transaction, as if they had come one after another; the number of statements depends neither on how many
        they are nor on how many issues. Some 500 at a time are a good measure: the project is locked for as long as it takes.
        """
        for _ in range(_MAX_ATTEMPTS):
            try:
                return self._attempt(project_id, occurrences)
            except DuplicateRow:
                # Another process made the same issue or took the same fingerprint at the same moment; now we shall find it.
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
