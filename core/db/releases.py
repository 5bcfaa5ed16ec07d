"""Query releases, created by an announcement or by the first event that names them; their projects, issues, deploys and facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from core.db.columns import MAX_STATEMENT_ROWS, upsert
from core.db.commits import add_unless_there
from core.db.messages import MessageStore
from core.db.models import Commit, CommitLink, Deploy, Issue, IssueRelease, Project, Release, ReleaseCommit, ReleaseProject, Repository, Resolution
from core.rules import versions
from core.types import ALWAYS, JSON, Period, Status

_DATED = func.coalesce(Release.released_at, Release.added_at)
_WITHOUT_SYNC = {"synchronize_session": False}
_NO_VERSION = re.compile(r"[\x00-\x1f\x7f/\\]|\A\s|\s\Z|\A\.{1,2}\Z|\A(?i:latest)\Z|\A\Z")


def is_version(text: str) -> bool:
    """Return whether a release can have this name: it must fit into a URL, and ``latest`` is reserved."""
    return len(text) <= versions.MAX_VERSION_CHARS and not _NO_VERSION.search(text)


@dataclass(frozen=True)
class AnnouncedRelease:
    """A filter for releases. ``is_open`` None includes archived ones, ``project_ids`` None those of all projects.

    ``begins_with`` is about the version, or about its part after the last ``@``. ``environments`` are those that it was deployed to, and
    ``period`` is about the date of release, or else of creation.
    """

    project_ids: tuple[int, ...] | None = None
    begins_with: str = ""
    is_open: bool | None = True
    contains: str = ""
    environments: tuple[str, ...] = ()
    period: Period = ALWAYS


class ReleaseStore:
    """Releases of all organizations. For the order of a project's releases see ``ReleaseOrderStore``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._messages = MessageStore(session)

    def one(self, organization_id: int, version: str, project_ids: Sequence[int] | None = None) -> Release | None:
        """Return the organization's release with this version; with projects only if one of them has it."""
        return self._session.scalars(_of(organization_id, version, project_ids)).first() if is_version(version) else None

    def locked(self, organization_id: int, version: str, project_ids: Sequence[int] | None = None) -> Release | None:
        """Return the same release locked against changes; events may still be recorded in it."""
        if not is_version(version):
            return None
        return self._session.scalars(_of(organization_id, version, project_ids).with_for_update(key_share=True)).first()

    def page(self, organization_id: int, wanted: AnnouncedRelease, limit: int, offset: int) -> list[Release]:
        """Return a page of releases, newest first by release date or else by the date they were added."""
        query = select(Release).where(Release.organization_id == organization_id)
        query = query.where(*_wanted(wanted))
        return list(self._session.scalars(query.order_by(_DATED.desc(), Release.id.desc()).limit(limit).offset(offset)))

    def previous_with_commits(self, release: Release, project_ids: Sequence[int] | None = None) -> Release | None:
        """Return the newest release of the same projects, or of those named, that was added before the release and has commits."""
        shared = select(ReleaseProject.project_id).where(ReleaseProject.release_id == release.id)
        if project_ids is not None:
            shared = shared.where(ReleaseProject.project_id.in_(project_ids))
        earlier = or_(Release.added_at < release.added_at, and_(Release.added_at == release.added_at, Release.id < release.id))
        query = select(Release).where(
            Release.organization_id == release.organization_id,
            earlier,
            exists().where(ReleaseCommit.release_id == Release.id),
            exists().where(ReleaseProject.release_id == Release.id, ReleaseProject.project_id.in_(shared)),
        )
        return self._session.scalars(query.order_by(Release.added_at.desc(), Release.id.desc()).limit(1)).first()

    def lock_projects(self, project_ids: Iterable[int]) -> None:
        """Lock the projects before a release is linked to them.

        An incoming event locks the project and then creates its release; another order would deadlock with it.
        """
        query = select(Project.id).where(Project.id.in_(project_ids)).order_by(Project.id)
        self._session.execute(query.with_for_update(read=True, key_share=True))

    def add(self, organization_id: int, version: str, now: datetime) -> tuple[Release, bool]:
        """Return the release with this version, locked, and whether it was created now."""
        is_new = False
        release = self.locked(organization_id, version)
        if release is None:
            row = {"organization_id": organization_id, "version": version, "is_open": True, "added_at": now}
            is_new = add_unless_there(self._session, Release, [row]) == 1
            release = self._session.scalars(_of(organization_id, version).with_for_update(key_share=True)).one()
        return release, is_new

    def link(self, release: Release, project_ids: Iterable[int], now: datetime) -> list[int]:
        """Add the release to these projects and resolve the issues that waited for it; return the projects that it is new to."""
        wanted = set(project_ids)
        have = select(ReleaseProject.project_id).where(ReleaseProject.release_id == release.id, ReleaseProject.project_id.in_(wanted))
        fresh = sorted(wanted - set(self._session.scalars(have)))
        upsert(self._session, ReleaseProject, [{"release_id": release.id, "project_id": project_id} for project_id in fresh])
        if fresh and release.is_open:
            self._arrive(release, fresh, now)
        return fresh

    def take_out(self, release: Release, project_ids: Sequence[int]) -> None:
        """Take a release out of projects, and delete it if no project is left."""
        gone = delete(ReleaseProject).where(ReleaseProject.release_id == release.id, ReleaseProject.project_id.in_(project_ids))
        self._session.execute(gone, execution_options=_WITHOUT_SYNC)
        if not self._session.scalar(select(exists().where(ReleaseProject.release_id == release.id))):
            self.delete(release)

    def delete(self, release: Release) -> None:
        """Delete a release. Resolutions and issues keep its version."""
        self._session.execute(delete(Release).where(Release.id == release.id), execution_options=_WITHOUT_SYNC)

    def deploys(self, release_id: int, limit: int, offset: int) -> list[Deploy]:
        """Return the deploys of a release, newest first."""
        query = select(Deploy).where(Deploy.release_id == release_id).order_by(Deploy.finished_at.desc(), Deploy.id.desc())
        return list(self._session.scalars(query.limit(limit).offset(offset)))

    def deploy_like(self, values: JSON) -> Deploy | None:
        """Return an existing deploy with exactly these values."""
        return self._session.scalars(select(Deploy).filter_by(**values)).first()

    def _arrive(self, release: Release, project_ids: Sequence[int], now: datetime) -> None:
        """Resolve in this release what was resolved in the next release of these projects, if it is newer than the one known then.

        Uses the same rule by which an event of the release would regress the issue, so the two cannot disagree. The activity still says "in the
        next release"; the resolution names the release. Copies are redrawn.
        """
        rows = pending_in(self._session, project_ids)
        ended = [row.issue_id for row in rows if is_answered(row, release)]
        for first in range(0, len(ended), MAX_STATEMENT_ROWS):
            chunk = ended[first : first + MAX_STATEMENT_ROWS]
            given = update(Resolution).where(Resolution.issue_id.in_(chunk)).values(fix_in(release))
            self._session.execute(given, execution_options=_WITHOUT_SYNC)
            self._messages.refresh_counts(chunk, now)
        for row in rows:
            self._session.expire(row)

    def land(self, release: Release, commit_ids: Sequence[int], now: datetime) -> None:
        """Update issues resolved by these commits to be resolved in the release that contains them: if their project has the release and no earlier
        release was known.
        """
        has_it = exists().where(ReleaseProject.project_id == Issue.project_id, ReleaseProject.release_id == release.id)
        query = (
            select(Issue.id, Issue.resolved_at)
            .join(CommitLink, CommitLink.issue_id == Issue.id)
            .where(CommitLink.commit_id.in_(commit_ids), Issue.status == Status.RESOLVED, has_it)
            .where(~exists().where(Resolution.issue_id == Issue.id))
            .distinct()
        )
        values = {"kind": "in_release", "is_pending": False, "version": release.version, "added_at": release.added_at}
        resolved = self._session.execute(query).all()
        upsert(self._session, Resolution, [{"issue_id": row.id, "resolved_at": row.resolved_at or now, **values} for row in resolved])
        if resolved:
            self._messages.refresh_counts([row.id for row in resolved], now)


