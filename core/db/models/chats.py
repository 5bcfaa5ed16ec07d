"""Channels, watches, messages and lines to send, storms, and the requests that were carried out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import NO_ID_REUSE, Base, BigInt, Key, of_organization, owned_by

_IS_PARKED = text("parked_at IS NOT NULL")
_HAS_NUMBERS_DUE = text("numbers_due_at IS NOT NULL")
_BEHIND = text("wanted_version > shown_version AND parked_at IS NULL")
_IS_FOLDED = text("storm_id IS NOT NULL")
_IS_UNSENT = text("sent_at IS NULL AND parked_at IS NULL")
_IS_OF_NO_ISSUE = text("issue_id IS NULL")
_IS_RAGING = text("ended_at IS NULL")
_IS_STALE = text("wanted_version > shown_version AND parked_at IS NULL")


class Channel(Base):
    """A place in a chat where issues are shown. One sender at a time works on it, which keeps the order and makes its rate limit one number."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("platform", "external_id"),)
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    platform: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str | None] = mapped_column(String(64))
    """Unknown until somebody was met there or the tenant is set."""
    external_id: Mapped[str] = mapped_column(String(300))
    name: Mapped[str | None] = mapped_column(String(200))
    """The channel's name, if the platform has told it."""
    not_before_at: Mapped[datetime | None]
    """Nothing is sent to this channel before this time."""
    waits_for: Mapped[str | None] = mapped_column(String(16))
    """Why it waits: ``repair``, ``account`` (our credentials), ``outage``, ``patience`` (it was asked for), ``turn`` (our rate limits), ``retry``."""
    trouble: Mapped[str | None] = mapped_column(String(300))
    """The reason in the platform's words."""
    added_at: Mapped[datetime | None]
    """When the bot was last added to the channel, or the channel was reopened."""
    lease_until_at: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    """Counts claims: only the sender with the newest one may record results."""
    is_direct: Mapped[bool] = mapped_column(default=False)
    """Whether ``external_id`` is a person's id, for direct messages."""
    threads: Mapped[str] = mapped_column(String(8), default="changes")
    """Which changes get a line in the threads of copies: off, changes or all."""
    has_comments: Mapped[bool] = mapped_column(default=False)
    """Whether comments are synchronized: a reply in a thread becomes a comment, and a comment from elsewhere a reply."""
    mentions: Mapped[str] = mapped_column(String(8), default="dm")
    """How a new assignee is notified: dm, mention or off."""
    has_broadcasts: Mapped[bool] = mapped_column(default=False)
    """Whether a regression or an escalation is also shown in the channel."""
    digest: Mapped[str | None] = mapped_column(String(5))
    """The time of the daily digest, such as ``09:00``, in ``digest_zone``."""
    digest_zone: Mapped[str | None] = mapped_column(String(64))
    digest_due_at: Mapped[datetime | None] = mapped_column(index=True)


class ChatHome(Base):
    """How to reach a Microsoft tenant: its last service URL."""

    __tablename__ = "chat_homes"
    __table_args__ = (UniqueConstraint("platform", "tenant"),)
    id: Mapped[Key]
    platform: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64))
    service_url: Mapped[str] = mapped_column(String(500))


class Watch(Base):
    """A watch: which channel gets alerts about a project's issues."""

    __tablename__ = "watches"
    __table_args__ = (UniqueConstraint("project_id", "channel_id"),)
    id: Mapped[Key]
    project_id: Mapped[int] = owned_by("projects")
    channel_id: Mapped[int] = owned_by("channels", index=True)
    query: Mapped[str] = mapped_column(String(500), default="")
    """Only issues that this search finds; empty means all."""
    on_new: Mapped[bool] = mapped_column(default=True)
    on_regression: Mapped[bool] = mapped_column(default=True)
    on_escalation: Mapped[bool] = mapped_column(default=True)
    every: Mapped[int | None]
    """Alert at each multiple of this number of events."""
    min_interval: Mapped[int | None]
    """Minimum number of minutes between two alerts about the same issue."""
    created_at: Mapped[datetime]


class Sendable:
    """Columns of everything that is sent to a channel."""

    external_id: Mapped[str | None] = mapped_column(String(300))
    """The platform's id of the posted message; NULL until then."""
    not_before_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None] = mapped_column(String(300))
    troubled_at: Mapped[datetime | None]
    """When sending failed first, if it has not succeeded since."""
    parked_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    """When the post began, while its outcome is unknown."""


