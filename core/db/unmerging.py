"""Takes the events of some fingerprints out of an issue, with everything that they are counted in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, and_, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db.dialect import MOST_AT_ONCE, upsert
from core.db.models import Event, Hash, Issue, IssueDay, IssueHour, IssueRelease, IssueTag, IssueUser, Redirect

T = TypeVar("T")
Tag = tuple[str, str]
_WITHOUT_SYNC = {"synchronize_session": False}
_READ_AT_ONCE = 1_000


@dataclass
class Tally:
    """What some events come to, counted afresh from what is stored of them."""

    events: int = 0
    hours: Counter[datetime] = field(default_factory=Counter)
    days: Counter[datetime] = field(default_factory=Counter)
    tags: Counter[Tag] = field(default_factory=Counter)
    tags_seen: dict[Tag, datetime] = field(default_factory=dict)
    people: dict[str, datetime] = field(default_factory=dict)
    """Whom they hit, and when first."""
    releases: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """In which versions they came, from when to when."""

    def add(self, row: Row[Any], counted: Collection[Tag]) -> None:
        """Counts one more event, its tags only where they are ``counted``."""
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


class Unmerging:
    """The rows of an unmerge."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def owned(self, issue: Issue, hashes: Sequence[str]) -> list[str]:
        """Those of the fingerprints that belong to the issue, locked."""
        found: list[str] = []
        for some in _chunks(list(dict.fromkeys(hashes))):
            query = select(Hash.hash).where(Hash.project_id == issue.project_id, Hash.hash.in_(some), Hash.issue_id == issue.id)
            found += self._session.scalars(query.with_for_update())
        return sorted(found)

    def move(self, source: Issue, to: Issue, hashes: Sequence[str]) -> Tally:
        """The fingerprints and the events that were grouped by them belong to the other issue from now on."""
        tally, counted = Tally(), self._tags_of(source)
        for some in _chunks(hashes):
            mine = and_(self._of(source), Event.hash.in_(some))
            for row in self._rows(mine):
                tally.add(row, counted)
            self._run(update(Event).where(mine).values(issue_id=to.id))
            self._run(update(Hash).where(Hash.project_id == source.project_id, Hash.hash.in_(some)).values(issue_id=to.id))
        return tally

    def give(self, issue: Issue, tally: Tally) -> None:
        """The new issue has been counted in all this."""
        session, id_ = self._session, issue.id
        upsert(session, IssueHour, [{"issue_id": id_, "hour_at": hour, "events": events} for hour, events in tally.hours.items()])
        upsert(session, IssueDay, [{"issue_id": id_, "day_at": day, "events": events} for day, events in tally.days.items()])
        upsert(session, IssueUser, [{"issue_id": id_, "person": person, "first_seen_at": at} for person, at in tally.people.items()])
        versions = tally.releases.items()
        upsert(
            session,
            IssueRelease,
            [{"issue_id": id_, "version": version, "first_seen_at": first, "last_seen_at": last} for version, (first, last) in versions],
        )
        rows = [
            {"issue_id": id_, "key": key, "value": value, "times_seen": times, "last_seen_at": tally.tags_seen[key, value]}
            for (key, value), times in tally.tags.items()
        ]
        upsert(session, IssueTag, rows)

    def take(self, issue: Issue, tally: Tally) -> None:
        """The old issue has not. Of people and versions only those go that none of its stored events knows any more."""
        for hour in self._session.scalars(select(IssueHour).where(IssueHour.issue_id == issue.id)):
            self._lessen(hour, IssueHour.events, tally.hours[hour.hour_at])
        for day in self._session.scalars(select(IssueDay).where(IssueDay.issue_id == issue.id)):
            self._lessen(day, IssueDay.events, tally.days[day.day_at])
        for tag in self._session.scalars(select(IssueTag).where(IssueTag.issue_id == issue.id)):
            self._lessen(tag, IssueTag.times_seen, tally.tags[tag.key, tag.value])
        self._session.flush()
        for person in _chunks(sorted(tally.people.keys() - self._distinct(issue, Event.person))):
            self._run(delete(IssueUser).where(IssueUser.issue_id == issue.id, IssueUser.person.in_(person)))
        for version in _chunks(sorted(tally.releases.keys() - self._distinct(issue, Event.release))):
            self._run(delete(IssueRelease).where(IssueRelease.issue_id == issue.id, IssueRelease.version.in_(version)))

    def ends(self, issue: Issue) -> tuple[Event, Event] | None:
        """The oldest and the newest of an issue's stored events."""
        query = select(Event).where(self._of(issue)).limit(1)
        oldest = self._session.scalars(query.order_by(Event.happened_at, Event.id)).first()
        newest = self._session.scalars(query.order_by(Event.happened_at.desc(), Event.id.desc())).first()
        return (oldest, newest) if oldest and newest else None

    def _of(self, issue: Issue) -> ColumnElement[bool]:
        # Events of issues that were merged into it may not have been taken along yet.
        merged = select(Redirect.previous_id).where(Redirect.issue_id == issue.id)
        return Event.issue_id.in_([issue.id, *self._session.scalars(merged)])

    def _rows(self, mine: ColumnElement[bool]) -> Iterator[Row[Any]]:
        columns = (Event.happened_at, Event.received_at, Event.person, Event.release, Event.environment)
        query = select(*columns, Event.payload["tags"].label("tags")).where(mine)
        yield from self._session.execute(query, execution_options={"yield_per": _READ_AT_ONCE})

    def _tags_of(self, issue: Issue) -> set[Tag]:
        rows = self._session.execute(select(IssueTag.key, IssueTag.value).where(IssueTag.issue_id == issue.id))
        return {(row.key, row.value) for row in rows}

    def _lessen(self, row: IssueHour | IssueDay | IssueTag, amount: InstrumentedAttribute[int], less: int) -> None:
        left = getattr(row, amount.key) - less
        if left > 0:
            setattr(row, amount.key, left)
        else:
            self._session.delete(row)

    def _distinct(self, issue: Issue, column: InstrumentedAttribute[str | None]) -> set[str]:
        return {value for value in self._session.scalars(select(column).where(self._of(issue)).distinct()) if value}

    def _run(self, statement: Any) -> None:
        self._session.execute(statement, execution_options=_WITHOUT_SYNC)


def _tags(row: Row[Any]) -> list[Tag]:
    own = row.tags if isinstance(row.tags, dict) else {}
    known = (("environment", row.environment), ("release", row.release))
    return [*((str(key), str(value)) for key, value in own.items()), *((key, value) for key, value in known if value)]


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(values), MOST_AT_ONCE):
        yield values[first : first + MOST_AT_ONCE]
