"""Find the release or commit that a way of resolving means for each issue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.db.models import Commit, Issue, Release, Resolution
from core.errors import Invalid, SeveralProjects
from core.issues.actions.base import Context
from core.issues.actions.modes import LATEST, InCommit, InNextRelease, InRelease, Mode, Now
from core.types import Status


@dataclass(frozen=True)
class Fix:
    """The resolution of one issue. ``current`` is the version that was current when *next release* was requested."""

    release: Release | None = None
    is_pending: bool = False
    current: str | None = None
    told_version: str = ""
    """Return the version for the activity; empty while the next release is unknown."""

    def row(self, issue: Issue, context: Context) -> Resolution | None:
        """Return the row to store, or None where no release is involved."""
        if self.release is None:
            return None
        return Resolution(
            issue_id=issue.id,
            kind="in_next_release" if self.is_pending else "in_release",
            is_pending=self.is_pending,
            version=self.release.version,
            added_at=self.release.added_at,
            current_release_version=self.current,
            actor_id=context.actor_id,
            resolved_at=context.now,
        )

    def is_already_set(self, row: Resolution | None) -> bool:
        """Return whether the issue is already resolved in exactly this way."""
        if row is None or self.release is None:
            return row is None and self.release is None
        return (row.version, row.is_pending, row.current_release_version) == (self.release.version, self.is_pending, self.current)


@dataclass(frozen=True)
class Fixes:
    """The fix of each issue of a request, and the commit if one commit fixes them all."""

    usual: Fix = field(default_factory=Fix)
    by_issue: Mapping[int, Fix] = field(default_factory=dict)
    commit_id: int | None = None

    def of(self, issue: Issue) -> Fix:
        """Return the fix of one issue."""
        return self.by_issue.get(issue.id, self.usual)


def plan(mode: Mode, context: Context) -> Fixes:
    """Return the fix of each issue for the mode. Raises SeveralProjects, or Invalid for an unknown release or commit."""
    if isinstance(mode, Now) or not context.issues:
        return Fixes()
    projects = {issue.project_id for issue in context.issues}
    if len(projects) > 1:
        raise SeveralProjects(verb="Resolving in a release or by a commit")
    project_id = projects.pop()
    match mode:
        case InNextRelease():
            return _next(mode, project_id, context)
        case InRelease(version):
            release = _named(version, project_id, context)
            return Fixes(Fix(release, told_version=release.version))
        case InCommit():
            return _commit(mode, project_id, context)


def _next(mode: InNextRelease, project_id: int, context: Context) -> Fixes:
    order = context.work.release_order
    newest = order.newest(project_id)
    if newest is None:
        if mode.needs_release and not _already_wait_for_next(context):
            raise Invalid("next_release", "This project has no release yet, so there is no next one.")
        return Fixes()
    greatest = order.greatest(project_id)
    if greatest is not None:
        return Fixes(Fix(greatest, current=greatest.version))
    pending = Fix(newest, is_pending=True)
    seen = order.newest_seen([issue.id for issue in context.issues])
    after = {release.id: order.after(project_id, release) for release in seen.values()}
    return Fixes(pending, {issue_id: _dated(release, after[release.id], pending) for issue_id, release in seen.items()})


def _already_wait_for_next(context: Context) -> bool:
    """Return whether all issues are already resolved in the next release of a project without releases; asking again changes nothing."""
    waiting = context.work.release_order.awaiting_first_release(context.issue_ids)
    return all(issue.status == Status.RESOLVED and issue.id in waiting and context.resolutions.get(issue) is None for issue in context.issues)


def _dated(seen: Release, after: Release | None, pending: Fix) -> Fix:
    """Return the fix by date, for versions that cannot be compared: the release after the newest one in which the issue was seen, if it exists."""
    if after is None:
        return Fix(pending.release, is_pending=True, current=seen.version)
    return Fix(after, current=seen.version, told_version=after.version)


def _named(version: str, project_id: int, context: Context) -> Release:
    order = context.work.release_order
    release = order.newest(project_id) if version == LATEST else order.named(project_id, version)
    if release is None:
        missing = "This project has no release yet." if version == LATEST else f"This project has no release {version!r}."
        raise Invalid("release", missing)
    return release


def _commit(mode: InCommit, project_id: int, context: Context) -> Fixes:
    if not mode.repository:
        return _released(_only(mode.sha, context), project_id, context)
    place, commit = context.work.commit_links.commit(context.organization_id, mode.repository, mode.sha)
    if place is None:
        raise Invalid("repository", f"There is no repository {mode.repository!r}.")
    if commit is None:
        raise Invalid("commit", f"There is no commit {mode.sha!r} in {mode.repository}.")
    return _released(commit, project_id, context)


def _only(sha: str, context: Context) -> Commit:
    """Return the only commit whose id begins with this prefix, as people shorten commit ids."""
    found = context.work.commit_links.commits_like(context.organization_id, sha)
    if not found:
        raise Invalid("commit", f"No repository here has the commit {sha!r}.")
    if len(found) > 1:
        raise Invalid("commit", f"{sha!r} could be several commits. Give more of it, or its repository.")
    return found[0]


def _released(commit: Commit, project_id: int, context: Context) -> Fixes:
    release = context.work.release_order.containing(commit.id, project_id)
    return Fixes(Fix(release), commit_id=commit.id)
