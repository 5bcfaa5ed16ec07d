"""What a channel's summary of a day says: counts, and issues that wait for somebody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from core.db.models import Activity, Assignee, Issue, Watch
from core.types import ActivityType, Status

DAY = timedelta(days=1)
STALE_AFTER = timedelta(days=7)
"""How long an open issue is left alone, by events and by people, before a digest names it."""
ROWS = 10
"""Issues that a digest names."""

_RESOLVED = (
    ActivityType.SET_RESOLVED,
    ActivityType.SET_RESOLVED_IN_RELEASE,
    ActivityType.SET_RESOLVED_IN_COMMIT,
    ActivityType.SET_RESOLVED_BY_AGE,
)


@dataclass(frozen=True)
class Counts:
    """How many issues were new, came back and were resolved."""

    new: int
    regressed: int
    resolved: int


class Digests:
    """Looks at the projects that a channel watches."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def projects(self, channel_id: int) -> list[int]:
        """What the channel watches."""
        return list(self._session.scalars(select(Watch.project_id).where(Watch.channel_id == channel_id)))

    def counts(self, project_ids: Collection[int], until: datetime) -> Counts:
        """What happened there in the day before."""
        query = select(Activity.type, func.count(Activity.issue_id.distinct())).join(Issue, Issue.id == Activity.issue_id)
        query = query.where(Issue.project_id.in_(project_ids), Activity.happened_at > until - DAY, Activity.happened_at <= until)
        kinds = (ActivityType.FIRST_SEEN, ActivityType.SET_REGRESSION, *_RESOLVED)
        counts = {row[0]: row[1] for row in self._session.execute(query.where(Activity.type.in_(kinds)).group_by(Activity.type))}
        resolved = sum(counts.get(kind, 0) for kind in _RESOLVED)
        return Counts(counts.get(ActivityType.FIRST_SEEN, 0), counts.get(ActivityType.SET_REGRESSION, 0), resolved)

    def waiting(self, project_ids: Collection[int], now: datetime) -> list[int]:
        """The open issues that nobody looks after or that nobody and nothing has touched for long, those with most events first."""
        is_unassigned = ~exists().where(Assignee.issue_id == Issue.id)
        query = select(Issue.id).where(Issue.project_id.in_(project_ids), Issue.status == Status.UNRESOLVED)
        query = query.where(or_(is_unassigned, _is_stale(now - STALE_AFTER))).order_by(Issue.times_seen.desc(), Issue.id)
        return list(self._session.scalars(query.limit(ROWS)))


def _is_stale(since: datetime) -> ColumnElement[bool]:
    return (Issue.last_seen_at < since) & ~exists().where(Activity.issue_id == Issue.id, Activity.happened_at >= since)
