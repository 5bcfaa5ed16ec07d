"""Bundles as they are stored, listed and removed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from core.db.columns import upsert
from core.db.models import ArtifactBundle, ArtifactBundleProject, ArtifactFile

_WITHOUT_SYNC = {"synchronize_session": False}


@dataclass(frozen=True)
class BundleRow:
    """A bundle with the number of its debug ids."""

    id: int
    release: str | None
    dist: str | None
    files: int
    size: int
    uploaded_at: datetime
    last_used_at: datetime | None
    debug_ids: int


class ArtifactBundleStore:
    """Bundles of all organizations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def uploaded(self, organization_id: int, upload_key: str) -> ArtifactBundle | None:
        """Return the bundle of an earlier upload of the same."""
        mine = (ArtifactBundle.organization_id == organization_id, ArtifactBundle.upload_key == upload_key)
        return self._session.scalars(select(ArtifactBundle).where(*mine)).first()

    def link(self, bundle_id: int, project_ids: Collection[int]) -> None:
        """Let these projects find the bundle."""
        upsert(self._session, ArtifactBundleProject, [{"bundle_id": bundle_id, "project_id": project_id} for project_id in sorted(project_ids)])

    def shrink(self, project_ids: Collection[int], max_bytes: int) -> None:
        """Take the oldest bundles from each of these projects until the others take at most ``max_bytes``."""
        newest = (ArtifactBundle.uploaded_at.desc(), ArtifactBundle.id.desc())
        total = func.sum(ArtifactBundle.size).over(partition_by=ArtifactBundleProject.project_id, order_by=newest).label("total")
        query = select(ArtifactBundleProject.bundle_id, ArtifactBundleProject.project_id, total)
        query = query.join(ArtifactBundle, ArtifactBundle.id == ArtifactBundleProject.bundle_id)
        sums = query.where(ArtifactBundleProject.project_id.in_(project_ids)).subquery()
        excess = self._session.execute(select(sums.c.bundle_id, sums.c.project_id).where(sums.c.total > max_bytes)).all()
        for project_id in {row.project_id for row in excess}:
            self.unlink(project_id, [row.bundle_id for row in excess if row.project_id == project_id])

    def unlink(self, project_id: int, bundle_ids: Collection[int]) -> int:
        """Take bundles from a project, and delete those that no project has any more; return how many the project had."""
        mine = (ArtifactBundleProject.project_id == project_id, ArtifactBundleProject.bundle_id.in_(bundle_ids))
        gone = self._session.execute(delete(ArtifactBundleProject).where(*mine).returning(ArtifactBundleProject.bundle_id)).all()
        self._session.execute(delete(ArtifactBundle).where(ArtifactBundle.id.in_(bundle_ids), _is_orphan()), execution_options=_WITHOUT_SYNC)
        return len(gone)

    def remove_old(self, before: datetime, limit: int) -> int:
        """Delete at most ``limit`` bundles that were neither uploaded nor used since then, or that no project has; return how many."""
        unused = or_(ArtifactBundle.last_used_at.is_(None), ArtifactBundle.last_used_at < before)
        is_old = or_(and_(ArtifactBundle.uploaded_at < before, unused), _is_orphan())
        ids = self._session.scalars(select(ArtifactBundle.id).where(is_old).order_by(ArtifactBundle.id).limit(limit)).all()
        if ids:
            gone = delete(ArtifactBundle).where(ArtifactBundle.id.in_(ids), is_old)
            self._session.execute(gone, execution_options=_WITHOUT_SYNC)
        return len(ids)

    def of_project(self, project_id: int, release: str | None = None) -> list[BundleRow]:
        """Return the bundles of a project, or of one of its releases, newest first."""
        ids = select(func.count(ArtifactFile.debug_id.distinct())).where(ArtifactFile.bundle_id == ArtifactBundle.id).scalar_subquery()
        query = select(ArtifactBundle, ids.label("debug_ids")).join(ArtifactBundleProject, ArtifactBundleProject.bundle_id == ArtifactBundle.id)
        query = query.where(ArtifactBundleProject.project_id == project_id)
        if release is not None:
            query = query.where(ArtifactBundle.release == release)
        rows = self._session.execute(query.order_by(ArtifactBundle.uploaded_at.desc(), ArtifactBundle.id.desc()))
        return [
            BundleRow(row.id, row.release, row.dist, row.files, row.size, row.uploaded_at, row.last_used_at, debug_ids) for row, debug_ids in rows
        ]


def _is_orphan() -> ColumnElement[bool]:
    return ~exists().where(ArtifactBundleProject.bundle_id == ArtifactBundle.id)
