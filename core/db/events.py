"""Events, what they are counted in, and the fingerprints that lead from them to issues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import titles
from core.db.models import Event, Hash, Issue, IssueHour, IssueUser, Project, Redirect
from core.db.repeated import Repeated
from core.types import OPEN_TO_TRIAGE, Status
from core.views import EventView


class Events:
    """What was reported of issues."""

    def __init__(self, session: Session) -> None:
        self._session = session
        dialect = session.get_bind().dialect.name
        self._insert = postgresql.insert if dialect == "postgresql" else sqlite.insert

    def lock_project(self, project_id: int) -> Project:
        """The project, locked: its events are numbered one after another."""
        # Not FOR UPDATE: rows that name the project (tombstones, redirects) may be added meanwhile by those who hold issues.
        query = select(Project).where(Project.id == project_id).with_for_update(key_share=True)
        return self._session.scalars(query).one()

    def lock_owners(self, project_id: int, hashes: Sequence[str]) -> None:
        """Locks the issues that have these fingerprints, in the order of their ids, as every request does."""
        owners = select(Hash.issue_id).where(Hash.project_id == project_id, Hash.hash.in_(hashes))
        self._session.execute(select(Issue.id).where(Issue.id.in_(owners)).order_by(Issue.id).with_for_update())

    def issue_of(self, project_id: int, event_id: str) -> int | None:
        """The issue of an event that is stored already."""
        return self._session.scalars(select(Event.issue_id).where(Event.project_id == project_id, Event.event_id == event_id)).first()

    def issue_of_hashes(self, project_id: int, hashes: Sequence[str]) -> Issue | None:
        """The issue that has one of these fingerprints, the most telling first; locked."""
        owner = self._owner(project_id, hashes)
        while owner is not None:
            issue = self._session.scalars(select(Issue).where(Issue.id == owner).with_for_update()).first()
            # While we waited for the lock, the issue may have been deleted, discarded or merged, and its fingerprints with it.
            before, owner = owner, self._owner(project_id, hashes)
            if issue is not None and owner == before:
                return issue
        return None

    def _owner(self, project_id: int, hashes: Sequence[str]) -> int | None:
        rows = self._session.execute(select(Hash.hash, Hash.issue_id).where(Hash.project_id == project_id, Hash.hash.in_(hashes)))
        owners = {row.hash: row.issue_id for row in rows}
        return next((owners[hash_] for hash_ in hashes if owners.get(hash_)), None)

    def adopt_hashes(self, issue: Issue, hashes: Sequence[str]) -> None:
        """Fingerprints that no issue has belong to this one from now on."""
        table = Hash.__table__
        rows = [{"project_id": issue.project_id, "hash": hash_, "issue_id": issue.id} for hash_ in dict.fromkeys(hashes)]
        insert = self._insert(Hash).values(rows)
        self._session.execute(
            insert.on_conflict_do_update(
                index_elements=[table.c.project_id, table.c.hash], set_={"issue_id": issue.id}, where=table.c.issue_id.is_(None)
            )
        )

    def add(self, event: Event) -> None:
        """Stores an event. Raises Repeated where another process has just stored the same one."""
        self._session.add(event)
        try:
            self._session.flush()
        except IntegrityError:
            raise Repeated(event.event_id) from None

    def count_hour(self, issue_id: int, happened_at: datetime) -> None:
        """Counts an event in its hour."""
        hour_at = happened_at.replace(minute=0, second=0, microsecond=0)
        insert = self._insert(IssueHour).values(issue_id=issue_id, hour_at=hour_at, events=1)
        self._session.execute(insert.on_conflict_do_update(index_elements=["issue_id", "hour_at"], set_={"events": IssueHour.events + 1}))

    def meet(self, issue_id: int, person: str, at: datetime) -> bool:
        """Notes that an issue hit somebody; true for the first time."""
        insert = self._insert(IssueUser).values(issue_id=issue_id, person=person, first_seen_at=at)
        return self._session.execute(insert.on_conflict_do_nothing().returning(IssueUser.issue_id)).first() is not None

    def hours(self, issue_ids: Sequence[int], since: datetime) -> dict[int, dict[datetime, int]]:
        """The events of each hour that had any, by issue."""
        query = select(IssueHour).where(IssueHour.issue_id.in_(issue_ids), IssueHour.hour_at >= since)
        found: dict[int, dict[datetime, int]] = {}
        for row in self._session.scalars(query):
            found.setdefault(row.issue_id, {})[row.hour_at] = row.events
        return found

    def events_since(self, issue_id: int, since: datetime) -> int:
        """How many of an issue's events happened after that moment."""
        query = select(func.count()).select_from(Event).where(Event.issue_id == issue_id, Event.happened_at > since)
        return self._session.scalars(query).one()

    def people_since(self, issue_id: int, since: datetime) -> int:
        """How many different people an issue hit after that moment."""
        query = select(func.count(Event.person.distinct())).where(Event.issue_id == issue_id, Event.happened_at > since)
        return self._session.scalars(query).one()

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
