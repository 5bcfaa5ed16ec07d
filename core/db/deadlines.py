"""Query everything with a deadline: snoozes, deletions, resolve ages, purges, and the velocity thresholds of projects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from core.db.columns import UtcDateTime
from core.db.models import Activity, Deletion, Event, ForecastRow, InboxEntry, Issue, IssueHour, Message, Project, Purged, Redirect, Snooze
from core.types import ActivityType, Facet, Source, Status, Substatus

_WEEK = timedelta(days=7)
_VELOCITY_HISTORY = timedelta(days=90)
_MIN_ISSUE_AGE = timedelta(hours=1)
_MAX_ISSUES = 10_000
_OPENERS = (ActivityType.SET_UNRESOLVED, ActivityType.SET_ESCALATING, ActivityType.UNDO)
"""What opens an issue without a regression: a person or the end of a snooze."""


def _expired_snoozes(now: datetime) -> Select[int]:
    """Select the archived issues whose time has come. The order makes PostgreSQL use the index even with a million rows."""
    query = select(Issue.id).join(Snooze, Snooze.issue_id == Issue.id).where(Snooze.until_at <= now, Issue.status == Status.ARCHIVED)
    return query.order_by(Snooze.until_at)


def _reopened_since(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Select issues that a person or the end of a snooze has opened since then."""
    was, became = Activity.before["status"].as_integer(), Activity.after["status"].as_integer()
    opened = and_(Activity.facet == Facet.STATUS, Activity.type.in_(_OPENERS), was != Status.UNRESOLVED, became == Status.UNRESOLVED)
    return exists().where(Activity.issue_id == Issue.id, Activity.happened_at > moment, opened)


