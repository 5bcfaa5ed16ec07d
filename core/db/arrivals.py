"""What an arrival of events finds and leaves in the database: many at a time, one statement a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, case, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from core.db.columns import Base
from core.db.models import Event, Hash, Issue, IssueDay, IssueHour, IssueTag, IssueUser, Tombstone
from core.db.repeated import Repeated
from core.ingest.tag_limits import within_limits
from core.ingest.tally import Tally
from core.types import JSON

_MOVING = ("status", "substatus", "priority", "version", "times_seen", "users_seen", "first_seen_at", "last_seen_at", "active_at", "only_source")
_NAMING = ("title", "culprit", "message", "level", "details")


class Arrivals:
    """The rows of events. The project must be locked, for its issues are numbered one after another."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection()
        self._upsert = postgresql.insert if self._connection.dialect.name == "postgresql" else sqlite.insert

    def stored(self, project_id: int, event_ids: Collection[str]) -> dict[str, int]:
        """Those of the events that are stored already, with the issues they belong to."""
        query = select(Event.event_id, Event.issue_id).where(Event.project_id == project_id, Event.event_id.in_(event_ids))
        return {row.event_id: row.issue_id for row in self._session.execute(query)}

    def lock_owners(self, project_id: int, hashes: Collection[str]) -> list[Issue]:
        """The issues that have these fingerprints, locked in the order of their ids, as every request does."""
        owners = select(Hash.issue_id).where(Hash.project_id == project_id, Hash.hash.in_(hashes))
        query = select(Issue).where(Issue.id.in_(owners)).order_by(Issue.id).with_for_update().execution_options(populate_existing=True)
        return list(self._session.scalars(query))

    def fingerprints(self, project_id: int, hashes: Collection[str]) -> tuple[dict[str, int], dict[str, int]]:
        """Which issue has each fingerprint, and which tombstone; asked once the issues are locked, for a discard or a merge may have come first."""
        rows = self._session.execute(
            select(Hash.hash, Hash.issue_id, Hash.tombstone_id).where(Hash.project_id == project_id, Hash.hash.in_(hashes))
        ).all()
        return {row.hash: row.issue_id for row in rows if row.issue_id}, {row.hash: row.tombstone_id for row in rows if row.tombstone_id}

    def bear(self, rows: Sequence[JSON]) -> list[Issue]:
        """New issues."""
        return list(self._session.scalars(insert(Issue).returning(Issue), rows)) if rows else []

    def adopt(self, project_id: int, owners: Mapping[str, int]) -> None:
        """These fingerprints, which no issue has, belong to these from now on. Raises Repeated where somebody was faster."""
        if not owners:
            return
        table, statement = _table(Hash), self._upsert(_table(Hash))
        free = statement.on_conflict_do_update(
            index_elements=table.primary_key, set_={"issue_id": statement.excluded.issue_id}, where=table.c.issue_id.is_(None)
        )
        rows = [{"project_id": project_id, "hash": hash_, "issue_id": issue_id} for hash_, issue_id in sorted(owners.items())]
        if len(self._connection.execute(free.returning(table.c.hash), rows).all()) < len(rows):
            raise Repeated("hashes")

    def meet(self, people: Mapping[tuple[int, str], datetime]) -> set[tuple[int, str]]:
        """Notes that issues hit people, each for the first time at that moment; says which of the pairs are new."""
        if not people:
            return set()
        table = _table(IssueUser)
        unless_there = self._upsert(table).on_conflict_do_nothing().returning(table.c.issue_id, table.c.person)
        rows = [{"issue_id": issue_id, "person": person, "first_seen_at": at} for (issue_id, person), at in people.items()]
        return {(row.issue_id, row.person) for row in self._connection.execute(unless_there, rows)}

    def store(self, events: Sequence[JSON]) -> None:
        """Stores the events. Raises Repeated where another process has just stored one of them."""
        try:
            self._execute(insert(_table(Event)), events)
        except IntegrityError:
            raise Repeated("events") from None

    def count(self, tally: Tally) -> None:
        """Adds to what the issues are counted in."""
        self._add_up(IssueHour, [{"issue_id": id_, "hour_at": at, "events": events} for (id_, at), events in tally.hours.items()])
        self._add_up(IssueDay, [{"issue_id": id_, "day_at": at, "events": events} for (id_, at), events in tally.days.items()])
        free = within_limits(tally.tags, self._values_counted({id_ for id_, _, _ in tally.tags}))
        rows = {
            tag: {"issue_id": tag[0], "key": tag[1], "value": tag[2], "times_seen": times, "last_seen_at": tally.tags_seen[tag]}
            for tag, times in tally.tags.items()
        }
        self._add_up(IssueTag, [row for tag, row in rows.items() if tag in free])
        self._count_known([row for tag, row in rows.items() if tag not in free])

    def _values_counted(self, issue_ids: Collection[int]) -> dict[tuple[int, str], int]:
        """How many values each tag of these issues is counted by."""
        tags = _table(IssueTag).c
        query = select(tags.issue_id, tags.key, func.count()).where(tags.issue_id.in_(issue_ids)).group_by(tags.issue_id, tags.key)
        return {(id_, key): values for id_, key, values in self._connection.execute(query)}

    def _count_known(self, rows: Sequence[JSON]) -> None:
        """Adds to those of these tags that have a row; the others are not counted."""
        table = _table(IssueTag)
        mine = [column == bindparam(f"tag_{column.name}") for column in table.primary_key]
        seen = bindparam("tag_last_seen_at", type_=table.c.last_seen_at.type)
        last = case((seen > table.c.last_seen_at, seen), else_=table.c.last_seen_at)
        more = update(table).where(*mine).values(times_seen=table.c.times_seen + bindparam("tag_times_seen"), last_seen_at=last)
        self._execute(more, [{f"tag_{name}": value for name, value in row.items()} for row in rows])

    def drop(self, dropped: Mapping[int, int], at: datetime) -> None:
        """So many more events met each tombstone."""
        table = _table(Tombstone)
        more = update(table).where(table.c.id == bindparam("met")).values(times_seen=table.c.times_seen + bindparam("times"), last_seen_at=at)
        self._execute(more, [{"met": id_, "times": times} for id_, times in sorted(dropped.items())])

    def touch(self, issues: Iterable[Issue]) -> None:
        """Writes the same columns of all these issues, whether they changed or not: else each set of changes would be a statement of its own."""
        for issue in issues:
            for name in (*_MOVING, *_NAMING):
                flag_modified(issue, name)

    def _add_up(self, model: type[Base], rows: Sequence[JSON]) -> None:
        """Adds rows; where one is there already its amount grows, and the later moment counts."""
        table, statement = _table(model), self._upsert(_table(model))
        change: dict[str, Any] = {}
        for column in table.columns:
            new = statement.excluded[column.name]
            if not column.primary_key:
                change[column.name] = case((new > column, new), else_=column) if column.name.endswith("_at") else column + new
        self._execute(statement.on_conflict_do_update(index_elements=table.primary_key, set_=change), rows)

    def _execute(self, statement: Any, rows: Sequence[JSON]) -> None:
        # Beside the session, which would look at each row; one statement that is prepared once, however many rows there are.
        if rows:
            self._connection.execute(statement, rows)


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)
