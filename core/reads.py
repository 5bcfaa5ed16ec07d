"""What others may ask of issues. Every question names the organisation it is asked for; another's issue does not exist (P13)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db.database import Database
from core.errors import TooLate, UnknownIssue
from core.types import JSON, OPEN_TO_TRIAGE
from core.views import ActivityView, IssueView, Wanted


@dataclass(frozen=True)
class Reads:
    """Questions; nothing here changes anything."""

    database: Database
    clock: Callable[[], datetime]

    def issue(self, organisation_id: int, name: int | str) -> IssueView:
        """The issue of that number or short id, whatever its status. Raises UnknownIssue, or TooLate where it was purged."""
        with self.database.read() as work:
            row = work.issues.one(organisation_id, name)
            if row is None:
                raise TooLate(issue=name) if work.issues.is_purged(organisation_id, name) else UnknownIssue(name=name)
            return work.views.issues([row[0].id], self.clock())[0]

    def named(self, organisation_id: int, names: Sequence[int | str], project_id: int | None = None) -> list[int]:
        """The numbers of the issues of these names, of one project or of all, in order.

        What does not exist or is on its way out is left out.
        """
        with self.database.read() as work:
            rows = [row for row, _ in work.issues.named(organisation_id, names)]
        return sorted(row.id for row in rows if row.status in OPEN_TO_TRIAGE and project_id in (None, row.project_id))

    def issues(self, ids: Sequence[int]) -> list[IssueView]:
        """These issues; the numbers come from a question that named the organisation."""
        with self.database.read() as work:
            return work.views.issues(ids, self.clock())

    def newest_event(self, issue_id: int) -> JSON:
        """What the newest event of an issue said; empty where none is kept any more. The number comes from a question about one's own."""
        with self.database.read() as work:
            events = work.events.newest(issue_id, 1)
        return events[0].payload if events else {}

    def page(self, organisation_id: int, wanted: Wanted, limit: int, offset: int = 0) -> list[IssueView]:
        """Issues of an organisation, seen last first; those on their way out are not among them."""
        with self.database.read() as work:
            ids = work.views.page(organisation_id, wanted, limit, offset)
            return work.views.issues(ids, self.clock())

    def activities(self, organisation_id: int, name: int | str, limit: int = 100) -> list[ActivityView]:
        """What happened to an issue, newest first. Raises UnknownIssue."""
        with self.database.read() as work:
            row = work.issues.one(organisation_id, name)
            if row is None:
                raise UnknownIssue(name=name)
            return work.views.activities(row[0].id, limit)
