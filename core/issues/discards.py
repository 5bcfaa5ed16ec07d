"""List discarded issues, and accept their events again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.activity_data import UndoneData
from core.db.database import Database
from core.db.models import Tombstone
from core.db.unit_of_work import UnitOfWork
from core.errors import UnknownName
from core.issues.activity import Cause, Change, Journal
from core.types import Actor, Level, Source
from core.views import PersonView, TombstoneView


@dataclass(frozen=True)
class Discards:
    """The tombstones of all projects. Every call names a project; the caller must have looked it up within its organization."""

    database: Database
    clock: Callable[[], datetime]

    def of_project(self, project_id: int, limit: int, offset: int = 0) -> list[TombstoneView]:
        """Return a project's tombstones, newest first."""
        with self.database.read() as work:
            rows = work.tombstones.of_project(project_id, limit, offset)
            people = work.accounts.users_by_id([row.actor_id for row in rows if row.actor_id])
            return [_view(row, people) for row in rows]

    def remove(self, project_id: int, tombstone_id: int, source: Source, actor: Actor | None) -> None:
        """Remove a tombstone: the next event with one of its fingerprints opens an issue. The discarded issue stays deleted. Raises UnknownName."""
        now = self.clock()
        with self.database.write() as work:
            row = work.tombstones.one(_organization_of(work, project_id), project_id, tombstone_id)
            if row is None:
                raise UnknownName(kind="tombstone", name=tombstone_id)
            journal = Journal(work, Cause(now, source, actor.user_id if actor else None))
            for issue in work.issues.relock([row.previous_issue_id]):
                # While the issue can still be viewed, its log says who accepted its events again.
                journal.record(issue, Change(UndoneData(undone="discarded", tombstone_id=row.id)))
            work.tombstones.remove([row.id])
            journal.close()


def _organization_of(work: UnitOfWork, project_id: int) -> int:
    project = work.accounts.project(project_id)
    return project.organization_id if project else 0


def _view(row: Tombstone, people: dict[int, PersonView]) -> TombstoneView:
    return TombstoneView(
        id=row.id,
        issue_id=row.previous_issue_id,
        level=Level(row.level),
        title=row.title,
        culprit=row.culprit,
        message=row.message,
        actor=people.get(row.actor_id) if row.actor_id else None,
        times_seen=row.times_seen,
        last_seen_at=row.last_seen_at,
        created_at=row.created_at,
    )
