"""End and resume: what was reported is over, or goes on after all, says whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.actions.base import Context
from core.activity import Change
from core.db.fingerprints import Fingerprints
from core.db.models import InboxEntry, Issue
from core.types import ActivityType, Facet, InboxReason, Source, Status, Substatus


@dataclass(frozen=True)
class End:
    """Each issue was over at a moment of its own; ``ended_at`` has them by the issue's number. ``only_source`` limits it to issues all of whose
    events came that way.

    Only open issues are resolved: what people have archived stays where it is. The issue counts as resolved since it was over, not since
    we heard of it. So what happened after the end and is reported before it brings the issue back all the same, and both times
    come from the same clock, however wrong that goes.
    """

    ended_at: Mapping[int, datetime]
    only_source: Source | None = None
    statuses: ClassVar[Sequence[Status]] = (Status.UNRESOLVED,)

    def check(self, context: Context) -> None:
        """Nothing speaks against it."""

    def apply(self, context: Context) -> None:
        """Resolves those that nothing newer is known of, and takes them out of the inbox."""
        over = [issue for issue in context.issues if self._is_news(issue)]
        before = {issue.id: context.standing(issue) for issue in over}
        context.inbox.remove(over)
        for issue in over:
            issue.status, issue.substatus, issue.resolved_at = Status.RESOLVED, None, self.ended_at[issue.id]
            context.record(issue, Change(ActivityType.SET_RESOLVED, Facet.STATUS, {}, before[issue.id], context.standing(issue)))
        context.delta.update(status="resolved", statusDetails={})

    def _is_news(self, issue: Issue) -> bool:
        """Whether it has not been reported again since, nor been resolved since and opened again, nor been fed by others meanwhile."""
        if self.only_source is not None and issue.only_source != self.only_source:
            return False
        ended_at = self.ended_at[issue.id]
        return issue.last_seen_at <= ended_at and (issue.resolved_at is None or issue.resolved_at < ended_at)


@dataclass(frozen=True)
class Resume:
    """What was said to be over goes on: the very firing that had ended is reported again. ``event_ids`` has its event by the issue's number.

    Whoever watches had only lost sight of it for a while. An issue that a person has resolved stays resolved: they knew of this firing.
    """

    event_ids: Mapping[int, str]
    statuses: ClassVar[Sequence[Status]] = (Status.RESOLVED,)

    def check(self, context: Context) -> None:
        """Nothing speaks against it."""

    def apply(self, context: Context) -> None:
        """Opens those that were closed by the same source, and puts them into the inbox."""
        ended = Fingerprints(context.work.session).last_moved_by(context.issue_ids, context.request.source)
        going_on = [issue for issue in context.issues if issue.id in ended]
        before = {issue.id: context.standing(issue) for issue in going_on}
        context.inbox.put([InboxEntry(issue_id=issue.id, reason=InboxReason.REGRESSION, details={}, added_at=context.now) for issue in going_on])
        for issue in going_on:
            issue.status, issue.substatus, issue.resolved_at, issue.active_at = Status.UNRESOLVED, Substatus.REGRESSED, None, context.now
            data = {"event_id": self.event_ids[issue.id]}
            context.record(issue, Change(ActivityType.SET_REGRESSION, Facet.STATUS, data, before[issue.id], context.standing(issue)))
        context.delta.update(status="unresolved", statusDetails={})
