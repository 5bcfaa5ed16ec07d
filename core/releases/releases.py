"""Announce, change and find releases, and resolve the issues that their commits fix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.db.database import Database
from core.db.models import Deploy, Release
from core.db.releases import AnnouncedRelease, is_version
from core.db.unit_of_work import UnitOfWork
from core.errors import Invalid, UnknownName
from core.issues.actions import InCommit, Resolve, Unresolve
from core.issues.engine import UpdateEngine
from core.issues.requests import UpdateRequest
from core.releases.commit_fixes import CommitFixes, FixClaims
from core.releases.views import (
    Announced,
    CommitView,
    DeployView,
    NewDeploy,
    ReleaseView,
    RepositoryView,
    commit_view,
    deploy_view,
    release_view,
    repository_view,
)
from core.types import JSON, ByIds, Source, Substatus

__all__ = ["Announced", "AnnouncedRelease", "CommitView", "DeployView", "NewDeploy", "ReleaseView", "Releases", "RepositoryView"]

_MAX_SHOWN_CHARS = 80


@dataclass(frozen=True)
class Releases:
    """Announces, changes and finds releases. Repeated announcements have no effect, because sentry-cli repeats requests that got no answer."""

    database: Database
    clock: Callable[[], datetime]
    engine: UpdateEngine
    on_change: Callable[[], None]

    def announce(self, organization_id: int, version: str, announced: Announced) -> tuple[ReleaseView, Literal["new", "known"]]:
        """Create the release, or update the existing one. Return it with "known" if all these projects had it, else with "new". Raises Invalid."""
        if not is_version(version):
            raise Invalid("version", "A version has 1 to 250 characters, no slash, no line break, no space around it, and is not “latest”.")
        with self.database.write() as work:
            work.releases.lock_projects(announced.project_ids)
            release, is_new = work.releases.add(organization_id, version, self.clock())
            fresh, claims = self._apply(work, release, announced)
            view = _views(work, [release])[0]
        self._resolve_fixed(organization_id, claims)
        return view, "new" if is_new or fresh else "known"

    def update(self, organization_id: int, version: str, announced: Announced, project_ids: tuple[int, ...] | None = None) -> ReleaseView:
        """Change the release. Raises UnknownName, here as below also if projects are given and none of them has the release."""
        with self.database.write() as work:
            work.releases.lock_projects(announced.project_ids)
            release = _require_release(work.releases.locked(organization_id, version, project_ids), version)
            _, claims = self._apply(work, release, announced)
            view = _views(work, [release])[0]
        self._resolve_fixed(organization_id, claims)
        return view

    def delete(self, organization_id: int, version: str, project_ids: tuple[int, ...] | None = None) -> None:
        """Delete the release, or take it out of these projects; issues resolved in it stay resolved. Raises UnknownName."""
        with self.database.write() as work:
            release = _require_release(work.releases.locked(organization_id, version, project_ids), version)
            if project_ids is None:
                work.releases.delete(release)
            else:
                work.releases.take_out(release, project_ids)

    def one(self, organization_id: int, version: str, project_ids: tuple[int, ...] | None = None) -> ReleaseView:
        """Return the release with this version. Raises UnknownName."""
        with self.database.read() as work:
            return _views(work, [_require_release(work.releases.one(organization_id, version, project_ids), version)])[0]

    def page(self, organization_id: int, wanted: AnnouncedRelease, limit: int, offset: int) -> list[ReleaseView]:
        """Return a page of releases, newest first."""
        with self.database.read() as work:
            return _views(work, work.releases.page(organization_id, wanted, limit, offset))

    def previous_with_commits(self, organization_id: int, version: str, project_ids: tuple[int, ...] | None = None) -> ReleaseView | None:
        """Return the previous release that has commits; its newest commit is where the next list of commits starts. Raises UnknownName."""
        with self.database.read() as work:
            release = _require_release(work.releases.one(organization_id, version, project_ids), version)
            previous = work.releases.previous_with_commits(release, project_ids)
            return _views(work, [previous])[0] if previous else None

    def commits(self, organization_id: int, version: str, limit: int, offset: int, project_ids: tuple[int, ...] | None = None) -> list[CommitView]:
        """Return the commits of a release, newest first. Raises UnknownName."""
        with self.database.read() as work:
            release = _require_release(work.releases.one(organization_id, version, project_ids), version)
            return [commit_view(*row) for row in work.commits.of_release(release.id, limit, offset)]

    def deploy(
        self, organization_id: int, version: str, new: NewDeploy, project_ids: tuple[int, ...] | None = None
    ) -> tuple[DeployView, Literal["new", "known"]]:
        """Add a deploy of the release; return the existing one if it is the same. Raises UnknownName."""
        with self.database.write() as work:
            release = _require_release(work.releases.locked(organization_id, version, project_ids), version)
            new_commits: JSON = {"release_id": release.id, "environment": new.environment, "name": new.name, "url": new.url}
            new_commits |= {"started_at": new.started_at, "finished_at": new.finished_at or self.clock()}
            known = work.releases.deploy_like(new_commits)
            row = known or Deploy(**new_commits)
            work.add(row)
            return deploy_view(row), "known" if known else "new"

    def deploys(self, organization_id: int, version: str, limit: int, offset: int, project_ids: tuple[int, ...] | None = None) -> list[DeployView]:
        """Return the deploys of a release, newest first. Raises UnknownName."""
        with self.database.read() as work:
            release = _require_release(work.releases.one(organization_id, version, project_ids), version)
            return [deploy_view(row) for row in work.releases.deploys(release.id, limit, offset)]

    def repositories(self, organization_id: int) -> list[RepositoryView]:
        """Return the repositories of an organization, by name."""
        with self.database.read() as work:
            return [repository_view(row) for row in work.commits.repositories(organization_id)]

    def _apply(self, work: UnitOfWork, release: Release, announced: Announced) -> tuple[list[int], FixClaims]:
        """Apply an announcement; return the projects that the release is new to, and the fixes that its commits claim."""
        now = self.clock()
        for field in ("ref", "url", "released_at", "is_open"):
            if (value := getattr(announced, field)) is not None:
                setattr(release, field, value)
        work.session.flush()
        fresh = work.releases.link(release, announced.project_ids, now)
        if announced.commits is None and not announced.heads:
            return fresh, FixClaims()
        return fresh, CommitFixes(work, release, now).record(announced)

    def _resolve_fixed(self, organization_id: int, claims: FixClaims) -> None:
        """Resolve the claimed issues through the engine.

        The request has no actor, because anyone can write an author into a commit. If the process dies here, the next announcement finds the
        unresolved issues again.
        """
        for fix in claims.fixes:
            action = Resolve(InCommit(fix.repository, fix.commit.sha))
            tags: JSON = {"author": fix.commit.author_name} if fix.commit.author_name else {}
            self.engine.apply(UpdateRequest(organization_id, ByIds(fix.issue_ids), [action], Source.API, tags=tags))
        if claims.withdrawn:
            again = Unresolve(Substatus.ONGOING)
            self.engine.apply(UpdateRequest(organization_id, ByIds(tuple(claims.withdrawn)), [again], Source.API))
        self.on_change()


def _require_release(release: Release | None, version: str) -> Release:
    if release is None:
        raise UnknownName(kind="release", name=version[:_MAX_SHOWN_CHARS])
    return release


def _views(work: UnitOfWork, releases: Sequence[Release]) -> list[ReleaseView]:
    facts = work.release_facts.of(releases)
    return [release_view(release, facts[release.id]) for release in releases]
