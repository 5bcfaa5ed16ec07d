"""Tombstones: what a discard leaves behind."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.db.models import Hash, Project, Tombstone


class Tombstones:
    """The fingerprints that are dropped, and how often."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, tombstones: Sequence[Tombstone]) -> None:
        """Adds tombstones and gives them their numbers."""
        self._session.add_all(tombstones)
        self._session.flush()

    def of_project(self, project_id: int, limit: int, offset: int) -> list[Tombstone]:
        """A project's tombstones, newest first."""
        query = select(Tombstone).where(Tombstone.project_id == project_id).order_by(Tombstone.id.desc()).limit(limit).offset(offset)
        return list(self._session.scalars(query))

    def one(self, organisation_id: int, project_id: int, tombstone_id: int) -> Tombstone | None:
        """The tombstone of that number, if it is the project's and the organisation's."""
        query = select(Tombstone).join(Project, Project.id == Tombstone.project_id)
        query = query.where(Project.organisation_id == organisation_id, Project.id == project_id, Tombstone.id == tombstone_id)
        return self._session.scalars(query).first()

    def remove(self, ids: Sequence[int]) -> None:
        """Events with their fingerprints are taken in again."""
        if ids:
            free = update(Hash).where(Hash.tombstone_id.in_(ids)).values(tombstone_id=None)
            self._session.execute(free, execution_options={"synchronize_session": False})
            self._session.execute(delete(Tombstone).where(Tombstone.id.in_(ids)), execution_options={"synchronize_session": False})

    def remove_of_issues(self, issue_ids: Sequence[int]) -> None:
        """Takes back the discards of these issues."""
        self._session.flush()
        self.remove(list(self._session.scalars(select(Tombstone.id).where(Tombstone.previous_issue_id.in_(issue_ids)))))
