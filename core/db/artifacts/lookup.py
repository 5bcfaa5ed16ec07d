"""Find the source maps of scripts: by debug id, or by release and name. A project sees only the bundles that were uploaded for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import Boolean, ColumnElement, ScalarSelect, Select, String, column, exists, or_, select, update, values
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db.models import ArtifactBundle, ArtifactBundleProject, ArtifactContent, ArtifactFile, Project

Columns = TypeVarTuple("Columns")
_WITHOUT_SYNC = {"synchronize_session": False}
_COLUMNS: tuple[Any, ...] = (
    ArtifactFile.bundle_id,
    ArtifactBundle.release,
    ArtifactBundle.dist,
    ArtifactBundle.last_used_at,
    ArtifactFile.content_id,
    ArtifactFile.is_map,
    ArtifactFile.url,
    ArtifactFile.debug_id,
    ArtifactFile.map_url,
)
"""The fields of a FoundFile."""


@dataclass(frozen=True)
class FoundFile:
    """A file of a bundle, with what the bundle says of it."""

    bundle_id: int
    release: str | None
    dist: str | None
    last_used_at: datetime | None
    content_id: int
    is_map: bool
    url: str
    debug_id: str | None
    map_url: str | None


class ArtifactStore:
    """Source maps and scripts of one project, those of the newest upload first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def has_any(self, project_id: int) -> bool:
        """Return whether anything was uploaded for the project."""
        return bool(self._session.scalar(select(exists().where(ArtifactBundleProject.project_id == project_id))))

    def with_debug_id(self, project_id: int, debug_ids: Collection[str]) -> list[FoundFile]:
        """Return the newest script and the newest map with each debug id."""
        if not debug_ids:
            return []
        wanted = values(column("debug_id", String), column("is_map", Boolean), name="wanted")
        keys = wanted.data([(debug_id, is_map) for debug_id in sorted(debug_ids) for is_map in (False, True)]).cte("wanted")
        same = (ArtifactFile.debug_id == keys.c.debug_id, ArtifactFile.is_map == keys.c.is_map)
        mine = (ArtifactFile.organization_id == _organization_of(project_id), *same)
        # A script that never changes is in every upload, so the newest one is taken from the end of the index.
        newest = _visible(select(ArtifactFile.id), project_id).where(*mine).order_by(ArtifactFile.id.desc()).limit(1)
        ids = select(newest.correlate(keys).scalar_subquery()).select_from(keys)
        query = select(*_COLUMNS).join_from(ArtifactFile, ArtifactBundle, ArtifactBundle.id == ArtifactFile.bundle_id)
        return [FoundFile(**row) for row in self._session.execute(query.where(ArtifactFile.id.in_(ids))).mappings()]

    def named(self, project_id: int, releases: Collection[str], urls: Collection[str]) -> list[FoundFile]:
        """Return the files of these releases that have one of these names."""
        if not releases or not urls:
            return []
        return self._found(project_id, ArtifactFile.url.in_(urls), _of_releases(project_id, releases))

    def maps_beside(self, project_id: int, scripts: Collection[FoundFile]) -> list[FoundFile]:
        """Return the maps that these scripts name, in their bundle or another one of their release."""
        urls = {script.map_url for script in scripts if script.map_url}
        if not urls:
            return []
        bundles, releases = {script.bundle_id for script in scripts}, {script.release for script in scripts if script.release}
        beside = or_(ArtifactBundle.id.in_(bundles), _of_releases(project_id, releases)) if releases else ArtifactBundle.id.in_(bundles)
        # In a subquery: SQLite would otherwise begin with all bundles of the project.
        nearby = select(ArtifactBundle.id).where(beside).correlate(None)
        return self._found(project_id, ArtifactFile.is_map, ArtifactFile.url.in_(urls), ArtifactFile.bundle_id.in_(nearby))

    def contents(self, project_id: int, ids: Collection[int]) -> Mapping[int, tuple[bytes, int]]:
        """Return contents as they are packed, each with its unpacked size."""
        if not ids:
            return {}
        of_organization = ArtifactContent.organization_id == _organization_of(project_id)
        query = select(ArtifactContent.id, ArtifactContent.packed, ArtifactContent.size).where(ArtifactContent.id.in_(ids), of_organization)
        return {row.id: (row.packed, row.size) for row in self._session.execute(query)}

    def mark_used(self, bundle_ids: Collection[int], now: datetime) -> None:
        """Note that events find maps in these bundles."""
        used = update(ArtifactBundle).where(ArtifactBundle.id.in_(bundle_ids)).values(last_used_at=now)
        self._session.execute(used, execution_options=_WITHOUT_SYNC)

    def _found(self, project_id: int, *conditions: ColumnElement[bool] | InstrumentedAttribute[bool]) -> list[FoundFile]:
        query = _visible(select(*_COLUMNS), project_id).where(*conditions)
        rows = self._session.execute(query.order_by(ArtifactBundle.uploaded_at.desc(), ArtifactFile.id.desc()))
        return [FoundFile(**row) for row in rows.mappings()]


def _visible(query: Select[*Columns], project_id: int) -> Select[*Columns]:
    """Select only files of the bundles that were uploaded for a project."""
    query = query.select_from(ArtifactFile).join(ArtifactBundle, ArtifactBundle.id == ArtifactFile.bundle_id)
    return query.join(ArtifactBundleProject, ArtifactBundleProject.bundle_id == ArtifactBundle.id).where(
        ArtifactBundleProject.project_id == project_id
    )


def _of_releases(project_id: int, releases: Collection[str]) -> ColumnElement[bool]:
    return (ArtifactBundle.organization_id == _organization_of(project_id)) & ArtifactBundle.release.in_(releases)


def _organization_of(project_id: int) -> ScalarSelect[int]:
    return select(Project.organization_id).where(Project.id == project_id).scalar_subquery()
