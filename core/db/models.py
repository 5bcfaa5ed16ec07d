"""The tables. Rows never leave ``core``: what others get are the frozen values of ``core.requests`` and ``core.views``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import Base, BigInt, Key, Small, names, owned_by
from core.types import Status

NEVER_AGAIN = {"sqlite_autoincrement": True}
"""Numbers of rows that are gone are not given out again: an old button must not hit a new issue."""


class Organisation(Base):
    """Whoever owns projects and people; nothing is ever seen across two of them."""

    __tablename__ = "organisations"
    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]


class Project(Base):
    """A program whose errors come in."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)
    id: Mapped[Key]
    organisation_id: Mapped[int] = owned_by("organisations")
    slug: Mapped[str] = mapped_column(String(64))
    platform: Mapped[str | None] = mapped_column(String(64))
    public_key: Mapped[str] = mapped_column(String(32), unique=True)
    last_number: Mapped[int] = mapped_column(BigInt, default=0)
    """The number of the newest issue; short ids count up from it."""
    created_at: Mapped[datetime]


class User(Base):
    """A person, in one organisation."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("organisation_id", "email"),)
    id: Mapped[Key]
    organisation_id: Mapped[int] = owned_by("organisations")
    email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Small]
    time_zone: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Identity(Base):
    """Who a chat account belongs to."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("platform", "tenant", "subject"),)
    id: Mapped[Key]
    user_id: Mapped[int] = owned_by("users", index=True)
    platform: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]


class Team(Base):
    """People who are assigned together."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)
    id: Mapped[Key]
    organisation_id: Mapped[int] = owned_by("organisations")
    slug: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class TeamMember(Base):
    """A person in a team."""

    __tablename__ = "team_members"
    team_id: Mapped[int] = owned_by("teams", key=True)
    user_id: Mapped[int] = owned_by("users", key=True)


class TeamProject(Base):
    """A team that looks after a project."""

    __tablename__ = "team_projects"
    team_id: Mapped[int] = owned_by("teams", key=True)
    project_id: Mapped[int] = owned_by("projects", key=True)


class Token(Base):
    """A key to the HTTP API; only its SHA-256 is kept. Without a user it acts as nobody."""

    __tablename__ = "tokens"
    id: Mapped[Key]
    organisation_id: Mapped[int] = owned_by("organisations")
    user_id: Mapped[int | None] = owned_by("users")
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]


class Issue(Base):
    """The thing triaged: all events that share a fingerprint."""

    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        Index("ix_issues_listed", "project_id", "status", "last_seen_at", "id"),
        NEVER_AGAIN,
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
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the newest event says of itself (type, value, file, function), as Sentry's ``metadata``."""
    times_seen: Mapped[int] = mapped_column(BigInt, default=1)
    users_seen: Mapped[int] = mapped_column(BigInt, default=0)
    comments: Mapped[int] = mapped_column(default=0)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    active_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class Event(Base):
    """One event of an issue as it was reported, kept for a while."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("project_id", "event_id"), Index("ix_events_newest", "issue_id", "happened_at"))
    id: Mapped[Key]
    project_id: Mapped[int] = owned_by("projects")
    issue_id: Mapped[int] = owned_by("issues")
    event_id: Mapped[str] = mapped_column(String(32))
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    release: Mapped[str | None] = mapped_column(String(250))
    environment: Mapped[str | None] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]


class IssueHour(Base):
    """How many events an issue had in an hour."""

    __tablename__ = "issue_hours"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInt)


class IssueUser(Base):
    """A user of the failing program whom an issue has hit."""

    __tablename__ = "issue_users"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_seen_at: Mapped[datetime]


class Hash(Base):
    """A fingerprint: events that carry it belong to the issue. Without an issue it waits for the next event (D19)."""

    __tablename__ = "hashes"
    project_id: Mapped[int] = owned_by("projects", key=True)
    hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    issue_id: Mapped[int | None] = mapped_column(BigInt, index=True)


class Activity(Base):
    """What happened to an issue: history, audit and the source of every line in a thread. Only ever added to (D23)."""

    __tablename__ = "activities"
    __table_args__ = (Index("ix_activities_newest", "issue_id", "id"), NEVER_AGAIN)
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
    users: Mapped[int | None] = mapped_column(BigInt)
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
    """An issue on its way out: when it is purged, and how it stood, for those who want it back (D19)."""

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


class Channel(Base):
    """A place in a chat where issues are shown. One sender at a time works on it, so its order is kept and its limits are one number."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("platform", "external_id"),)
    id: Mapped[Key]
    organisation_id: Mapped[int] = owned_by("organisations")
    platform: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str | None] = mapped_column(String(64))
    """Not known until somebody was met there or the tenant is set."""
    external_id: Mapped[str] = mapped_column(String(300))
    not_before_at: Mapped[datetime | None]
    """The platform asked to be left alone until then, in this channel."""
    lease_until_at: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    """Counts claims: only the sender with the newest one may record what is shown."""


class ChatHome(Base):
    """How to reach a Microsoft tenant: the service URL that it used last."""

    __tablename__ = "chat_homes"
    __table_args__ = (UniqueConstraint("platform", "tenant"),)
    id: Mapped[Key]
    platform: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64))
    service_url: Mapped[str] = mapped_column(String(500))


class Watch(Base):
    """Which channel is told of a project's issues."""

    __tablename__ = "watches"
    __table_args__ = (UniqueConstraint("project_id", "channel_id"),)
    id: Mapped[Key]
    project_id: Mapped[int] = owned_by("projects")
    channel_id: Mapped[int] = owned_by("channels", index=True)
    created_at: Mapped[datetime]


_HAS_NUMBERS_DUE = text("numbers_due_at IS NOT NULL")
_BEHIND = text("wanted_version > shown_version AND parked_at IS NULL")


class Message(Base):
    """A promise: this channel shows this issue. It is behind while the shown version is older than the wanted one."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_issue_id", "issue_id", "channel_id"),
        Index("ix_messages_behind", "channel_id", "not_before_at", sqlite_where=_BEHIND, postgresql_where=_BEHIND),
        Index("ix_messages_numbers", "numbers_due_at", sqlite_where=_HAS_NUMBERS_DUE, postgresql_where=_HAS_NUMBERS_DUE),
        NEVER_AGAIN,
    )
    id: Mapped[Key]
    issue_id: Mapped[int] = owned_by("issues")
    channel_id: Mapped[int] = owned_by("channels", index=True)
    external_id: Mapped[str | None] = mapped_column(String(300))
    """The platform's id of what was posted; empty until then."""
    wanted_version: Mapped[int]
    shown_version: Mapped[int] = mapped_column(default=0)
    shown_at: Mapped[datetime | None]
    numbers_due_at: Mapped[datetime | None]
    """When the counts on it shall be redrawn though nothing else changed."""
    not_before_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None] = mapped_column(String(300))
    parked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SeenRequest(Base):
    """A request that was carried out: the same one again changes nothing."""

    __tablename__ = "seen_requests"
    id: Mapped[str] = mapped_column(String(300), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[dict[str, Any]]
