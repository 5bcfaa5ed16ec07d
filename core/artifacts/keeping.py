"""List, delete and expire what was uploaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.artifacts.names import is_release
from core.artifacts.source_maps import ProjectsWithMaps
from core.db.artifacts.bundles import BundleRow
from core.db.artifacts.files import ReleaseFile, ReleaseFilter
from core.db.database import Database
from core.errors import TriageError, UnknownName

__all__ = ["ArtifactKeeping", "BundleRow", "ReleaseFile", "ReleaseFilter", "SharedFile"]

_UNUSED_CONTENT_LIFE = timedelta(days=1)
"""How long a content stays that no file has: longer than an upload takes."""


class SharedFile(TriageError):
    """The file came with an upload for several projects. Nothing was deleted. Delete the upload: quell project artifacts PROJECT --delete ID"""


@dataclass(frozen=True)
class ArtifactKeeping:
    """Keeps uploads as long as they are of use. ``days`` is how long a bundle stays that no event uses."""

    database: Database
    clock: Callable[[], datetime]
    projects: ProjectsWithMaps
    days: int

    def listed(self, project_id: int, release: str | None = None) -> list[BundleRow]:
        """Return the bundles of a project, or of one of its releases, newest first."""
        if release is not None and not is_release(release):
            return []
        with self.database.read() as work:
            return work.artifact_bundles.of_project(project_id, release)

    def files(self, organization_id: int, wanted: ReleaseFilter, limit: int, offset: int) -> list[ReleaseFile]:
        """Return a page of the files of a release, by name."""
        if not is_release(wanted.release):
            return []
        with self.database.read() as work:
            return work.artifact_files.page(organization_id, wanted, limit, offset)

    def file(self, organization_id: int, wanted: ReleaseFilter, file_id: int) -> ReleaseFile:
        """Return a file of a release. Raises UnknownName."""
        with self.database.read() as work:
            return _known(work.artifact_files.one(organization_id, wanted, file_id), file_id)

    def delete_file(self, organization_id: int, wanted: ReleaseFilter, file_id: int) -> None:
        """Delete a file of a release. Raises UnknownName, and SharedFile if other projects have it too."""
        _require_release(wanted.release)
        with self.database.write() as work:
            _known(work.artifact_files.one(organization_id, wanted, file_id), file_id)
            if wanted.project_id is not None and work.artifact_files.projects_of(file_id) > 1:
                raise SharedFile
            work.artifact_files.remove(file_id)

    def delete(self, project_id: int, release: str | None = None, bundle_id: int | None = None) -> int:
        """Take bundles from a project: one, those of a release, or all of them. Return how many. Raises UnknownName if there is none.

        A bundle that was uploaded for other projects too stays with those.
        """
        _require_release(release)
        with self.database.write() as work:
            found = [row.id for row in work.artifact_bundles.of_project(project_id, release) if bundle_id in (None, row.id)]
            if not found and bundle_id is not None:
                raise UnknownName(kind="upload", name=bundle_id)
            if not found and release is not None:
                raise UnknownName(kind="upload of release", name=release)
            return work.artifact_bundles.unlink(project_id, found)

    def forget(self, limit: int = 100) -> int:
        """Remove at most ``limit`` each of old bundles, of contents that no file has, and of expired chunks; return how many in all."""
        now = self.clock()
        before = now - _UNUSED_CONTENT_LIFE
        with self.database.read() as work:
            unused = work.artifact_contents.unused(before, limit)
        with self.database.write() as work:
            gone = work.artifact_bundles.remove_old(now - timedelta(days=self.days), limit)
            gone += work.artifact_contents.remove_unused(unused, before) if unused else 0
            return gone + work.artifact_chunks.remove_expired(now, limit)


def _require_release(version: str | None) -> None:
    if version is not None and not is_release(version):
        raise UnknownName(kind="upload of release", name=ascii(version)[1:-1][:80])


def _known(file: ReleaseFile | None, file_id: int) -> ReleaseFile:
    if file is None:
        raise UnknownName(kind="file", name=file_id)
    return file
