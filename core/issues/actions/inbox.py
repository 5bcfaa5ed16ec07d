"""Change the inbox: the issues that wait for review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.activity_data import OngoingData, PlainData
from core.db.models import InboxEntry
from core.issues.actions.base import Context
from core.issues.actions.outcomes import InboxChange, InboxOutcome
from core.issues.activity import Change
from core.types import OPEN_TO_TRIAGE, ActivityType, Facet, InboxReason, Status, Substatus


@dataclass(frozen=True)
class MarkReviewed:
    """Remove issues from the inbox; open issues become ongoing."""

    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Remove the inbox entries; new, regressed and escalating issues become ongoing."""
        before = {issue.id: context.snapshot(issue) for issue in context.issues}
        waiting = [issue for issue in context.issues if context.inbox.get(issue)]
        context.inbox.remove(waiting)
        for issue in waiting:
            context.record(issue, Change(PlainData(ActivityType.MARK_REVIEWED), Facet.INBOX, before[issue.id], context.snapshot(issue)))
        for issue in context.issues:
            if issue.status == Status.UNRESOLVED and issue.substatus != Substatus.ONGOING:
                issue.substatus = Substatus.ONGOING
                after = context.snapshot(issue)
                context.record(issue, Change(OngoingData(), Facet.INBOX, before[issue.id], after))
        context.outcomes.append(InboxOutcome(InboxChange.REVIEWED))


@dataclass(frozen=True)
class MoveToInbox:
    """Put issues back into the inbox."""

    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Add the missing entries; an existing entry keeps its reason and date."""
        absent = [issue for issue in context.issues if context.inbox.get(issue) is None]
        before = {issue.id: context.snapshot(issue) for issue in absent}
        entries = [InboxEntry(issue_id=issue.id, reason=InboxReason.MANUAL, details={}, added_at=context.now) for issue in absent]
        context.inbox.put(entries)
        for issue in absent:
            context.record(issue, Change(PlainData(ActivityType.MOVE_TO_INBOX), Facet.INBOX, before[issue.id], context.snapshot(issue)))
        context.outcomes.append(InboxOutcome(InboxChange.ADDED))