def _of(organization_id: int, version: str, project_ids: Sequence[int] | None = None) -> Select[Release]:
    query = select(Release).where(Release.organization_id == organization_id, Release.version == version)
    return query if project_ids is None else query.where(_is_in(project_ids))


def _is_in(project_ids: Sequence[int]) -> ColumnElement[bool]:
    return exists().where(ReleaseProject.release_id == Release.id, ReleaseProject.project_id.in_(project_ids))


def _wanted(wanted: AnnouncedRelease) -> Iterator[ColumnElement[bool]]:
    """Return the conditions of a filter."""
    if wanted.project_ids is not None:
        yield _is_in(wanted.project_ids)
    if wanted.begins_with:
        is_short = Release.version.icontains(f"@{wanted.begins_with}", autoescape=True)
        yield or_(Release.version.istartswith(wanted.begins_with, autoescape=True), is_short)
    if wanted.contains:
        yield Release.version.icontains(wanted.contains, autoescape=True)
    if wanted.is_open is not None:
        yield Release.is_open == wanted.is_open
    if wanted.environments:
        yield exists().where(Deploy.release_id == Release.id, Deploy.environment.in_(wanted.environments))
    if wanted.period.since is not None:
        yield wanted.period.since <= _DATED
    if wanted.period.until is not None:
        yield wanted.period.until >= _DATED


def pending_in(session: Session, project_ids: Sequence[int]) -> list[Resolution]:
    """Return the resolutions that wait for the next release of these projects, locked."""
    mine = select(Issue.id).where(Issue.project_id.in_(project_ids))
    pending = select(Resolution).where(Resolution.kind == "in_next_release", Resolution.is_pending, Resolution.issue_id.in_(mine))
    return list(session.scalars(pending.order_by(Resolution.issue_id).with_for_update().execution_options(populate_existing=True)))


