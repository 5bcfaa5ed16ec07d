"""Releases, commits, deploys and resolutions; and the tombstones of discards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import Base, BigInt, Key, Small, names, of_organization, owned_by


class Release(Base):
    """A version of an organization's programs."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("organization_id", "version"),)
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    version: Mapped[str] = mapped_column(String(250))
    ref: Mapped[str | None] = mapped_column(String(250))
    url: Mapped[str | None] = mapped_column(String(1000))
    is_open: Mapped[bool] = mapped_column(default=True)
    """False for an archived release, which is never the newest."""
    added_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class ReleaseProject(Base):
    """A release of a project."""

    __tablename__ = "release_projects"
    release_id: Mapped[int] = owned_by("releases", key=True)
    project_id: Mapped[int] = owned_by("projects", key=True)


class IssueRelease(Base):
    """A release in which an issue was seen. The version stays when the release is deleted."""

    __tablename__ = "issue_releases"
    __table_args__ = (Index("ix_issue_releases_searched", "version", "issue_id"),)
    issue_id: Mapped[int] = owned_by("issues", key=True)
    version: Mapped[str] = mapped_column(String(250), primary_key=True)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class Repository(Base):
    """A repository that commits come from."""

    __tablename__ = "repositories"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    name: Mapped[str] = mapped_column(String(200))
    provider: Mapped[str | None] = mapped_column(String(64))
    url: Mapped[str | None] = mapped_column(String(1000))
    added_at: Mapped[datetime]


class Commit(Base):
    """A commit of a repository."""

    __tablename__ = "commits"
    __table_args__ = (UniqueConstraint("repository_id", "sha"),)
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    repository_id: Mapped[int] = owned_by("repositories")
    sha: Mapped[str] = mapped_column(String(64))
    message: Mapped[str | None] = mapped_column(String(10_000))
    author_name: Mapped[str | None] = mapped_column(String(200))
    author_email: Mapped[str | None] = mapped_column(String(254))
    committed_at: Mapped[datetime]


class ReleaseCommit(Base):
    """A commit in a release, numbered from the newest."""

    __tablename__ = "release_commits"
    release_id: Mapped[int] = owned_by("releases", key=True)
    commit_id: Mapped[int] = owned_by("commits", key=True)
    position: Mapped[int]


class Deploy(Base):
    """A deploy of a release."""

    __tablename__ = "deploys"
    id: Mapped[Key]
    release_id: Mapped[int] = owned_by("releases", index=True)
    environment: Mapped[str] = mapped_column(String(64))
    name: Mapped[str | None] = mapped_column(String(200))
    url: Mapped[str | None] = mapped_column(String(1000))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime]


class Resolution(Base):
    """The release in which an issue is resolved. The versions stay when the release is deleted, so that the issue does not regress falsely."""

    __tablename__ = "resolutions"
    __table_args__ = (Index("ix_resolutions_pending", "kind", "is_pending"),)
    issue_id: Mapped[int] = owned_by("issues", key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """``in_release`` or ``in_next_release``."""
    is_pending: Mapped[bool]
    """Waits for the release after ``version``."""
    version: Mapped[str] = mapped_column(String(250))
    added_at: Mapped[datetime]
    """When the release was added: dates decide if versions cannot be compared."""
    current_release_version: Mapped[str | None] = mapped_column(String(250))
    actor_id: Mapped[int | None] = names("users")
    resolved_at: Mapped[datetime]


class CommitLink(Base):
    """A commit that resolves an issue."""

    __tablename__ = "commit_links"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    commit_id: Mapped[int] = owned_by("commits", key=True, index=True)
    linked_at: Mapped[datetime]


class Tombstone(Base):
    """What remains of a discarded issue: events with its fingerprints are dropped and counted here."""

    __tablename__ = "tombstones"
    id: Mapped[Key]
    project_id: Mapped[int] = owned_by("projects", index=True)
    previous_issue_id: Mapped[int] = mapped_column(BigInt, unique=True)
    level: Mapped[Small]
    title: Mapped[str] = mapped_column(String(255))
    culprit: Mapped[str] = mapped_column(String(255))
    message: Mapped[str] = mapped_column(String(1024))
    actor_id: Mapped[int | None] = names("users")
    times_seen: Mapped[int] = mapped_column(BigInt, default=0)
    last_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