def _reported_since(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Select issues of hooks of which an event was received since then."""
    return and_(Issue.only_source.is_distinct_from(Source.INGEST), exists().where(Event.issue_id == Issue.id, Event.received_at > moment))


class DeadlineStore:
    """Finds due rows. Rows are the schedule; nothing else remembers it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def has_expired_snoozes(self, now: datetime) -> bool:
        """Return whether any archive has expired, without taking a lock."""
        return self._session.scalars(_expired_snoozes(now).limit(1)).first() is not None

    def expired_snoozes(self, now: datetime, limit: int) -> list[int]:
        """Return the archived issues whose time has come, locked. Skips issues that are locked by others.

        Locks the issues and not the snoozes: every writer locks issues first, and another order could deadlock with a click.
        """
        return list(self._session.scalars(_expired_snoozes(now).limit(limit).with_for_update(of=Issue, skip_locked=True)))

    def due_deletions(self, now: datetime, limit: int) -> list[int]:
        """Return the issues whose grace period is over and whose purge has not begun."""
        query = select(Issue.id).join(Deletion, Deletion.issue_id == Issue.id)
        query = query.where(Deletion.due_at <= now, Issue.status == Status.PENDING_DELETION).order_by(Deletion.due_at).limit(limit)
        return list(self._session.scalars(query.with_for_update(of=Issue, skip_locked=True)))

    def old_forecasts(self, midnight: datetime, limit: int) -> list[int]:
        """Return the issues archived until they escalate whose forecast is from an earlier day."""
        query = select(ForecastRow.issue_id).join(Issue, Issue.id == ForecastRow.issue_id)
        query = query.where(Issue.status == Status.ARCHIVED, Issue.substatus == Substatus.UNTIL_ESCALATING, ForecastRow.starts_at < midnight)
        return list(self._session.scalars(query.order_by(ForecastRow.issue_id).limit(limit)))

    def unsettled(self, since: datetime, limit: int) -> list[int]:
        """Return the open issues that have been new, regressed or escalating since then."""
        moved = exists().where(Activity.issue_id == Issue.id, Activity.facet == Facet.STATUS, Activity.happened_at > since)
        substatuses = (Substatus.NEW, Substatus.REGRESSED, Substatus.ESCALATING)
        query = select(Issue.id).where(Issue.status == Status.UNRESOLVED, Issue.substatus.in_(substatuses), Issue.first_seen_at <= since)
        return list(self._session.scalars(query.where(~moved).order_by(Issue.id).limit(limit)))

    def resolve_ages(self, before: datetime) -> dict[int, int]:
        """Return the resolve age in hours by project, for projects last checked before that time or never."""
        unchecked = or_(Project.resolve_age_checked_at.is_(None), Project.resolve_age_checked_at <= before)
        rows = self._session.execute(select(Project.id, Project.resolve_age).where(Project.resolve_age.is_not(None), unchecked))
        return {row.id: row.resolve_age for row in rows if row.resolve_age}

    def inactive_issues(self, ends: Mapping[int, datetime], limit: int) -> list[int]:
        """Return the open issues of these projects that since the given time neither had an event nor were reopened.

        An alert that goes on firing is one event, which happened when it began; what a hook has reported again since then is not old either.
        """
        if not ends:
            return []
        end = case({id_: literal(at, UtcDateTime()) for id_, at in ends.items()}, value=Issue.project_id)
        query = select(Issue.id).where(Issue.project_id.in_(ends), Issue.status == Status.UNRESOLVED, Issue.last_seen_at <= max(ends.values()))
        query = query.where(Issue.last_seen_at <= end, ~_reopened_since(end), ~_reported_since(end))
        return list(self._session.scalars(query.order_by(Issue.id).limit(limit)))

    def old_in_inbox(self, since: datetime, limit: int) -> list[int]:
        """Return the issues that have waited for review since then or longer."""
        query = select(InboxEntry.issue_id).where(InboxEntry.added_at <= since)
        return list(self._session.scalars(query.order_by(InboxEntry.issue_id).limit(limit)))

    def mark_ages_checked(self, project_ids: Iterable[int], now: datetime) -> None:
        """Store that all issues of these projects that are old enough are resolved."""
        self._session.execute(update(Project), [{"id": id_, "resolve_age_checked_at": now} for id_ in sorted(project_ids)])

    def purge_events(self, limit: int) -> int:
        """Delete at most ``limit`` events of issues that are being purged; return how many."""
        going = select(Issue.id).where(Issue.status == Status.DELETION_IN_PROGRESS)
        event_ids = select(Event.id).where(Event.issue_id.in_(going)).limit(limit)
        gone = self._session.execute(delete(Event).where(Event.id.in_(event_ids)).returning(Event.id))
        return len(gone.all())

    def purge_issues(self, now: datetime, may_lag: timedelta, limit: int) -> int:
        """Delete issues without events, with the issues merged into them; return how many.

        Waits until their copies are up to date, but no longer than ``may_lag``.
        """
        lags = exists().where(Message.issue_id == Issue.id, Message.parked_at.is_(None), Message.wanted_version > Message.shown_version)
        query = select(Issue.id).join(Deletion, Deletion.issue_id == Issue.id).where(Issue.status == Status.DELETION_IN_PROGRESS)
        unmoved = exists().where(Redirect.issue_id == Issue.id, Event.issue_id == Redirect.previous_id)
        query = query.where(or_(~lags, Deletion.due_at < now - may_lag), ~exists().where(Event.issue_id == Issue.id), ~unmoved).limit(limit)
        ids = list(self._session.scalars(query))
        ids += self._session.scalars(select(Redirect.previous_id).where(Redirect.issue_id.in_(ids)))
        gone = self._session.execute(delete(Issue).where(Issue.id.in_(ids)).returning(Issue.id, Issue.project_id, Issue.number)).all()
        self._session.add_all(Purged(issue_id=row.id, project_id=row.project_id, number=row.number, purged_at=now) for row in gone)
        return len(gone)


class VelocityStore:
    """Reads the event rates of a whole project in one statement."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stale(self, before: datetime, limit: int) -> list[int]:
        """Return the projects whose threshold was computed before that time or never."""
        query = select(Project.id).where(or_(Project.velocity_at.is_(None), Project.velocity_at <= before))
        return list(self._session.scalars(query.order_by(Project.velocity_at.is_not(None), Project.velocity_at, Project.id).limit(limit)))

    def counts(self, project_id: int, now: datetime) -> list[tuple[datetime, int]]:
        """Return when each issue was first seen and its events of the last week.

        Includes the project's newest 10,000 issues with more than one event.
        """
        events = func.sum(IssueHour.events)
        query = (
            select(Issue.first_seen_at, events.label("events"))
            .join(IssueHour, IssueHour.issue_id == Issue.id)
            .where(Issue.project_id == project_id, Issue.first_seen_at > now - _VELOCITY_HISTORY, Issue.first_seen_at < now - _MIN_ISSUE_AGE)
            .where(IssueHour.hour_at >= now - _WEEK)
            .group_by(Issue.id, Issue.first_seen_at)
            .having(events > 1)
            .order_by(Issue.id.desc())
            .limit(_MAX_ISSUES)
        )
        # PostgreSQL's sum of big integers is a decimal.
        return [(row.first_seen_at, int(row.events)) for row in self._session.execute(query)]

    def put(self, thresholds: Mapping[int, float], now: datetime) -> None:
        """Store the thresholds of projects."""
        rows = [{"id": id_, "velocity": threshold, "velocity_at": now} for id_, threshold in sorted(thresholds.items())]
        self._session.execute(update(Project), rows)
