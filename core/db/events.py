"""Events as they are kept, and what they are counted in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from core import titles
from core.db.models import Event, Issue, IssueHour, Project, Redirect
from core.types import OPEN_TO_TRIAGE, Status
from core.views import EventView


class Events:
    """What was reported of issues."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock_project(self, project_id: int) -> Project:
        """The project, locked: its events are numbered one after another."""
        # Not FOR UPDATE: rows that name the project (tombstones, redirects) may be added meanwhile by those who hold issues.
        query = select(Project).where(Project.id == project_id).with_for_update(key_share=True)
        return self._session.scalars(query).one()

    def hours(self, issue_ids: Sequence[int], since: datetime) -> dict[int, dict[datetime, int]]:
        """The events of each hour that had any, by issue."""
        query = select(IssueHour).where(IssueHour.issue_id.in_(issue_ids), IssueHour.hour_at >= since)
        found: dict[int, dict[datetime, int]] = {}
        for row in self._session.scalars(query):
            found.setdefault(row.issue_id, {})[row.hour_at] = row.events
        return found

    def newest(self, issue_id: int, limit: int) -> list[Event]:
        """The events of an issue that are still kept, newest first."""
        query = select(Event).where(Event.issue_id == issue_id).order_by(Event.happened_at.desc(), Event.id.desc()).limit(limit)
        return list(self._session.scalars(query))

    def page_of_issue(self, issue_id: int, limit: int, offset: int) -> list[EventView]:
        """An issue's stored events, newest first. Those of issues merged into it are among them at once."""
        merged = self._session.scalars(select(Redirect.previous_id).where(Redirect.issue_id == issue_id))
        query = _visible().where(Event.issue_id.in_([issue_id, *merged])).order_by(Event.happened_at.desc(), Event.id.desc())
        return [_view(row) for row in self._session.execute(query.limit(limit).offset(offset))]

    def page_of_project(self, project_id: int, limit: int, offset: int) -> list[EventView]:
        """A project's stored events, last received first."""
        query = _visible().where(Event.project_id == project_id).order_by(Event.id.desc())
        return [_view(row) for row in self._session.execute(query.limit(limit).offset(offset))]

    def one(self, project_id: int, event_id: str) -> EventView | None:
        """The project's event of that id."""
        row = self._session.execute(_visible().where(Event.project_id == project_id, Event.event_id == event_id)).first()
        return _view(row) if row else None


def _visible() -> Select[Event, int]:
    """Events with the number of their issue, if it is there; an event of a merged issue is its primary's."""
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
