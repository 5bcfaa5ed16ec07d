"""Query storms (one summary message for many new issues in a channel) and daily digests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.db.models import Activity, Assignee, Channel, Issue, Message, Storm, Watch
from core.types import ActivityType, Status, Substatus

MAX_NEW_ISSUES_PER_MINUTE = 20
"""Number of new issues that get their own message in a channel; more start a storm."""
MINUTE = timedelta(minutes=1)
MAX_STORM_ISSUES = 10
"""Number of issues that a storm's summary lists."""
DAY = timedelta(days=1)
STALE_AFTER = timedelta(days=7)
"""How long an open issue must be without events and changes before a digest lists it."""
MAX_DIGEST_ISSUES = 10
"""Number of issues that a digest lists."""
_RESOLVED = (
    ActivityType.SET_RESOLVED,
    ActivityType.SET_RESOLVED_IN_RELEASE,
    ActivityType.SET_RESOLVED_IN_COMMIT,
    ActivityType.SET_RESOLVED_BY_AGE,
)


class StormStore:
    """Storms of all channels, at most one active storm per channel."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def count_into(self, fresh: Mapping[int, Sequence[Issue]], now: datetime) -> dict[int, int]:
        """Count the new issues of these channels into their active storms; return the storm id by channel.

        Starts a storm if a channel gets too many new issues within a minute. A new storm absorbs the alerts of that minute that are not sent yet.
        """
        active = self._active(fresh)
        recent = self._recent(fresh.keys() - active.keys(), now - MINUTE)
        if outbreaks := sorted(id_ for id_, count in recent.items() if count + len(fresh[id_]) > MAX_NEW_ISSUES_PER_MINUTE):
            self._begin(outbreaks, now)
            active = self._active(fresh)
            self._absorb([active[id_] for id_ in outbreaks], now - MINUTE)
        for channel_id, storm in active.items():
            _count(storm, len(fresh[channel_id]), min(issue.first_seen_at for issue in fresh[channel_id]))
        self._session.flush()
        return {channel_id: storm.id for channel_id, storm in active.items()}

    def active_since(self, before: datetime, limit: int) -> list[int]:
        """Return the storms that started before that time and still go on."""
        query = select(Storm.id).where(Storm.ended_at.is_(None), Storm.created_at <= before)
        return list(self._session.scalars(query.order_by(Storm.id).limit(limit)))

    def calm_down(self, now: datetime, limit: int) -> int:
        """End the storms of channels with few new issues in the last minute; return how many."""
        old = select(Storm).where(Storm.ended_at.is_(None), Storm.created_at <= now - MINUTE).order_by(Storm.id).limit(limit)
        storms = self._session.scalars(old.with_for_update(skip_locked=True)).all()
        recent = self._recent({storm.channel_id for storm in storms}, now - MINUTE)
        over = [storm for storm in storms if recent[storm.channel_id] < MAX_NEW_ISSUES_PER_MINUTE]
        for storm in over:
            storm.ended_at, storm.wanted_version = now, storm.wanted_version + 1
        return len(over)

    def redraw(self, storm_ids: Collection[int]) -> None:
        """Mark the summaries of these storms as stale, because listed issues may have changed."""
        query = select(Storm).where(Storm.id.in_(storm_ids)).order_by(Storm.id)
        for storm in self._session.scalars(query.with_for_update()):
            storm.wanted_version += 1

    def one(self, storm_id: int) -> tuple[Storm, Channel] | None:
        """Return a storm with its channel."""
        row = self._session.execute(select(Storm, Channel).join(Channel, Channel.id == Storm.channel_id).where(Storm.id == storm_id)).first()
        return (row[0], row[1]) if row else None

    def most_seen(self, storm_id: int) -> list[int]:
        """Return the issues of a storm with the most events, then the first issue of each project, so that every project is listed."""
        mine = select(Issue.id).join(Message, Message.issue_id == Issue.id).where(Message.storm_id == storm_id)
        most = list(self._session.scalars(mine.order_by(Issue.times_seen.desc(), Issue.id).limit(MAX_STORM_ISSUES)))
        firsts = select(func.min(Issue.id)).join(Message, Message.issue_id == Issue.id).where(Message.storm_id == storm_id)
        return list(dict.fromkeys([*most, *self._session.scalars(firsts.group_by(Issue.project_id))]))

    def _active(self, channel_ids: Collection[int]) -> dict[int, Storm]:
        query = select(Storm).where(Storm.channel_id.in_(channel_ids), Storm.ended_at.is_(None)).order_by(Storm.id)
        return {storm.channel_id: storm for storm in self._session.scalars(query.with_for_update())}

    def _recent(self, channel_ids: Collection[int], since: datetime) -> dict[int, int]:
        """Return how many alerts were scheduled in each of these channels since then."""
        if not channel_ids:
            return {}
        query = select(Message.channel_id, func.count()).where(Message.channel_id.in_(channel_ids), Message.created_at > since)
        rows = self._session.execute(query.where(Message.told_at.is_not(None)).group_by(Message.channel_id))
        return dict.fromkeys(channel_ids, 0) | {row[0]: row[1] for row in rows}

    def _begin(self, channel_ids: Sequence[int], now: datetime) -> None:
        insert = postgresql.insert if self._session.get_bind().dialect.name == "postgresql" else sqlite.insert
        started = {"began_at": now, "not_before_at": now, "created_at": now}
        rows = [{"channel_id": id_, "wanted_version": 0, **started} for id_ in channel_ids]
        # Another process may start the same storm at this moment.
        unless_there = insert(Storm).values(rows).on_conflict_do_nothing(index_elements=["channel_id"], index_where=text("ended_at IS NULL"))
        self._session.execute(unless_there)

    def _absorb(self, storms: Sequence[Storm], since: datetime) -> None:
        """Move the alerts scheduled since then, and not being sent yet, into the storms."""
        by_channel = {storm.channel_id: storm for storm in storms}
        is_waiting = and_(Message.external_id.is_(None), Message.shown_version == 0, Message.asked_at.is_(None), Message.parked_at.is_(None))
        recent = and_(Message.channel_id.in_(by_channel), Message.created_at > since, Message.told_at.is_not(None), Message.storm_id.is_(None))
        query = select(Message.id, Message.channel_id, Issue.first_seen_at, Message.wanted_version).join(Issue, Issue.id == Message.issue_id)
        query = query.where(Issue.substatus == Substatus.NEW)
        # Alerts that another process has locked are posted as usual.
        found = self._session.execute(query.where(is_waiting, recent).with_for_update(of=Message, skip_locked=True)).all()
        for row in found:
            _count(by_channel[row.channel_id], 1, row.first_seen_at)
        if found:
            rows = [{"id": row.id, "storm_id": by_channel[row.channel_id].id, "shown_version": row.wanted_version} for row in found]
            self._session.execute(update(Message), rows)


def _count(storm: Storm, issues: int, first_seen_at: datetime) -> None:
    storm.issues += issues
    storm.wanted_version += 1
    storm.began_at = min(storm.began_at, first_seen_at)


@dataclass(frozen=True)
class Counts:
    """Numbers of new, regressed and resolved issues."""

    new: int
    regressed: int
    resolved: int


class DigestStore:
    """Reads the projects that a channel watches."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def projects(self, channel_id: int) -> list[int]:
        """Return the projects that the channel watches."""
        return list(self._session.scalars(select(Watch.project_id).where(Watch.channel_id == channel_id)))

    def counts(self, project_ids: Collection[int], until: datetime) -> Counts:
        """Return the counts of the day before ``until``."""
        query = select(Activity.type, func.count(Activity.issue_id.distinct())).join(Issue, Issue.id == Activity.issue_id)
        query = query.where(Issue.project_id.in_(project_ids), Activity.happened_at > until - DAY, Activity.happened_at <= until)
        kinds = (ActivityType.FIRST_SEEN, ActivityType.SET_REGRESSION, *_RESOLVED)
        counts = {row[0]: row[1] for row in self._session.execute(query.where(Activity.type.in_(kinds)).group_by(Activity.type))}
        resolved = sum(counts.get(kind, 0) for kind in _RESOLVED)
        return Counts(counts.get(ActivityType.FIRST_SEEN, 0), counts.get(ActivityType.SET_REGRESSION, 0), resolved)

    def waiting(self, project_ids: Collection[int], now: datetime) -> list[int]:
        """Return the open issues that are unassigned or stale, most events first."""
        is_unassigned = ~exists().where(Assignee.issue_id == Issue.id)
        query = select(Issue.id).where(Issue.project_id.in_(project_ids), Issue.status == Status.UNRESOLVED)
        query = query.where(or_(is_unassigned, _is_stale(now - STALE_AFTER))).order_by(Issue.times_seen.desc(), Issue.id)
        return list(self._session.scalars(query.limit(MAX_DIGEST_ISSUES)))


def _is_stale(since: datetime) -> ColumnElement[bool]:
    return (Issue.last_seen_at < since) & ~exists().where(Activity.issue_id == Issue.id, Activity.happened_at >= since)
