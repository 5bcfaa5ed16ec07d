"""Moves what belongs to merged issues to their primary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Table, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from core.db.columns import Base
from core.db.dialect import upsert
from core.db.models import (
    Activity,
    Assignee,
    Bookmark,
    CommitLink,
    Event,
    Hash,
    Issue,
    IssueDay,
    IssueHour,
    IssueRelease,
    IssueTag,
    IssueUser,
    Redirect,
    Seen,
    Share,
    Snooze,
    Subscription,
)
from core.types import ActivityType

_KEPT = (Subscription, Bookmark, Seen, CommitLink, IssueUser, IssueRelease, Share, Assignee)
"""Rows of the merged issues that the primary takes over unless it has its own of the same key."""


class Merging:
    """The rows of a merge: what people put there at once, events in batches later."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def move_what_people_put(self, primary: Issue, others: Sequence[Issue], now: datetime) -> None:
        """Hashes, redirects, and every row that a person made or that later events are compared with."""
        self._session.flush()
        ids = [issue.id for issue in others]
        for model in _KEPT:
            self._take_over(model, primary.id, ids)
        self._add_up(IssueHour, IssueHour.events.key, primary.id, ids)
        self._add_up(IssueDay, IssueDay.events.key, primary.id, ids)
        self._add_up(IssueTag, IssueTag.times_seen.key, primary.id, ids)
        # Comments are what people said of the trouble, so they come along; the rest of the history stays with what it happened to.
        self._run(update(Activity).where(Activity.issue_id.in_(ids), Activity.type == ActivityType.NOTE).values(issue_id=primary.id))
        self._run(update(Hash).where(Hash.issue_id.in_(ids)).values(issue_id=primary.id))
        self._run(update(Redirect).where(Redirect.issue_id.in_(ids)).values(issue_id=primary.id))
        rows = [{"previous_id": one.id, "project_id": one.project_id, "number": one.number, "issue_id": primary.id} for one in others]
        self._session.execute(insert(Redirect), rows)

    def shift_snooze(self, issue: Issue, events: int, people: int) -> None:
        """What an archive of this issue waits for is counted from here on."""
        mine = update(Snooze).where(Snooze.issue_id == issue.id)
        self._run(mine.values(events_before=Snooze.events_before + events, users_before=Snooze.users_before + people))

    def people(self, issue: Issue) -> int:
        """How many different people an issue hit."""
        return self._session.scalars(select(func.count()).select_from(IssueUser).where(IssueUser.issue_id == issue.id)).one()

    def move_events(self, limit: int) -> int:
        """Takes so many events along to the primaries; says how many."""
        query = select(Event.id, Redirect.issue_id).join(Redirect, Redirect.previous_id == Event.issue_id)
        rows = self._session.execute(query.limit(limit)).all()
        by_primary: dict[int, list[int]] = {}
        for row in rows:
            by_primary.setdefault(row.issue_id, []).append(row.id)
        for primary_id, events in by_primary.items():
            self._run(update(Event).where(Event.id.in_(events)).values(issue_id=primary_id))
        return len(rows)

    def _take_over(self, model: type[Base], primary_id: int, ids: Sequence[int]) -> None:
        """Copies the rows under the primary's number, first come first served, and removes the old ones."""
        table = model.__table__
        assert isinstance(table, Table)
        rows = self._session.execute(select(table).where(table.c.issue_id.in_(ids)).order_by(table.c.issue_id)).mappings().all()
        unique = {tuple(row[column.name] for column in table.primary_key if column.name != "issue_id"): row for row in reversed(rows)}
        self._run(delete(model).where(table.c.issue_id.in_(ids)))
        upsert(self._session, model, [{**row, "issue_id": primary_id} for row in unique.values()])

    def _add_up(self, model: type[Base], amount: str, primary_id: int, ids: Sequence[int]) -> None:
        table = model.__table__
        assert isinstance(table, Table)
        keys = [column for column in table.primary_key if column.name != "issue_id"]
        others = [column for column in table.c if column.name not in {"issue_id", amount, *(key.name for key in keys)}]
        newest = (func.max(one).label(one.name) for one in others)
        totals = select(literal(primary_id).label("issue_id"), *keys, func.sum(table.c[amount]).label(amount), *newest)
        query = totals.where(table.c.issue_id.in_([primary_id, *ids])).group_by(*keys)
        rows = [dict(row) for row in self._session.execute(query).mappings()]
        self._run(delete(model).where(table.c.issue_id.in_([primary_id, *ids])))
        if rows:
            self._session.execute(insert(model), rows)

    def _run(self, statement: object) -> None:
        self._session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
