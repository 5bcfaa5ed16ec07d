"""Move the rows of merged issues to their primary, and move them out again on unmerge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Table, and_, case, delete, func, insert, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db.columns import MAX_STATEMENT_ROWS, Base, upsert
from core.db.events import CAME_WITH_MERGE
from core.db.models import (
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

_MOVED_TABLES = (Subscription, Bookmark, Seen, CommitLink, IssueUser, IssueRelease, Share, Assignee)
"""Rows that the primary takes over unless it has one with the same key."""
T = TypeVar("T")
Tag = tuple[str, str]
_WITHOUT_SYNC = {"synchronize_session": False}
_BATCH_ROWS = 1_000


class MergeStore:
    """Moves rows on a merge: user data at once, events later in batches."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def move_user_data(self, primary: Issue, others: Sequence[Issue], now: datetime) -> None:
        """Move hashes, redirects, and every row that a person made or that later events are compared with."""
        self._session.flush()
        ids = [issue.id for issue in others]
        for model in _MOVED_TABLES:
            self._move_rows(model, primary.id, ids)
        self._merge_counts(IssueHour, IssueHour.events.key, primary.id, ids)
        self._merge_counts(IssueDay, IssueDay.events.key, primary.id, ids)
        self._merge_counts(IssueTag, IssueTag.times_seen.key, primary.id, ids)
        self._run(update(Hash).where(Hash.issue_id.in_(ids)).values(issue_id=primary.id, joined_at=now))
        self._run(update(Redirect).where(Redirect.issue_id.in_(ids)).values(issue_id=primary.id))
        rows = [{"previous_id": other.id, "project_id": other.project_id, "number": other.number, "issue_id": primary.id} for other in others]
        self._session.execute(insert(Redirect), rows)

    def shift_snooze(self, issue: Issue, events: int, people: int) -> None:
        """Shift the baseline of the issue's snooze by the merged counts."""
        mine = update(Snooze).where(Snooze.issue_id == issue.id)
        self._run(mine.values(events_before=Snooze.events_before + events, users_before=Snooze.users_before + people))

    def people(self, issue: Issue) -> int:
        """Return how many different people the issue affected."""
        return self._session.scalars(select(func.count()).select_from(IssueUser).where(IssueUser.issue_id == issue.id)).one()

    def move_events(self, limit: int) -> int:
        """Move at most ``limit`` events to their primaries; return how many."""
        query = select(Event.id, Redirect.issue_id).join(Redirect, Redirect.previous_id == Event.issue_id)
        rows = self._session.execute(query.limit(limit)).all()
        by_primary: dict[int, list[int]] = {}
        for row in rows:
            by_primary.setdefault(row.issue_id, []).append(row.id)
        for primary_id, events in by_primary.items():
            self._run(update(Event).where(Event.id.in_(events)).values(issue_id=primary_id))
        return len(rows)

    def _move_rows(self, model: type[Base], primary_id: int, ids: Sequence[int]) -> None:
        """Copy the rows to the primary, keep the first of each key, and delete the old ones."""
        table = model.__table__
        assert isinstance(table, Table)
        rows = self._session.execute(select(table).where(table.c.issue_id.in_(ids)).order_by(table.c.issue_id)).mappings().all()
        unique = {tuple(row[column.name] for column in table.primary_key if column.name != "issue_id"): row for row in reversed(rows)}
        self._run(delete(model).where(table.c.issue_id.in_(ids)))
        upsert(self._session, model, [{**row, "issue_id": primary_id} for row in unique.values()])

    def _merge_counts(self, model: type[Base], amount: str, primary_id: int, ids: Sequence[int]) -> None:
        table = model.__table__
        assert isinstance(table, Table)
        keys = [column for column in table.primary_key if column.name != "issue_id"]
        others = [column for column in table.c if column.name not in {"issue_id", amount, *(key.name for key in keys)}]
        newest = (func.max(other).label(other.name) for other in others)
        totals = select(literal(primary_id).label("issue_id"), *keys, func.sum(table.c[amount]).label(amount), *newest)
        query = totals.where(table.c.issue_id.in_([primary_id, *ids])).group_by(*keys)
        rows = [dict(row) for row in self._session.execute(query).mappings()]
        self._run(delete(model).where(table.c.issue_id.in_([primary_id, *ids])))
        if rows:
            self._session.execute(insert(model), rows)

    def _run(self, statement: object) -> None:
        self._session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]


