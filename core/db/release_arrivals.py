"""The releases that the events of one arrival name."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Select, Table, and_, case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core import versions
from core.db.commits import add_unless_there
from core.db.dialect import upsert
from core.db.messages import Messages
from core.db.models import IssueRelease, Project, Release, ReleaseProject, Resolution
from core.db.releases import fix_in, is_answered, is_version, pending_in

MOST_NEW = 250
"""Releases that events may bring into a project in a day. One for every commit of a large team fits; a version that is another one with
every event, such as a time, does not.
"""
_DAY = timedelta(days=1)


class ReleaseArrivals:
    """Makes them where they are new, puts them into the project, and ends the wait for the next release at the first event of each.

    Beyond ``MOST_NEW`` of a day none is made. The event keeps the version that it names, and an issue that was resolved in a release regresses
    by it as by any version that is later or of which only the name is known.

    Project and issues must be locked. Where all is there already it takes one SELECT and one upsert.
    """

    def __init__(self, session: Session, project: Project, at: datetime) -> None:
        self._session = session
        self._project = project
        self._at = at
        self._found: dict[str, Release] = {}
        self._fresh: dict[str, Release] = {}
        """Those that are new to the project and have not come yet."""
        self._pending: list[Resolution] = []
        self._ended: list[int] = []

    def make(self, named: Collection[str]) -> None:
        """Looks for these versions and makes those that are missing. What is no version is left out."""
        wanted = {version for version in named if is_version(version)}
        if not wanted:
            return
        linked = and_(ReleaseProject.release_id == Release.id, ReleaseProject.project_id == self._project.id)
        rows = self._session.execute(self._of(wanted).outerjoin(ReleaseProject, linked).add_columns(ReleaseProject.project_id)).all()
        self._found = {row[0].version: row[0] for row in rows if row[1] is not None}
        if missing := wanted - self._found.keys():
            self._link(sorted(missing)[: self._room()])

    def of(self, version: str | None) -> versions.Release | None:
        """The release as ``covers`` wants it; one of no real version has no date."""
        if not version:
            return None
        known = self._found.get(version)
        return versions.Release(version, known.added_at if known else None)

    def come(self, version: str | None) -> None:
        """An event of this version came: what waits for the next release of the project may have got it."""
        release = self._fresh.pop(version, None) if version else None
        if release is None or not release.is_open:
            return
        for row in [row for row in self._pending if is_answered(row, release)]:
            for name, value in fix_in(release).items():
                setattr(row, name, value)
            self._pending.remove(row)
            self._ended.append(row.issue_id)

    def note(self, seen: Collection[tuple[int, str]]) -> None:
        """These issues were seen in these versions now. Copies of issues whose wait has ended are redrawn."""
        table = cast("Table", IssueRelease.__table__)
        statement = (postgresql if self._session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)
        old, new = table.c, statement.excluded
        first = case((new.first_seen_at < old.first_seen_at, new.first_seen_at), else_=old.first_seen_at)
        last = case((new.last_seen_at > old.last_seen_at, new.last_seen_at), else_=old.last_seen_at)
        change = statement.on_conflict_do_update(index_elements=table.primary_key, set_={"first_seen_at": first, "last_seen_at": last})
        at = {"first_seen_at": self._at, "last_seen_at": self._at}
        if rows := [{"issue_id": issue_id, "version": version, **at} for issue_id, version in seen if version in self._found]:
            self._session.connection().execute(change, rows)
        if self._ended:
            Messages(self._session).refresh_numbers(self._ended, self._at)

    def _room(self) -> int:
        """How many releases the project may still get today. The newest have the highest numbers."""
        newest = select(Release.added_at).join(ReleaseProject, ReleaseProject.release_id == Release.id)
        newest = newest.where(ReleaseProject.project_id == self._project.id).order_by(ReleaseProject.release_id.desc()).limit(MOST_NEW)
        return MOST_NEW - sum(added_at > self._at - _DAY for added_at in self._session.scalars(newest))

    def _link(self, missing: list[str]) -> None:
        if not missing:
            return
        rows = [{"organisation_id": self._project.organisation_id, "version": version, "is_open": True, "added_at": self._at} for version in missing]
        # In the order of the versions, so that no two arrivals of one organisation wait for each other.
        add_unless_there(self._session, Release, rows)
        query = self._of(missing).order_by(Release.version).with_for_update(key_share=True)
        self._fresh = {release.version: release for release in self._session.scalars(query)}
        self._found |= self._fresh
        upsert(self._session, ReleaseProject, [{"release_id": one.id, "project_id": self._project.id} for one in self._fresh.values()])
        self._pending = pending_in(self._session, [self._project.id])

    def _of(self, named: Collection[str]) -> Select[Release]:
        return select(Release).where(Release.organisation_id == self._project.organisation_id, Release.version.in_(named))