def fix_in(release: Release) -> JSON:
    """Return the columns of a resolution whose next release is this one."""
    return {"kind": "in_release", "is_pending": False, "version": release.version, "added_at": release.added_at}


def resolution_of(row: Resolution) -> versions.ReleaseResolution:
    """Return the resolution that a row stores, for ``versions.covers``."""
    current = versions.DatedVersion(row.current_release_version) if row.current_release_version else None
    kind: versions.ResolutionKind = "in_next_release" if row.kind == "in_next_release" else "in_release"
    return versions.ReleaseResolution(kind, versions.DatedVersion(row.version, row.added_at), row.resolved_at, current)


def is_answered(row: Resolution, release: Release) -> bool:
    """Return whether this is the next release that the resolution waits for. A release that existed at the time of the resolve lacks the fix."""
    return release.added_at >= row.resolved_at and not versions.covers(resolution_of(row), versions.DatedVersion(release.version, release.added_at))


@dataclass
class ReleaseFacts:
    """Related data of one release."""

    projects: list[Project] = field(default_factory=list)
    commits: int = 0
    last_commit: tuple[Commit, Repository] | None = None
    authors: list[tuple[str | None, str | None]] = field(default_factory=list)
    """Names and e-mails of the commit authors."""
    deploys: int = 0
    last_deploy: Deploy | None = None
    first_event_at: datetime | None = None
    last_event_at: datetime | None = None
    new_issues: int = 0
    """Number of issues that were seen in no earlier release."""


class ReleaseFactStore:
    """Reads the facts of several releases of one organization, with a fixed number of statements."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, releases: Sequence[Release]) -> dict[int, ReleaseFacts]:
        """Return the facts by release."""
        found = {release.id: ReleaseFacts() for release in releases}
        if found:
            self._projects(found)
            self._commits(found)
            self._deploys(found)
            self._events(found, releases)
        return found

    def _projects(self, found: dict[int, ReleaseFacts]) -> None:
        query = select(ReleaseProject.release_id, Project).join(Project, Project.id == ReleaseProject.project_id)
        for release_id, project in self._session.execute(query.where(ReleaseProject.release_id.in_(found)).order_by(Project.slug)):
            found[release_id].projects.append(project)

    def _commits(self, found: dict[int, ReleaseFacts]) -> None:
        mine = select(ReleaseCommit.release_id, func.count().label("count"), func.min(ReleaseCommit.position).label("first"))
        counts = mine.where(ReleaseCommit.release_id.in_(found)).group_by(ReleaseCommit.release_id).subquery()
        newest = and_(ReleaseCommit.release_id == counts.c.release_id, ReleaseCommit.position == counts.c.first)
        held = select(ReleaseCommit.release_id, counts.c["count"], Commit, Repository).join(counts, newest)
        held = held.join(Commit, Commit.id == ReleaseCommit.commit_id).join(Repository, Repository.id == Commit.repository_id)
        for release_id, count, commit, repository in self._session.execute(held):
            found[release_id].commits, found[release_id].last_commit = count, (commit, repository)
        wrote = select(ReleaseCommit.release_id, Commit.author_name, Commit.author_email).join(Commit, Commit.id == ReleaseCommit.commit_id)
        wrote = wrote.where(ReleaseCommit.release_id.in_(found)).distinct().order_by(Commit.author_name, Commit.author_email)
        for release_id, name, email in self._session.execute(wrote):
            if name or email:
                found[release_id].authors.append((name, email))

    def _deploys(self, found: dict[int, ReleaseFacts]) -> None:
        latest = func.row_number().over(partition_by=Deploy.release_id, order_by=(Deploy.finished_at.desc(), Deploy.id.desc())).label("place")
        ranked = select(Deploy.id, latest, func.count().over(partition_by=Deploy.release_id).label("count"))
        ranks = ranked.where(Deploy.release_id.in_(found)).subquery()
        query = select(Deploy, ranks.c["count"]).join(ranks, ranks.c.id == Deploy.id).where(ranks.c.place == 1)
        for deploy, count in self._session.execute(query):
            found[deploy.release_id].deploys, found[deploy.release_id].last_deploy = count, deploy

    def _events(self, found: dict[int, ReleaseFacts], releases: Sequence[Release]) -> None:
        by_version = {release.version: release.id for release in releases}
        earlier = aliased(IssueRelease)
        was_seen = exists().where(earlier.issue_id == IssueRelease.issue_id, earlier.first_seen_at < IssueRelease.first_seen_at)
        ours = select(Project.id).where(Project.organization_id == releases[0].organization_id)
        query = (
            select(
                IssueRelease.version,
                func.min(IssueRelease.first_seen_at),
                func.max(IssueRelease.last_seen_at),
                func.sum(case((was_seen, 0), else_=1)),
            )
            .join(Issue, Issue.id == IssueRelease.issue_id)
            .where(IssueRelease.version.in_(by_version), Issue.project_id.in_(ours))
            .group_by(IssueRelease.version)
        )
        for version, first, last, new in self._session.execute(query):
            facts = found[by_version[version]]
            facts.first_event_at, facts.last_event_at, facts.new_issues = first, last, new
