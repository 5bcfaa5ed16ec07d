"""Query stored events, counts within windows, and events that are old enough to be removed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import accumulate, takewhile
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from core.db.columns import UtcDateTime
from core.db.models import Event, Hash, Issue, IssueHour, Project, Redirect, ReleaseCommit, Snooze
from core.rules import titles
from core.types import ALWAYS, OPEN_TO_TRIAGE, Period, Status
from core.views import EventView

CAME_WITH_MERGE = and_(Hash.project_id == Event.project_id, Hash.hash == Event.hash, Hash.joined_at >= Event.received_at)
"""Selects the fingerprint of an event that came to its issue with a merge. A snooze does not count such events."""
_WITHOUT_SYNC = {"synchronize_session": False}
_MAX_RANKED_EVENTS = 100_000
"""Number of events ranked by age in one statement."""


@dataclass(frozen=True)
class GroupableEvent:
    """A stored event with its visible issue. ``only_source`` is the way by which all events of the issue came, if it is one."""

    id: int
    issue_id: int
    payload: dict[str, Any]
    only_source: str | None


@dataclass(frozen=True)
class EventScope:
    """Which stored events are meant: of one issue, or of projects; happened in a period, in one of these environments (in any if empty)."""

    issue_id: int | None = None
    project_ids: tuple[int, ...] = ()
    period: Period = ALWAYS
    environments: tuple[str, ...] = ()


class EventStore:
    """Stored events."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock_project(self, project_id: int) -> Project:
        """Lock and return the project: its issues are numbered one after another."""
        # Not FOR UPDATE: transactions that hold issues may insert rows that refer to the project (tombstones, redirects).
        query = select(Project).where(Project.id == project_id).with_for_update(key_share=True)
        return self._session.scalars(query).one()

    def mark_received(self, project_id: int, event_ids: Collection[str], now: datetime) -> None:
        """Store that these events were received once more."""
        again = update(Event).where(Event.project_id == project_id, Event.event_id.in_(event_ids))
        self._session.execute(again.values(received_at=now))

    def hours(self, issue_ids: Sequence[int], since: datetime) -> dict[int, dict[datetime, int]]:
        """Return the hourly event counts by issue, without empty hours."""
        query = select(IssueHour).where(IssueHour.issue_id.in_(issue_ids), IssueHour.hour_at >= since)
        found: dict[int, dict[datetime, int]] = {}
        for row in self._session.scalars(query):
            found.setdefault(row.issue_id, {})[row.hour_at] = row.events
        return found

    def newest(self, issue_id: int, limit: int) -> list[Event]:
        """Return an issue's stored events, newest first."""
        query = select(Event).where(Event.issue_id == issue_id).order_by(Event.happened_at.desc(), Event.id.desc()).limit(limit)
        return list(self._session.scalars(query))

    def page(self, scope: EventScope, limit: int, offset: int, *, is_oldest_first: bool = False) -> list[EventView]:
        """Return a page of stored events: those of an issue, with issues merged into it, newest first; those of projects last received first."""
        query = _visible().where(*self._in_scope(scope))
        keys = [Event.happened_at, Event.id] if scope.issue_id is not None else [Event.id]
        query = query.order_by(*(key if is_oldest_first else key.desc() for key in keys))
        return [_view(row) for row in self._session.execute(query.limit(limit).offset(offset))]

    def newest_by_hash(self, issue_id: int, hashes: Collection[str]) -> dict[str, EventView]:
        """Return the newest stored event of each of these fingerprints of an issue, where there is one."""
        mine = [*self._in_scope(EventScope(issue_id)), Event.hash.in_(hashes)]
        newest = select(func.max(Event.id)).where(*mine).group_by(Event.hash)
        rows = self._session.execute(_visible().where(Event.id.in_(newest))).all()
        return {row[0].hash: _view(row) for row in rows if row[0].hash}

    def in_organization(self, organization_id: int, event_id: str) -> EventView | None:
        """Return the newest event with this id in any project of the organization."""
        ours = select(Project.id).where(Project.organization_id == organization_id)
        query = _visible().where(Event.project_id.in_(ours), Event.event_id == event_id).order_by(Event.id.desc())
        row = self._session.execute(query.limit(1)).first()
        return _view(row) if row else None

    def _in_scope(self, scope: EventScope) -> Iterator[ColumnElement[bool]]:
        if scope.issue_id is not None:
            merged = self._session.scalars(select(Redirect.previous_id).where(Redirect.issue_id == scope.issue_id))
            yield Event.issue_id.in_([scope.issue_id, *merged])
        else:
            yield Event.project_id.in_(scope.project_ids)
        if scope.period.since is not None:
            yield Event.happened_at >= scope.period.since
        if scope.period.until is not None:
            yield Event.happened_at <= scope.period.until
        if scope.environments:
            yield Event.environment.in_(scope.environments)

    def groupable_page(self, project_id: int, since: datetime, before_id: int | None, limit: int) -> list[GroupableEvent]:
        """Return a page of a project's events that came in since then, last received first, with ids below ``before_id``."""
        source = Issue.only_source
        query = _visible().add_columns(source).where(Event.project_id == project_id, Event.received_at >= since).order_by(Event.id.desc())
        if before_id is not None:
            query = query.where(Event.id < before_id)
        rows = self._session.execute(query.limit(limit)).all()
        return [GroupableEvent(event.id, issue_id, event.payload, only_source) for event, issue_id, only_source in rows]

    def one(self, project_id: int, event_id: str) -> EventView | None:
        """Return the project's event with this id."""
        row = self._session.execute(_visible().where(Event.project_id == project_id, Event.event_id == event_id)).first()
        return _view(row) if row else None


