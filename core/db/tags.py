"""Tags of issues: what their events carried, and how often."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db.models import IssueTag


class Tags:
    """The tags of all issues."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, issue_id: int, limit: int) -> Sequence[IssueTag]:
        """An issue's tags, the most frequent first."""
        query = select(IssueTag).where(IssueTag.issue_id == issue_id).order_by(IssueTag.times_seen.desc(), IssueTag.key, IssueTag.value)
        return self._session.scalars(query.limit(limit)).all()
