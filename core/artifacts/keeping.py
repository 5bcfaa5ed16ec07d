"""List, delete and expire what was uploaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.artifacts.source_maps import ProjectsWithMaps
from core.db.artifacts.bundles import BundleRow
from core.db.database import Database
from core.errors import UnknownName
from core.views import ProjectView

__all__ = ["ArtifactKeeping", "BundleRow"]

_UNUSED_CONTENT_LIFE = timedelta(days=1)
"""How long a content stays that no file has: longer than an upload takes."""


@dataclass(frozen=True)
class ArtifactKeeping:
    """Keeps uploads as long as they are of use. ``days`` is how long a bundle stays that no event uses."""

    database: Database
    clock: Callable[[], datetime]
    projects: ProjectsWithMaps
    days: int

    def listed(self, project_id: int, release: str | None = None) -> list[BundleRow]:
        """Return the bundles of a project, or of one of its releases, newest first."""
        with self.database.read() as work:
            return work.artifact_bundles.of_project(project_id, release)

    def delete(self, project: ProjectView, release: str | None = None, bundle_id: int | None = None) -> int:
        """Take bundles from a project: one, those of a release, or all of them. Return how many. Raises UnknownName if there is none.

        A bundle that was uploaded for other projects too stays with those.
        """
        with self.database.write() as work:
            found = [row.id for row in work.artifact_bundles.of_project(project.id, release) if bundle_id in (None, row.id)]
            if not found and bundle_id is not None:
                raise UnknownName(kind="upload", name=bundle_id)
            if not found and release is not None:
                raise UnknownName(kind="upload of release", name=release)
            return work.artifact_bundles.unlink(project.id, found)

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
