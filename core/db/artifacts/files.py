"""The files of a release one by one, as clients of old list and delete them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from core.db.models import ArtifactBundle, ArtifactBundleProject, ArtifactContent, ArtifactFile

_WITHOUT_SYNC = {"synchronize_session": False}


@dataclass(frozen=True)
class ReleaseFilter:
    """Which files of an organization: of a release; if given, only those of a project, with these names in a dist, or with these contents."""

    release: str
    project_id: int | None = None
    dist: str | None = None
    names: Collection[str] = ()
    sha1s: Collection[str] = ()


@dataclass(frozen=True)
class ReleaseFile:
    """A file of a release; ``size`` is in bytes, unpacked."""

    id: int
    name: str
    dist: str | None
    debug_id: str | None
    map_name: str | None
    sha1: str
    size: int
    uploaded_at: datetime


class ArtifactFileStore:
    """Files of all organizations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, organization_id: int, wanted: ReleaseFilter, limit: int, offset: int) -> list[ReleaseFile]:
        """Return a page of files, by name."""
        return self._found(_of(organization_id, wanted), limit, offset)

    def one(self, organization_id: int, wanted: ReleaseFilter, file_id: int) -> ReleaseFile | None:
        """Return a file, if it is among those."""
        return next(iter(self._found([*_of(organization_id, wanted), ArtifactFile.id == file_id], 1, 0)), None)

    def first_of(self, bundle_id: int) -> int | None:
        """Return the id of the first file of a bundle."""
        return self._session.scalar(select(func.min(ArtifactFile.id)).where(ArtifactFile.bundle_id == bundle_id))

    def projects_of(self, file_id: int) -> int:
        """Return how many projects the bundle of a file was uploaded for."""
        count = select(func.count()).join_from(ArtifactFile, ArtifactBundleProject, ArtifactBundleProject.bundle_id == ArtifactFile.bundle_id)
        return self._session.scalar(count.where(ArtifactFile.id == file_id)) or 0

    def remove(self, file_id: int) -> None:
        """Delete a file, and its bundle if that has no other."""
        bundle_ids = self._session.scalars(delete(ArtifactFile).where(ArtifactFile.id == file_id).returning(ArtifactFile.bundle_id)).all()
        left = ~exists().where(ArtifactFile.bundle_id == ArtifactBundle.id)
        for statement in (
            update(ArtifactBundle).where(ArtifactBundle.id.in_(bundle_ids)).values(files=ArtifactBundle.files - 1),
            delete(ArtifactBundle).where(ArtifactBundle.id.in_(bundle_ids), left),
        ):
            self._session.execute(statement, execution_options=_WITHOUT_SYNC)

    def _found(self, conditions: list[ColumnElement[bool]], limit: int, offset: int) -> list[ReleaseFile]:
        query = select(
            ArtifactFile.id,
            ArtifactFile.url.label("name"),
            ArtifactBundle.dist,
            ArtifactFile.debug_id,
            ArtifactFile.map_url.label("map_name"),
            ArtifactContent.sha1,
            ArtifactContent.size,
            ArtifactBundle.uploaded_at,
        )
        query = query.join_from(ArtifactFile, ArtifactBundle, ArtifactBundle.id == ArtifactFile.bundle_id)
        query = query.join(ArtifactContent, ArtifactContent.id == ArtifactFile.content_id).where(*conditions)
        rows = self._session.execute(query.order_by(ArtifactFile.url, ArtifactFile.id).limit(limit).offset(offset))
        return [ReleaseFile(**row) for row in rows.mappings()]


def _of(organization_id: int, wanted: ReleaseFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [ArtifactBundle.organization_id == organization_id, ArtifactBundle.release == wanted.release]
    if wanted.project_id is not None:
        mine = (ArtifactBundleProject.bundle_id == ArtifactBundle.id, ArtifactBundleProject.project_id == wanted.project_id)
        found.append(exists().where(*mine))
    if wanted.names:
        found += [ArtifactFile.url.in_(wanted.names), ArtifactBundle.dist.is_not_distinct_from(wanted.dist)]
    if wanted.sha1s:
        found.append(ArtifactContent.sha1.in_(wanted.sha1s))
    return found
