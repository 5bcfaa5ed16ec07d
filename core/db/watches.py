"""Watches: which channel is told of a project's issues, on what terms; and the past, for trying terms out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, cast, delete, func, select
from sqlalchemy.orm import Session

from core.db.columns import BigInt
from core.db.models import Activity, Channel, Issue, IssueHour, Project, Watch
from core.dry_run import Hour
from core.terms import Terms
from core.types import ActivityType, Status

_EFFECTS = {
    ActivityType.FIRST_SEEN: "new",
    ActivityType.SET_REGRESSION: "regressed",
    ActivityType.SET_ESCALATING: "escalating",
}


class Watches:
    """The watches of all organisations; at most one for a project and a channel."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, project_id: int, channel_id: int) -> Watch | None:
        """The channel's watch on the project."""
        return self._session.scalars(select(Watch).where(Watch.project_id == project_id, Watch.channel_id == channel_id)).first()

    def listed(self, organisation_id: int) -> Sequence[tuple[Watch, Project, Channel]]:
        """An organisation's watches with what they watch and where they tell of it, by project."""
        query = select(Watch, Project, Channel).join(Project, Project.id == Watch.project_id).join(Channel, Channel.id == Watch.channel_id)
        rows = self._session.execute(query.where(Project.organisation_id == organisation_id).order_by(Project.slug, Watch.id))
        return [(row[0], row[1], row[2]) for row in rows]

    def remove(self, project_id: int, platform: str, channel: str) -> bool:
        """The channel is told of the project no more. False if it was not."""
        place = select(Channel.id).where(Channel.platform == platform, Channel.external_id == channel).scalar_subquery()
        mine = delete(Watch).where(Watch.project_id == project_id, Watch.channel_id == place)
        return self._session.execute(mine.returning(Watch.id), execution_options={"synchronize_session": False}).first() is not None

    def effects(self, found: ColumnElement[bool], since: datetime) -> list[tuple[datetime, int, str]]:
        """When which of these issues came, regressed, escalated or left the archive since then."""
        query = select(Activity.happened_at, Activity.issue_id, Activity.type, Activity.data).join(Issue, Issue.id == Activity.issue_id)
        rows = self._session.execute(query.where(found, Activity.type.in_(_EFFECTS), Activity.happened_at >= since))
        return [(row.happened_at, row.issue_id, "unarchived" if "expired_snooze" in row.data else _EFFECTS[row.type]) for row in rows]

    def hours(self, found: ColumnElement[bool], since: datetime, least: int) -> list[Hour]:
        """The hours since then of those of these issues that are unresolved and have had so many events at least."""
        later = cast(func.sum(IssueHour.events).over(partition_by=IssueHour.issue_id, order_by=IssueHour.hour_at.desc()), BigInt)
        before = (Issue.times_seen - later).label("before")
        query = select(IssueHour.issue_id, IssueHour.hour_at, IssueHour.events, before).join(Issue, Issue.id == IssueHour.issue_id)
        rows = self._session.execute(query.where(found, Issue.status == Status.UNRESOLVED, Issue.times_seen >= least, IssueHour.hour_at >= since))
        return [Hour(row.hour_at, row.issue_id, row.before, row.before + row.events) for row in rows]

    def titles(self, issue_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
        """The number in its project and the title of each of these issues."""
        rows = self._session.execute(select(Issue.id, Issue.number, Issue.title).where(Issue.id.in_(issue_ids)))
        return {row.id: (row.number, row.title) for row in rows}


def set_terms(watch: Watch, terms: Terms) -> None:
    """The watch is on these terms from now on."""
    for name, value in asdict(terms).items():
        setattr(watch, name, value)


def terms_of(watch: Watch) -> Terms:
    """The terms that a watch is on."""
    return Terms(watch.query, watch.on_new, watch.on_regression, watch.on_escalation, watch.every, watch.min_interval)
