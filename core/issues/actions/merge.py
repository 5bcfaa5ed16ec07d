"""Merge several issues into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.activity_data import MergedIntoData, MergedOthersData
from core.db.models import Issue
from core.errors import Invalid, SeveralProjects
from core.issues.actions.archive import forecast_rows
from core.issues.actions.base import Context
from core.issues.actions.outcomes import MergeOutcome
from core.issues.activity import Change
from core.types import OPEN_TO_TRIAGE, Facet, Status, Substatus

MAX_MERGED_ISSUES = 100
"""The most issues in one merge: one transaction moves all their side rows."""


@dataclass(frozen=True)
class Merge:
    """Make one issue the primary of all: the issue with the number ``into``, or the oldest. The names of the others then lead to the primary; their
    events follow in batches.
    """

    into: int | None = None
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Raise an error unless all issues are of one project and the primary is among them."""
        if self.into is not None and self.into not in context.issue_ids:
            raise Invalid("target", "That issue cannot take in others any more; choose another one.")
        if len({issue.project_id for issue in context.issues}) > 1:
            raise SeveralProjects(verb="Merging")
        if len(context.issues) > MAX_MERGED_ISSUES:
            raise Invalid("merge", f"{len(context.issues):,} issues cannot be merged at once; {MAX_MERGED_ISSUES} can.")

    def apply(self, context: Context) -> None:
        """Move to the primary what people added to the others; where both have something, the primary keeps its own."""
        if len(context.issues) < 2:
            context.outcomes.append(MergeOutcome())
            return
        primary, *others = sorted(context.issues, key=self._rank)
        context.work.merges.move_user_data(primary, others, context.now)
        seen, people = primary.times_seen, primary.users_seen
        _count(primary, others, context)
        # Moved events are not new events: an archive until N events still ends at the Nth new one.
        context.work.merges.shift_snooze(primary, primary.times_seen - seen, primary.users_seen - people)
        if primary.substatus == Substatus.UNTIL_ESCALATING:
            context.work.forecasts.put(forecast_rows(context.work, [primary], context.now))
        context.inbox.remove(others)
        merged_ids = tuple(issue.id for issue in others)
        context.record(primary, Change(MergedOthersData(merged_ids), Facet.LIFECYCLE, after={"merged": list(merged_ids)}))
        into = MergedIntoData(primary.id, context.work.issues.short_id(primary.id))
        for issue in others:
            before = context.snapshot(issue)
            issue.status, issue.substatus = Status.PENDING_MERGE, None
            context.record(issue, Change(into, Facet.LIFECYCLE, before, {"status": issue.status}))
        context.outcomes.append(MergeOutcome(primary.id, merged_ids))

    def _rank(self, issue: Issue) -> tuple[bool, datetime, int, int]:
        return issue.id != self.into, issue.first_seen_at, -issue.times_seen, issue.id


def _count(primary: Issue, others: Sequence[Issue], context: Context) -> None:
    primary.first_seen_at = min(issue.first_seen_at for issue in [primary, *others])
    primary.last_seen_at = max(issue.last_seen_at for issue in [primary, *others])
    primary.times_seen += sum(issue.times_seen for issue in others)
    if any(issue.only_source != primary.only_source for issue in others):
        primary.only_source = None
    primary.comments += sum(issue.comments for issue in others)
    primary.users_seen = context.work.merges.people(primary)
