"""Rows that stand beside issues, at most one each: snoozes, inbox entries, assignees, deletions, resolutions, shares, forecasts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.db.models import Assignee, Deletion, ForecastRow, InboxEntry, Issue, Resolution, Share, Snooze

Row = TypeVar("Row", Snooze, InboxEntry, Assignee, Deletion, Resolution, Share, ForecastRow)


class Beside(Generic[Row]):
    """The rows of one such table, for many issues at once."""

    def __init__(self, session: Session, model: type[Row]) -> None:
        self._session = session
        self._model: type[Row] = model

    def of(self, issues: Iterable[Issue]) -> dict[int, Row]:
        """The rows of these issues by issue id; issues without one are absent."""
        ids = [issue.id for issue in issues]
        rows = self._session.scalars(select(self._model).where(self._model.issue_id.in_(ids)))
        return {row.issue_id: row for row in rows}

    def put(self, rows: Sequence[Row]) -> None:
        """Adds rows, in place of those the issues have."""
        if not rows:
            return
        self.remove(row.issue_id for row in rows)
        columns = [column.key for column in self._model.__mapper__.column_attrs]
        self._session.execute(insert(self._model), [{name: getattr(row, name) for name in columns} for row in rows])

    def remove(self, issue_ids: Iterable[int]) -> None:
        """Removes the rows of these issues, if they have any."""
        ids = list(issue_ids)
        if ids:
            self._session.execute(delete(self._model).where(self._model.issue_id.in_(ids)), execution_options={"synchronize_session": False})