class Message(Sendable, Base):
    """A copy: this channel shows this issue. It is behind while ``shown_version`` is below ``wanted_version``.

    A copy of a storm that was never posted is shown by the storm's summary. It is not behind until its issue changes.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_issue_id", "issue_id", "channel_id"),
        Index("ix_messages_behind", "channel_id", "not_before_at", sqlite_where=_BEHIND, postgresql_where=_BEHIND),
        Index("ix_messages_numbers", "numbers_due_at", sqlite_where=_HAS_NUMBERS_DUE, postgresql_where=_HAS_NUMBERS_DUE),
        Index("ix_messages_parked", "channel_id", sqlite_where=_IS_PARKED, postgresql_where=_IS_PARKED),
        Index("ix_messages_created", "channel_id", "created_at"),
        Index("ix_messages_storm_id", "storm_id", sqlite_where=_IS_FOLDED, postgresql_where=_IS_FOLDED),
        NO_ID_REUSE,
    )
    id: Mapped[Key]
    issue_id: Mapped[int] = owned_by("issues")
    channel_id: Mapped[int] = owned_by("channels", index=True)
    storm_id: Mapped[int | None] = mapped_column(BigInt)
    """The storm that created it, if any."""
    is_unfolded: Mapped[bool] = mapped_column(default=False)
    """Whether the copy is the preview of a pasted link: it stands on another person's message and gets no lines in its thread."""
    wanted_version: Mapped[int]
    shown_version: Mapped[int] = mapped_column(default=0)
    shown_at: Mapped[datetime | None]
    numbers_due_at: Mapped[datetime | None]
    """When to redraw the counts even if nothing else changes."""
    told_at: Mapped[datetime | None]
    """When a watch last alerted about the issue here."""
    told_because: Mapped[str | None] = mapped_column(String(120))
    """The rule of that alert."""
    created_at: Mapped[datetime]


class Line(Sendable, Base):
    """A line to send once: in the thread of a copy, in a channel, or to one person."""

    __tablename__ = "lines"
    __table_args__ = (
        UniqueConstraint("message_id", "activity_id"),
        UniqueConstraint("alarm", "channel_id"),
        Index("ix_lines_unsent", "channel_id", "not_before_at", sqlite_where=_IS_UNSENT, postgresql_where=_IS_UNSENT),
        Index("ix_lines_parked", "channel_id", sqlite_where=_IS_PARKED, postgresql_where=_IS_PARKED),
        Index("ix_lines_of_no_issue", "sent_at", sqlite_where=_IS_OF_NO_ISSUE, postgresql_where=_IS_OF_NO_ISSUE),
        NO_ID_REUSE,
    )
    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(8))
    """The value of its ``NoteKind``."""
    channel_id: Mapped[int] = owned_by("channels", index=True)
    message_id: Mapped[int | None] = owned_by("messages")
    """The copy whose thread gets the line; NULL for the channel itself."""
    issue_id: Mapped[int | None] = owned_by("issues", index=True)
    activity_id: Mapped[int | None] = owned_by("activities", index=True)
    """The first activity of the request on the issue."""
    last_activity_id: Mapped[int | None] = mapped_column(BigInt)
    """The last activity of the request on the issue."""
    data: Mapped[dict[str, Any]]
    """The ``NoteData`` of its kind, as ``core.db.stored.notes`` writes it."""
    alarm: Mapped[str | None] = mapped_column(String(400))
    """The alert key. While the line exists, admins get no second alert with this key."""
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Storm(Sendable, Base):
    """Many new issues at once in a channel, shown by one message."""

    __tablename__ = "storms"
    __table_args__ = (
        Index("ix_storms_raging", "channel_id", unique=True, sqlite_where=_IS_RAGING, postgresql_where=_IS_RAGING),
        Index("ix_storms_behind", "channel_id", "not_before_at", sqlite_where=_IS_STALE, postgresql_where=_IS_STALE),
        Index("ix_storms_parked", "channel_id", sqlite_where=_IS_PARKED, postgresql_where=_IS_PARKED),
        NO_ID_REUSE,
    )
    id: Mapped[Key]
    channel_id: Mapped[int] = owned_by("channels", index=True)
    began_at: Mapped[datetime]
    """When the first event of its oldest issue happened."""
    ended_at: Mapped[datetime | None]
    issues: Mapped[int] = mapped_column(default=0)
    """Number of its issues."""
    wanted_version: Mapped[int] = mapped_column(default=1)
    shown_version: Mapped[int] = mapped_column(default=0)
    shown_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SeenRequest(Base):
    """A request that was carried out. Repeating it has no effect."""

    __tablename__ = "seen_requests"
    id: Mapped[str] = mapped_column(String(300), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[dict[str, Any]]
    """NULL until the request is finished; a request in chunks is stored before."""
    digest: Mapped[str | None] = mapped_column(String(64))
    """A hash of the request; NULL if the id alone identifies it."""


class PendingInteraction(Base):
    """An acknowledged interaction that is not carried out yet. The row is deleted when it is done.

    On SQLite this table stays empty: the rows lie in their own file, see ``core.db.pending``.
    """

    __tablename__ = "pending_interactions"
    __table_args__ = (UniqueConstraint("platform", "request_id"), NO_ID_REUSE)
    id: Mapped[Key]
    platform: Mapped[str] = mapped_column(String(16))
    request_id: Mapped[str] = mapped_column(String(300))
    sealed: Mapped[str] = mapped_column(Text)
    """The platform's payload, encrypted: it contains people's words and the URL for private answers."""
    received_at: Mapped[datetime]
    owner: Mapped[str] = mapped_column(String(32))
    """The process that is carrying it out."""
    lease_until_at: Mapped[datetime]
    """From then on any process may take it, because its owner gave no heartbeat."""
    tries: Mapped[int] = mapped_column(default=0)
    """How many processes have taken it over and not finished it."""
