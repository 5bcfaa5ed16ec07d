"""Query the order of releases: the newest, the greatest or the next one of a project or of an issue."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from core.db.models import Activity, Issue, IssueRelease, Release, ReleaseCommit, ReleaseProject
from core.rules.versions import follows_semver, is_later, parse
from core.types import ActivityType, Facet

_SEMVER_SAMPLE = 10
"""Number of releases that decide whether a project follows semver."""
_MAX_COMPARED_RELEASES = 1000
"""The greatest release is searched among this many, added last."""
_DATE: ColumnElement[object] = func.coalesce(Release.released_at, Release.added_at)


class ReleaseOrderStore:
    """Queries about the order of a project's open releases."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def newest(self, project_id: int) -> Release | None:
        """Return the newest release, by release date or else by the date it was added."""
        return self._session.scalars(_of(project_id).order_by(_DATE.desc(), Release.id.desc()).limit(1)).first()

    def named(self, project_id: int, version: str) -> Release | None:
        """Return the project's release with exactly this version, open or not."""
        query = select(Release).join(ReleaseProject, ReleaseProject.release_id == Release.id)
        return self._session.scalars(query.where(ReleaseProject.project_id == project_id, Release.version == version)).first()

    def follows_semver(self, project_id: int) -> bool:
        """Return whether the project's latest releases follow semver."""
        query = _of(project_id).order_by(Release.added_at.desc(), Release.id.desc()).limit(_SEMVER_SAMPLE).with_only_columns(Release.version)
        return follows_semver(list(self._session.scalars(query)))

    def greatest(self, project_id: int) -> Release | None:
        """Return the greatest release by semver, if the project follows it."""
        if not self.follows_semver(project_id):
            return None
        latest = _of(project_id).order_by(Release.added_at.desc(), Release.id.desc()).limit(_MAX_COMPARED_RELEASES)
        versions = [(parsed, release) for release in self._session.scalars(latest) if (parsed := parse(release.version))]
        return max(versions, key=lambda pair: pair[0])[1] if versions else None

    def after(self, project_id: int, release: Release) -> Release | None:
        """Return the release added next after this one, by date. Releases with an older version are skipped."""
        later = or_(Release.added_at > release.added_at, and_(Release.added_at == release.added_at, Release.id > release.id))
        candidates = self._session.scalars(_of(project_id).where(later).order_by(_DATE, Release.id).limit(_MAX_COMPARED_RELEASES))
        return next((candidate for candidate in candidates if is_later(candidate.version, release.version) is not False), None)

    def newest_seen(self, issue_ids: Sequence[int]) -> dict[int, Release]:
        """Return the newest release, by date, that each issue was seen in."""
        query = (
            select(IssueRelease.issue_id, Release)
            .join(Issue, Issue.id == IssueRelease.issue_id)
            .join(ReleaseProject, ReleaseProject.project_id == Issue.project_id)
            .join(Release, and_(Release.id == ReleaseProject.release_id, Release.version == IssueRelease.version))
            .where(IssueRelease.issue_id.in_(issue_ids))
            .order_by(_DATE, Release.id)
        )
        return {row[0]: row[1] for row in self._session.execute(query)}

    def awaiting_first_release(self, issue_ids: Sequence[int]) -> set[int]:
        """Return the issues whose last status change is “resolved in a release”; without a resolution they wait for the first release."""
        moves = select(func.max(Activity.id)).where(Activity.issue_id.in_(issue_ids), Activity.facet == Facet.STATUS).group_by(Activity.issue_id)
        waiting = Activity.type == ActivityType.SET_RESOLVED_IN_RELEASE
        return set(self._session.scalars(select(Activity.issue_id).where(Activity.id.in_(moves), waiting)))

    def containing(self, commit_id: int, project_id: int) -> Release | None:
        """Return the newest of the project's releases that contain the commit."""
        query = _of(project_id).join(ReleaseCommit, ReleaseCommit.release_id == Release.id).where(ReleaseCommit.commit_id == commit_id)
        return self._session.scalars(query.order_by(_DATE.desc(), Release.id.desc()).limit(1)).first()


def _of(project_id: int) -> Select[Release]:
    query = select(Release).join(ReleaseProject, ReleaseProject.release_id == Release.id)
    return query.where(ReleaseProject.project_id == project_id, Release.is_open)
