"""Tags of issues: what their events carried, and how often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db.dialect import upsert
from core.db.models import IssueTag


class Tags:
    """The tags of all issues."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def count(self, issue_id: int, tags: Iterable[tuple[str, str]], at: datetime) -> None:
        """One more event of the issue carried these tags."""
        rows = [{"issue_id": issue_id, "key": key, "value": value, "times_seen": 1, "last_seen_at": at} for key, value in dict(tags).items()]
        upsert(self._session, IssueTag, rows, {"times_seen": IssueTag.times_seen + 1, "last_seen_at": at})

    def of(self, issue_id: int, limit: int) -> Sequence[IssueTag]:
        """An issue's tags, the most frequent first."""
        query = select(IssueTag).where(IssueTag.issue_id == issue_id).order_by(IssueTag.times_seen.desc(), IssueTag.key, IssueTag.value)
        return self._session.scalars(query.limit(limit)).all()
