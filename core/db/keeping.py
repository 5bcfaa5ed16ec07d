"""Which stored events and hours have been kept long enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, takewhile

from sqlalchemy import ColumnElement, and_, case, delete, func, literal, or_, select
from sqlalchemy.orm import Session

from core.db.columns import UtcDateTime
from core.db.models import Event, IssueHour, Snooze

_WITHOUT_SYNC = {"synchronize_session": False}
_MOST_RANKED = 100_000
"""Of so many events at a time it is asked which are the oldest."""


@dataclass(frozen=True)
class Bounds:
    """What an issue keeps: so many events, those since ``since``, and in any case the newest one.

    None goes that happened after ``settled``, or after ``windowed`` where the issue's archive has a window.
    """

    most: int
    since: datetime
    settled: datetime
    windowed: datetime


class Keeping:
    """Looks for what may go, and removes it; best in two transactions, so that on SQLite nobody waits while it looks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def excess(self, bounds: Bounds, limit: int) -> list[int]:
        """So many of the events that may go."""
        issues = self._crowded(bounds, limit)
        place = func.row_number().over(partition_by=Event.issue_id, order_by=(Event.happened_at.desc(), Event.id.desc())).label("place")
        ranked = select(Event.id, Event.happened_at, place, _settled(bounds).label("settled")).where(Event.issue_id.in_(issues)).subquery()
        is_beyond = or_(ranked.c.place > bounds.most, and_(ranked.c.place > 1, ranked.c.happened_at < bounds.since))
        query = select(ranked.c.id).where(is_beyond, ranked.c.happened_at <= ranked.c.settled).order_by(ranked.c.happened_at).limit(limit)
        return list(self._session.scalars(query)) if issues else []

    def remove_events(self, ids: Sequence[int]) -> int:
        """Removes events; says how many were still there."""
        gone = self._session.execute(delete(Event).where(Event.id.in_(ids)).returning(Event.id), execution_options=_WITHOUT_SYNC)
        return len(gone.all())

    def old_hours(self, before: datetime, limit: int) -> list[int]:
        """So many issues that have hours from before that moment."""
        return list(self._session.scalars(select(IssueHour.issue_id).where(IssueHour.hour_at < before).distinct().limit(limit)))

    def remove_hours(self, issue_ids: Sequence[int], before: datetime) -> None:
        """Removes the hours of these issues from before that moment."""
        old = delete(IssueHour).where(IssueHour.issue_id.in_(issue_ids), IssueHour.hour_at < before)
        self._session.execute(old, execution_options=_WITHOUT_SYNC)

    def _crowded(self, bounds: Bounds, limit: int) -> list[int]:
        """Issues whose oldest event may go. The look reads nothing but an index, however large the events are."""
        stored, oldest = func.count(), func.min(Event.happened_at)
        is_crowded = or_(stored > bounds.most, and_(stored > 1, oldest < bounds.since))
        query = select(Event.issue_id, stored.label("stored")).group_by(Event.issue_id).having(and_(is_crowded, oldest <= _settled(bounds)))
        rows = self._session.execute(query.limit(limit)).all()
        sums = accumulate(row.stored for row in rows)
        some = takewhile(lambda pair: pair[1] <= _MOST_RANKED, zip(rows, sums, strict=True))
        return [row.issue_id for row, _ in some] or [row.issue_id for row in rows[:1]]


def _settled(bounds: Bounds) -> ColumnElement[datetime]:
    windowed = select(Snooze.issue_id).where(or_(Snooze.events_window.is_not(None), Snooze.users_window.is_not(None)))
    return case((Event.issue_id.in_(windowed), literal(bounds.windowed, UtcDateTime())), else_=literal(bounds.settled, UtcDateTime()))
