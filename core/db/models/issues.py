"""Issues and the rows beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import NO_ID_REUSE, Base, BigInt, Key, Small, names, owned_by
from core.types import Status

_ASKED = ("substatus", "level", "priority", "times_seen", "users_seen", "first_seen_at")


class Issue(Base):
    """The thing triaged: all events that share a fingerprint."""

    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        # What a search asks most stands at the end, so that an issue that does not fit is passed over without its row (core.db.search.pages).
        Index("ix_issues_listed", "project_id", "status", "last_seen_at", "id", *_ASKED),
        NO_ID_REUSE,
    )
    id: Mapped[Key]
    project_id: Mapped[int] = owned_by("projects")
    number: Mapped[int] = mapped_column(BigInt)
    version: Mapped[int] = mapped_column(default=1)
    """Counts changes of the triage state; an event that only counts does not bump it."""
    status: Mapped[Small] = mapped_column(default=Status.UNRESOLVED)
    substatus: Mapped[Small | None]
    level: Mapped[Small]
    priority: Mapped[Small]
    first_priority: Mapped[Small]
    """The priority at birth, which the automatic return to ongoing restores."""
    priority_locked_at: Mapped[datetime | None]
    title: Mapped[str] = mapped_column(String(255))
    culprit: Mapped[str] = mapped_column(String(255), default="")
    message: Mapped[str] = mapped_column(String(1024), default="")
    platform: Mapped[str] = mapped_column(String(64), default="other")
    only_source: Mapped[str | None] = mapped_column(String(16))
    """The one way by which all its events came: SDKs or one of the hooks; none where there were several, or nobody knows."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the newest event says of itself (type, value, file, function), as Sentry's ``metadata``."""
    times_seen: Mapped[int] = mapped_column(BigInt, default=1)
    users_seen: Mapped[int] = mapped_column(BigInt, default=0)
    comments: Mapped[int] = mapped_column(default=0)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    active_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class Hash(Base):
    """A fingerprint: events that carry it belong to the issue. Without an issue it waits for the next event."""

    __tablename__ = "hashes"
    project_id: Mapped[int] = owned_by("projects", key=True)
    hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    issue_id: Mapped[int | None] = mapped_column(BigInt, index=True)
    tombstone_id: Mapped[int | None] = owned_by("tombstones", index=True)
    """Events that carry it are dropped."""


class Activity(Base):
    """What happened to an issue: history, audit and the source of every line in a thread. Only ever added to."""

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
    """The issue's version that this change made."""
    happened_at: Mapped[datetime]


_HAS_AN_END = text("until_at IS NOT NULL")


class Snooze(Base):
    """What ends an archive. Counts are compared with what the issue had when the snooze began."""

    __tablename__ = "snoozes"
    __table_args__ = (Index("ix_snoozes_due", "until_at", sqlite_where=_HAS_AN_END, postgresql_where=_HAS_AN_END),)
    issue_id: Mapped[int] = owned_by("issues", key=True)
    until_at: Mapped[datetime | None]
    events: Mapped[int | None] = mapped_column(BigInt)
    events_window: Mapped[int | None]
    """Minutes: so many events within any stretch of that length."""
    users: Mapped[int | None] = mapped_column(BigInt)
    users_window: Mapped[int | None]
    events_before: Mapped[int] = mapped_column(BigInt)
    users_before: Mapped[int] = mapped_column(BigInt)
    actor_id: Mapped[int | None] = names("users")
    began_at: Mapped[datetime]


class InboxEntry(Base):
    """An issue that waits for review."""

    __tablename__ = "inbox"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    reason: Mapped[Small]
    details: Mapped[dict[str, Any]]
    added_at: Mapped[datetime]


class Assignee(Base):
    """Who looks after an issue: a user or a team."""

    __tablename__ = "assignees"
    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (team_id IS NULL)", name="one_of_two"),)
    issue_id: Mapped[int] = owned_by("issues", key=True)
    user_id: Mapped[int | None] = owned_by("users", index=True)
    team_id: Mapped[int | None] = owned_by("teams", index=True)
    assigned_at: Mapped[datetime]


class Subscription(Base):
    """A person who is told of an issue's changes, or asked not to be."""

    __tablename__ = "subscriptions"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    user_id: Mapped[int] = owned_by("users", key=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[Small]


class Deletion(Base):
    """An issue on its way out: when it is purged, and how it stood, for those who want it back."""

    __tablename__ = "deletions"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[Small]
    substatus: Mapped[Small | None]
    hashes: Mapped[list[str]]


class Purged(Base):
    """An issue that is gone for good: only its names are kept, to say so to whoever asks for it."""

    __tablename__ = "purged"
    issue_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    project_id: Mapped[int] = owned_by("projects")
    number: Mapped[int] = mapped_column(BigInt)
    purged_at: Mapped[datetime]


class Redirect(Base):
    """Where an issue went that was merged into another one: its names lead there."""

    __tablename__ = "redirects"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    previous_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    project_id: Mapped[int] = owned_by("projects")
    number: Mapped[int] = mapped_column(BigInt)
    issue_id: Mapped[int] = owned_by("issues", index=True)


class ForecastRow(Base):
    """How many events an hour an archived issue may have before it counts as escalating."""

    __tablename__ = "forecasts"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    starts_at: Mapped[datetime]
    ceilings: Mapped[list[int]]


class IssueTag(Base):
    """A tag of an issue's events, with how often it came."""

    __tablename__ = "issue_tags"
    __table_args__ = (Index("ix_issue_tags_searched", "key", "value", "issue_id"),)
    issue_id: Mapped[int] = owned_by("issues", key=True)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)
    times_seen: Mapped[int] = mapped_column(BigInt, default=1)
    last_seen_at: Mapped[datetime]
