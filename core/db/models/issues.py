"""Issues, and the tables with rows per issue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import NO_ID_REUSE, Base, BigInt, Key, Small, names, owned_by
from core.types import Status

_ASKED = ("substatus", "level", "priority", "times_seen", "users_seen", "first_seen_at")
_HAS_AN_END = text("until_at IS NOT NULL")


class Issue(Base):
    """The unit of triage: all events that share a fingerprint."""

    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        # The columns that searches filter by come last, so that other issues are skipped without reading their rows (core.db.search.pages).
        Index("ix_issues_listed", "project_id", "status", "last_seen_at", "id", *_ASKED),
        NO_ID_REUSE,
    )
    id: Mapped[Key]
    project_id: Mapped[int] = owned_by("projects")
    number: Mapped[int] = mapped_column(BigInt)
    version: Mapped[int] = mapped_column(default=1)
    """Counts changes of the triage state; a mere event does not."""
    status: Mapped[Small] = mapped_column(default=Status.UNRESOLVED)
    substatus: Mapped[Small | None]
    level: Mapped[Small]
    priority: Mapped[Small]
    first_priority: Mapped[Small]
    """The initial priority, restored when the issue becomes ongoing by itself."""
    priority_locked_at: Mapped[datetime | None]
    title: Mapped[str] = mapped_column(String(255))
    culprit: Mapped[str] = mapped_column(String(255), default="")
    message: Mapped[str] = mapped_column(String(1024), default="")
    platform: Mapped[str] = mapped_column(String(64), default="other")
    only_source: Mapped[str | None] = mapped_column(String(16))
    """The source of all its events (SDKs or one of the webhooks); NULL if there are several or it is unknown."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Sentry's ``metadata`` of the newest event: type, value, file, function."""
    times_seen: Mapped[int] = mapped_column(BigInt, default=1)
    users_seen: Mapped[int] = mapped_column(BigInt, default=0)
    comments: Mapped[int] = mapped_column(default=0)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    active_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class Hash(Base):
    """A fingerprint: its events belong to the issue. Without an issue it waits for the next event."""

    __tablename__ = "hashes"
    project_id: Mapped[int] = owned_by("projects", key=True)
    hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    issue_id: Mapped[int | None] = mapped_column(BigInt, index=True)
    tombstone_id: Mapped[int | None] = owned_by("tombstones", index=True)
    """Events with this fingerprint are dropped."""
    joined_at: Mapped[datetime | None]
    """When a merge brought the fingerprint to its issue; None if no merge did. A snooze of that issue does not count events from before."""


class Activity(Base):
    """The history of an issue, also used for audit and for thread lines. Rows are only added."""

    __tablename__ = "activities"
    __table_args__ = (Index("ix_activities_newest", "issue_id", "id"), NO_ID_REUSE)
    id: Mapped[Key]
    issue_id: Mapped[int] = owned_by("issues")
    type: Mapped[Small]
    user_id: Mapped[int | None] = names("users")
    source: Mapped[str] = mapped_column(String(16))
    origin: Mapped[dict[str, Any] | None]
    data: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    facet: Mapped[str | None] = mapped_column(String(16))
    version: Mapped[int]
    """The issue's version after this change."""
    happened_at: Mapped[datetime]


class Snooze(Base):
    """What ends an archive. Counts are compared with the issue's counts at the start of the snooze."""

    __tablename__ = "snoozes"
    __table_args__ = (Index("ix_snoozes_due", "until_at", sqlite_where=_HAS_AN_END, postgresql_where=_HAS_AN_END),)
    issue_id: Mapped[int] = owned_by("issues", key=True)
    until_at: Mapped[datetime | None]
    events: Mapped[int | None] = mapped_column(BigInt)
    events_window: Mapped[int | None]
    """Minutes: the events must occur within a period of this length."""
    users: Mapped[int | None] = mapped_column(BigInt)
    users_window: Mapped[int | None]
    events_before: Mapped[int] = mapped_column(BigInt)
    users_before: Mapped[int] = mapped_column(BigInt)
    actor_id: Mapped[int | None] = names("users")
    began_at: Mapped[datetime]


class InboxEntry(Base):
    """An issue in the inbox."""

    __tablename__ = "inbox"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    reason: Mapped[Small]
    details: Mapped[dict[str, Any]]
    added_at: Mapped[datetime]


class Assignee(Base):
    """The user or team an issue is assigned to."""

    __tablename__ = "assignees"
    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (team_id IS NULL)", name="one_of_two"),)
    issue_id: Mapped[int] = owned_by("issues", key=True)
    user_id: Mapped[int | None] = owned_by("users", index=True)
    team_id: Mapped[int | None] = owned_by("teams", index=True)
    assigned_at: Mapped[datetime]


class Subscription(Base):
    """A user who is subscribed to an issue, or has unsubscribed."""

    __tablename__ = "subscriptions"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    user_id: Mapped[int] = owned_by("users", key=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[Small]


class Deletion(Base):
    """A deleted issue: when it is purged, and its state for a restore."""

    __tablename__ = "deletions"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[Small]
    substatus: Mapped[Small | None]
    hashes: Mapped[list[str]]


class Purged(Base):
    """The names of a purged issue, to tell people that it is gone."""

    __tablename__ = "purged"
    issue_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    project_id: Mapped[int] = owned_by("projects")
    number: Mapped[int] = mapped_column(BigInt)
    purged_at: Mapped[datetime]


class Redirect(Base):
    """The names of a merged issue, which lead to the primary."""

    __tablename__ = "redirects"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    previous_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    project_id: Mapped[int] = owned_by("projects")
    number: Mapped[int] = mapped_column(BigInt)
    issue_id: Mapped[int] = owned_by("issues", index=True)


class ForecastRow(Base):
    """How many events per hour an archived issue may have before it escalates."""

    __tablename__ = "forecasts"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    starts_at: Mapped[datetime]
    ceilings: Mapped[list[int]]


class IssueTag(Base):
    """A tag value of an issue's events, and its count."""

    __tablename__ = "issue_tags"
    __table_args__ = (Index("ix_issue_tags_searched", "key", "value", "issue_id"),)
    issue_id: Mapped[int] = owned_by("issues", key=True)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)
    times_seen: Mapped[int] = mapped_column(BigInt, default=1)
    last_seen_at: Mapped[datetime]
