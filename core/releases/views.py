"""Frozen values of releases, commits, deploys and repositories, as shown to callers and as announced by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.db.models import Commit, Deploy, Release, Repository
from core.db.releases import ReleaseFacts
from core.rules.commit_messages import NewCommit
from core.views import ProjectView


@dataclass(frozen=True)
class Announced:
    """An announcement of a release. None leaves a field as it is."""

    project_ids: tuple[int, ...] = ()
    ref: str | None = None
    url: str | None = None
    released_at: datetime | None = None
    is_open: bool | None = None
    commits: tuple[NewCommit, ...] | None = None
    """All commits of the release, newest first."""
    heads: tuple[NewCommit, ...] = ()
    """The newest commits of repositories whose other commits are not announced."""


@dataclass(frozen=True)
class RepositoryView:
    """A repository that commits come from."""

    id: int
    name: str
    provider: str | None
    url: str | None
    added_at: datetime


@dataclass(frozen=True)
class CommitView:
    """A commit."""

    sha: str
    message: str | None
    author_name: str | None
    author_email: str | None
    committed_at: datetime
    repository: RepositoryView


@dataclass(frozen=True)
class NewDeploy:
    """A deploy to add."""

    environment: str
    name: str | None = None
    url: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class DeployView:
    """A deploy of a release."""

    id: int
    environment: str
    name: str | None
    url: str | None
    started_at: datetime | None
    finished_at: datetime


@dataclass(frozen=True)
class ReleaseView:
    """A release with its related data."""

    id: int
    version: str
    ref: str | None
    url: str | None
    is_open: bool
    added_at: datetime
    released_at: datetime | None
    projects: tuple[ProjectView, ...]
    commits: int
    last_commit: CommitView | None
    authors: tuple[tuple[str | None, str | None], ...]
    """Names and e-mails of the commit authors."""
    deploys: int
    last_deploy: DeployView | None
    first_event_at: datetime | None
    last_event_at: datetime | None
    new_issues: int


def release_view(release: Release, facts: ReleaseFacts) -> ReleaseView:
    """Build the view of a release with its related data."""
    return ReleaseView(
        id=release.id,
        version=release.version,
        ref=release.ref,
        url=release.url,
        is_open=release.is_open,
        added_at=release.added_at,
        released_at=release.released_at,
        projects=tuple(ProjectView(row.id, row.organization_id, row.slug, row.platform, row.public_key) for row in facts.projects),
        commits=facts.commits,
        last_commit=commit_view(*facts.last_commit) if facts.last_commit else None,
        authors=tuple(facts.authors),
        deploys=facts.deploys,
        last_deploy=deploy_view(facts.last_deploy) if facts.last_deploy else None,
        first_event_at=facts.first_event_at,
        last_event_at=facts.last_event_at,
        new_issues=facts.new_issues,
    )


def commit_view(row: Commit, repository: Repository) -> CommitView:
    """Build the view of a commit with its repository."""
    return CommitView(row.sha, row.message, row.author_name, row.author_email, row.committed_at, repository_view(repository))


def repository_view(row: Repository) -> RepositoryView:
    """Build the view of a repository."""
    return RepositoryView(row.id, row.name, row.provider, row.url, row.added_at)


def deploy_view(row: Deploy) -> DeployView:
    """Build the view of a deploy."""
    return DeployView(row.id, row.environment, row.name, row.url, row.started_at, row.finished_at)
