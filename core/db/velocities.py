"""How fast the issues of projects come, and the threshold that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from core.db.models import Issue, IssueHour, Project

_WEEK = timedelta(days=7)
_LOOKS_BACK = timedelta(days=90)
_YOUNGEST = timedelta(hours=1)
_MOST_ISSUES = 10_000


class Velocities:
    """Reads the rates of a whole project in one statement (engine.md §15.5)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stale(self, before: datetime, limit: int) -> list[int]:
        """The projects whose threshold was computed before that moment or never."""
        query = select(Project.id).where(or_(Project.velocity_at.is_(None), Project.velocity_at <= before))
        return list(self._session.scalars(query.order_by(Project.velocity_at.is_not(None), Project.velocity_at, Project.id).limit(limit)))

    def counts(self, project_id: int, now: datetime) -> list[tuple[datetime, int]]:
        """When each issue of the project was first seen, with its events of the last week: of the newest 10,000 that had more than one."""
        events = func.sum(IssueHour.events)
        query = (
            select(Issue.first_seen_at, events.label("events"))
            .join(IssueHour, IssueHour.issue_id == Issue.id)
            .where(Issue.project_id == project_id, Issue.first_seen_at > now - _LOOKS_BACK, Issue.first_seen_at < now - _YOUNGEST)
            .where(IssueHour.hour_at >= now - _WEEK)
            .group_by(Issue.id, Issue.first_seen_at)
            .having(events > 1)
            .order_by(Issue.id.desc())
            .limit(_MOST_ISSUES)
        )
        # PostgreSQL adds big numbers up to a decimal one.
        return [(row.first_seen_at, int(row.events)) for row in self._session.execute(query)]

    def put(self, thresholds: Mapping[int, float], now: datetime) -> None:
        """Notes the thresholds of projects."""
        rows = [{"id": id_, "velocity": threshold, "velocity_at": now} for id_, threshold in sorted(thresholds.items())]
        self._session.execute(update(Project), rows)