@dataclass
class MovedCounts:
    """Counts of the moved events, computed from their stored rows."""

    events: int = 0
    hours: Counter[datetime] = field(default_factory=Counter)
    days: Counter[datetime] = field(default_factory=Counter)
    tags: Counter[Tag] = field(default_factory=Counter)
    tags_seen: dict[Tag, datetime] = field(default_factory=dict)
    people: dict[str, datetime] = field(default_factory=dict)
    """The affected people, with the time of their first event."""
    releases: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """The releases of the events, with the first and last time."""

    def add(self, row: Row[Any], counted: Collection[Tag]) -> None:
        """Count one more event; count its tags only if they are in ``counted``."""
        at: datetime = row.happened_at
        self.events += 1
        self.hours[at.replace(minute=0, second=0, microsecond=0)] += 1
        self.days[at.replace(hour=0, minute=0, second=0, microsecond=0)] += 1
        if row.person:
            self.people[row.person] = min(self.people.get(row.person, at), at)
        if row.release:
            first, last = self.releases.get(row.release, (row.received_at, row.received_at))
            self.releases[row.release] = min(first, row.received_at), max(last, row.received_at)
        for tag in set(_tags(row)).intersection(counted):
            self.tags[tag] += 1
            self.tags_seen[tag] = max(self.tags_seen.get(tag, at), at)


