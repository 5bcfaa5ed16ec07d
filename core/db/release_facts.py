"""What there is to tell of releases: their projects, commits, deploys and events; for a whole page at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from core.db.models import Commit, Deploy, Issue, IssueRelease, Project, Release, ReleaseCommit, ReleaseProject, Repository


@dataclass
class Facts:
    """What hangs on one release."""

    projects: list[Project] = field(default_factory=list)
    commits: int = 0
    last_commit: tuple[Commit, Repository] | None = None
    authors: list[tuple[str | None, str | None]] = field(default_factory=list)
    """Names and e-mails of those who wrote the commits."""
    deploys: int = 0
    last_deploy: Deploy | None = None
    first_event_at: datetime | None = None
    last_event_at: datetime | None = None
    new_issues: int = 0
    """Issues that were seen in no release before it."""


class ReleaseFacts:
    """Reads the facts of some releases of one organisation; the number of statements does not depend on how many they are."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, releases: Sequence[Release]) -> dict[int, Facts]:
        """The facts by release."""
        found = {release.id: Facts() for release in releases}
        if found:
            self._projects(found)
            self._commits(found)
            self._deploys(found)
            self._events(found, releases)
        return found

    def _projects(self, found: dict[int, Facts]) -> None:
        query = select(ReleaseProject.release_id, Project).join(Project, Project.id == ReleaseProject.project_id)
        for release_id, project in self._session.execute(query.where(ReleaseProject.release_id.in_(found)).order_by(Project.slug)):
            found[release_id].projects.append(project)

    def _commits(self, found: dict[int, Facts]) -> None:
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

    def _deploys(self, found: dict[int, Facts]) -> None:
        latest = func.row_number().over(partition_by=Deploy.release_id, order_by=(Deploy.finished_at.desc(), Deploy.id.desc())).label("place")
        ranked = select(Deploy.id, latest, func.count().over(partition_by=Deploy.release_id).label("count"))
        ranks = ranked.where(Deploy.release_id.in_(found)).subquery()
        query = select(Deploy, ranks.c["count"]).join(ranks, ranks.c.id == Deploy.id).where(ranks.c.place == 1)
        for deploy, count in self._session.execute(query):
            found[deploy.release_id].deploys, found[deploy.release_id].last_deploy = count, deploy

    def _events(self, found: dict[int, Facts], releases: Sequence[Release]) -> None:
        by_version = {release.version: release.id for release in releases}
        earlier = aliased(IssueRelease)
        was_seen = exists().where(earlier.issue_id == IssueRelease.issue_id, earlier.first_seen_at < IssueRelease.first_seen_at)
        ours = select(Project.id).where(Project.organisation_id == releases[0].organisation_id)
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
