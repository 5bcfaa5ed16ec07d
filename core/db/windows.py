"""What decides about issues that were put aside: how much of them lies within a window, and which fixes are out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import Session

from core.db.columns import UtcDateTime
from core.db.models import Event, ReleaseCommit


class Windows:
    """Counts for many issues at once; ``since`` is the beginning of each issue's window."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def events(self, since: Mapping[int, datetime]) -> dict[int, int]:
        """How many events of each issue happened after that moment."""
        return self._count(since, func.count())

    def people(self, since: Mapping[int, datetime]) -> dict[int, int]:
        """How many different people each issue hit after that moment."""
        return self._count(since, func.count(Event.person.distinct()))

    def met(self, since: Mapping[int, datetime], people: Collection[str]) -> set[tuple[int, str]]:
        """Which of these people are among them."""
        if not since or not people:
            return set()
        query = select(Event.issue_id, Event.person).where(_within(since), Event.person.in_(people)).distinct()
        return {(row.issue_id, row.person) for row in self._session.execute(query) if row.person}

    def released(self, commit_ids: Collection[int]) -> set[int]:
        """Those of the commits that some release holds."""
        if not commit_ids:
            return set()
        return set(self._session.scalars(select(ReleaseCommit.commit_id).where(ReleaseCommit.commit_id.in_(commit_ids)).distinct()))

    def _count(self, since: Mapping[int, datetime], amount: ColumnElement[int]) -> dict[int, int]:
        if not since:
            return {}
        query = select(Event.issue_id, amount.label("amount")).where(_within(since)).group_by(Event.issue_id)
        return {row.issue_id: row.amount for row in self._session.execute(query)}


def _within(since: Mapping[int, datetime]) -> ColumnElement[bool]:
    # The earliest beginning is what the index can use; a chain of OR would be too deep for SQLite.
    begins = case({id_: literal(at, UtcDateTime()) for id_, at in since.items()}, value=Event.issue_id)
    return and_(Event.issue_id.in_(since), Event.happened_at > min(since.values()), Event.happened_at > begins)