class UnmergeStore:
    """Moves rows on an unmerge."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock_owned_hashes(self, issue: Issue, hashes: Sequence[str]) -> list[str]:
        """Return those of the fingerprints that belong to the issue, locked."""
        found: list[str] = []
        for chunk in _chunks(list(dict.fromkeys(hashes))):
            query = select(Hash.hash).where(Hash.project_id == issue.project_id, Hash.hash.in_(chunk), Hash.issue_id == issue.id)
            found += self._session.scalars(query.with_for_update())
        return sorted(found)

    def move(self, source: Issue, to: Issue, hashes: Sequence[str]) -> MovedCounts:
        """Move the fingerprints and their events to the other issue; return the counts of the events."""
        counts, counted = MovedCounts(), self._tags_of(source)
        for chunk in _chunks(hashes):
            mine = and_(self._of(source), Event.hash.in_(chunk))
            for row in self._rows(mine):
                counts.add(row, counted)
            self._run(update(Event).where(mine).values(issue_id=to.id))
            self._run(update(Hash).where(Hash.project_id == source.project_id, Hash.hash.in_(chunk)).values(issue_id=to.id))
        return counts

    def add_counts(self, issue: Issue, counts: MovedCounts) -> None:
        """Add the counts to the new issue."""
        session, id_ = self._session, issue.id
        upsert(session, IssueHour, [{"issue_id": id_, "hour_at": hour, "events": events} for hour, events in counts.hours.items()])
        upsert(session, IssueDay, [{"issue_id": id_, "day_at": day, "events": events} for day, events in counts.days.items()])
        upsert(session, IssueUser, [{"issue_id": id_, "person": person, "first_seen_at": at} for person, at in counts.people.items()])
        versions = counts.releases.items()
        upsert(
            session,
            IssueRelease,
            [{"issue_id": id_, "version": version, "first_seen_at": first, "last_seen_at": last} for version, (first, last) in versions],
        )
        rows = [
            {"issue_id": id_, "key": key, "value": value, "times_seen": times, "last_seen_at": counts.tags_seen[key, value]}
            for (key, value), times in counts.tags.items()
        ]
        upsert(session, IssueTag, rows)

    def subtract_counts(self, issue: Issue, counts: MovedCounts) -> None:
        """Subtract the counts from the old issue. Removes only those people and releases that none of its stored events has."""
        for hour in self._session.scalars(select(IssueHour).where(IssueHour.issue_id == issue.id)):
            self._decrease(hour, IssueHour.events, counts.hours[hour.hour_at])
        for day in self._session.scalars(select(IssueDay).where(IssueDay.issue_id == issue.id)):
            self._decrease(day, IssueDay.events, counts.days[day.day_at])
        for tag in self._session.scalars(select(IssueTag).where(IssueTag.issue_id == issue.id)):
            self._decrease(tag, IssueTag.times_seen, counts.tags[tag.key, tag.value])
        self._session.flush()
        for person in _chunks(sorted(counts.people.keys() - self._distinct(issue, Event.person))):
            self._run(delete(IssueUser).where(IssueUser.issue_id == issue.id, IssueUser.person.in_(person)))
        for version in _chunks(sorted(counts.releases.keys() - self._distinct(issue, Event.release))):
            self._run(delete(IssueRelease).where(IssueRelease.issue_id == issue.id, IssueRelease.version.in_(version)))

    def oldest_and_newest(self, issue: Issue) -> tuple[Event, Event] | None:
        """Return the oldest and the newest stored event of the issue, or None."""
        query = select(Event).where(self._of(issue)).limit(1)
        oldest = self._session.scalars(query.order_by(Event.happened_at, Event.id)).first()
        newest = self._session.scalars(query.order_by(Event.happened_at.desc(), Event.id.desc())).first()
        return (oldest, newest) if oldest and newest else None

    def _of(self, issue: Issue) -> ColumnElement[bool]:
        return _of(self._session, issue)

    def _rows(self, mine: ColumnElement[bool]) -> Iterator[Row[Any]]:
        columns = (Event.happened_at, Event.received_at, Event.person, Event.release, Event.environment)
        query = select(*columns, Event.payload["tags"].label("tags")).where(mine)
        yield from self._session.execute(query, execution_options={"yield_per": _BATCH_ROWS})

    def _tags_of(self, issue: Issue) -> set[Tag]:
        rows = self._session.execute(select(IssueTag.key, IssueTag.value).where(IssueTag.issue_id == issue.id))
        return {(row.key, row.value) for row in rows}

    def _decrease(self, row: IssueHour | IssueDay | IssueTag, amount: InstrumentedAttribute[int], less: int) -> None:
        left = getattr(row, amount.key) - less
        if left > 0:
            setattr(row, amount.key, left)
        else:
            self._session.delete(row)

    def _distinct(self, issue: Issue, column: InstrumentedAttribute[str | None]) -> set[str]:
        return {value for value in self._session.scalars(select(column).where(self._of(issue)).distinct()) if value}

    def _run(self, statement: Any) -> None:
        self._session.execute(statement, execution_options=_WITHOUT_SYNC)


def _of(session: Session, issue: Issue) -> ColumnElement[bool]:
    # Include events of merged issues that are not moved yet.
    merged = select(Redirect.previous_id).where(Redirect.issue_id == issue.id)
    return Event.issue_id.in_([issue.id, *session.scalars(merged)])


class ProgressStore:
    """Counts what an issue has had since a moment, from its stored events.

    Events of merged issues came to the primary at the moment of the merge, whenever they were received. A snooze does not count them.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def since(self, issue: Issue, began_at: datetime) -> tuple[int, int]:
        """Return the number of events since ``began_at``, and of people whom the issue met by one of them."""
        own = case((Hash.joined_at.is_(None), Event.received_at))
        mine = select(Event).outerjoin(Hash, CAME_WITH_MERGE).where(_of(self._session, issue))
        events = mine.with_only_columns(func.count()).where(Hash.joined_at.is_(None), Event.received_at > began_at)
        first = func.min(func.coalesce(Hash.joined_at, Event.received_at))
        people = mine.with_only_columns(Event.person).where(Event.person.is_not(None)).group_by(Event.person)
        people = people.having(and_(first > began_at, first == func.min(own)))
        count = select(func.count()).select_from(people.subquery())
        return self._session.scalars(events).one(), self._session.scalars(count).one()


def _tags(row: Row[Any]) -> list[Tag]:
    own = row.tags if isinstance(row.tags, dict) else {}
    known = (("environment", row.environment), ("release", row.release))
    return [*((str(key), str(value)) for key, value in own.items()), *((key, value) for key, value in known if value)]


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(values), MAX_STATEMENT_ROWS):
        yield values[first : first + MAX_STATEMENT_ROWS]