@cache
def _visible() -> Select[Event, int]:
    """Select events with the id of their visible issue; an event of a merged issue belongs to the primary."""
    query = select(Event, func.coalesce(Redirect.issue_id, Event.issue_id)).join(Issue, Issue.id == Event.issue_id)
    query = query.outerjoin(Redirect, Redirect.previous_id == Event.issue_id)
    return query.where(Issue.status.in_((*OPEN_TO_TRIAGE, Status.PENDING_MERGE)))


def _view(row: Row[Event, int]) -> EventView:
    event, issue_id = row
    return EventView(
        id=event.id,
        event_id=event.event_id,
        issue_id=issue_id,
        project_id=event.project_id,
        title=titles.title(event.payload),
        happened_at=event.happened_at,
        received_at=event.received_at,
        release=event.release,
        environment=event.environment,
        payload=event.payload,
    )


class WindowStore:
    """Counts for many issues at once; ``since`` is the start of each issue's window."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def events(self, since: Mapping[int, datetime]) -> dict[int, int]:
        """Return the number of events of each issue after that time."""
        return self._count(since, func.count())

    def people(self, since: Mapping[int, datetime]) -> dict[int, int]:
        """Return the number of different people affected by each issue after that time."""
        return self._count(since, func.count(Event.person.distinct()))

    def people_among(self, since: Mapping[int, datetime], people: Collection[str]) -> set[tuple[int, str]]:
        """Return those of the given people who were affected within the window."""
        if not since or not people:
            return set()
        query = select(Event.issue_id, Event.person).where(_within(since), Event.person.in_(people)).distinct()
        return {(row.issue_id, row.person) for row in self._session.execute(query) if row.person}

    def released(self, commit_ids: Collection[int]) -> set[int]:
        """Return those of the commits that are part of any release."""
        if not commit_ids:
            return set()
        return set(self._session.scalars(select(ReleaseCommit.commit_id).where(ReleaseCommit.commit_id.in_(commit_ids)).distinct()))

    def _count(self, since: Mapping[int, datetime], amount: ColumnElement[int]) -> dict[int, int]:
        if not since:
            return {}
        query = select(Event.issue_id, amount.label("amount")).where(_within(since)).group_by(Event.issue_id)
        return {row.issue_id: row.amount for row in self._session.execute(query)}


def _within(since: Mapping[int, datetime]) -> ColumnElement[bool]:
    # Filter by the earliest start, which can use the index; a chain of OR would be too deep for SQLite.
    begins = case({id_: literal(at, UtcDateTime()) for id_, at in since.items()}, value=Event.issue_id)
    return and_(Event.issue_id.in_(since), Event.happened_at > min(since.values()), Event.happened_at > begins, ~exists().where(CAME_WITH_MERGE))


@dataclass(frozen=True)
class RetentionBounds:
    """What to keep of an issue: ``most`` events, events after ``since``, and always the newest.

    Events after ``settled`` stay, and events after ``windowed`` if the issue's archive has a window.
    """

    most: int
    since: datetime
    settled: datetime
    windowed: datetime


class RetentionStore:
    """Finds and deletes old events. Use two transactions, so that on SQLite nobody waits for the search."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def excess(self, bounds: RetentionBounds, limit: int) -> list[int]:
        """Return at most ``limit`` ids of events that may be deleted."""
        issues = self._crowded(bounds, limit)
        place = func.row_number().over(partition_by=Event.issue_id, order_by=(Event.happened_at.desc(), Event.id.desc())).label("place")
        ranked = select(Event.id, Event.happened_at, place, _settled(bounds).label("settled")).where(Event.issue_id.in_(issues)).subquery()
        is_beyond = or_(ranked.c.place > bounds.most, and_(ranked.c.place > 1, ranked.c.happened_at < bounds.since))
        query = select(ranked.c.id).where(is_beyond, ranked.c.happened_at <= ranked.c.settled).order_by(ranked.c.happened_at).limit(limit)
        return list(self._session.scalars(query)) if issues else []

    def remove_events(self, ids: Sequence[int]) -> int:
        """Delete events; return how many still existed."""
        gone = self._session.execute(delete(Event).where(Event.id.in_(ids)).returning(Event.id), execution_options=_WITHOUT_SYNC)
        return len(gone.all())

    def old_hours(self, before: datetime, limit: int) -> list[int]:
        """Return at most ``limit`` issues with hourly counts before that time."""
        return list(self._session.scalars(select(IssueHour.issue_id).where(IssueHour.hour_at < before).distinct().limit(limit)))

    def remove_hours(self, issue_ids: Sequence[int], before: datetime) -> None:
        """Delete the hourly counts of these issues before that time."""
        old = delete(IssueHour).where(IssueHour.issue_id.in_(issue_ids), IssueHour.hour_at < before)
        self._session.execute(old, execution_options=_WITHOUT_SYNC)

    def _crowded(self, bounds: RetentionBounds, limit: int) -> list[int]:
        """Return issues whose oldest event may be deleted. Reads only an index, however large the events are."""
        stored, oldest = func.count(), func.min(Event.happened_at)
        is_crowded = or_(stored > bounds.most, and_(stored > 1, oldest < bounds.since))
        query = select(Event.issue_id, stored.label("stored")).group_by(Event.issue_id).having(and_(is_crowded, oldest <= _settled(bounds)))
        rows = self._session.execute(query.limit(limit)).all()
        sums = accumulate(row.stored for row in rows)
        within_limit = takewhile(lambda pair: pair[1] <= _MAX_RANKED_EVENTS, zip(rows, sums, strict=True))
        return [row.issue_id for row, _ in within_limit] or [row.issue_id for row in rows[:1]]


def _settled(bounds: RetentionBounds) -> ColumnElement[datetime]:
    windowed = select(Snooze.issue_id).where(or_(Snooze.events_window.is_not(None), Snooze.users_window.is_not(None)))
    return case((Event.issue_id.in_(windowed), literal(bounds.windowed, UtcDateTime())), else_=literal(bounds.settled, UtcDateTime()))
