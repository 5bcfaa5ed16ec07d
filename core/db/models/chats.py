"""Channels, what they watch, what they show, and which requests were carried out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import NO_ID_REUSE, Base, BigInt, Key, of_organization, owned_by


class Channel(Base):
    """A place in a chat where issues are shown. One sender at a time works on it, so its order is kept and its limits are one number."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("platform", "external_id"),)
    id: Mapped[Key]
    organization_id: Mapped[int] = of_organization()
    platform: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str | None] = mapped_column(String(64))
    """Not known until somebody was met there or the tenant is set."""
    external_id: Mapped[str] = mapped_column(String(300))
    name: Mapped[str | None] = mapped_column(String(200))
    """What people call it, as far as the platform has said."""
    not_before_at: Mapped[datetime | None]
    """Nothing is sent to this channel until then."""
    waits_for: Mapped[str | None] = mapped_column(String(16))
    """Why it waits: ``repair``, ``account`` (our credentials), ``outage``, ``patience`` (it was asked for), ``turn`` (our rate limits), ``retry``."""
    trouble: Mapped[str | None] = mapped_column(String(300))
    """The same in the platform's words."""
    added_at: Mapped[datetime | None]
    """When the bot was last added to it, or it was opened again."""
    lease_until_at: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    """Counts claims: only the sender with the newest one may record what is shown."""
    is_direct: Mapped[bool] = mapped_column(default=False)
    """Whether ``external_id`` is a person's own id, and what is said there is for them alone."""
    threads: Mapped[str] = mapped_column(String(8), default="changes")
    """What is said in the threads of copies: off, changes or all."""
    has_comments: Mapped[bool] = mapped_column(default=False)
    """Whether comments travel: a reply in a thread becomes one, one from elsewhere becomes a reply."""
    mentions: Mapped[str] = mapped_column(String(8), default="dm")
    """How somebody is told that an issue is theirs now: dm, mention or off."""
    has_broadcasts: Mapped[bool] = mapped_column(default=False)
    """Whether a regression or an escalation is said in the channel too."""
    digest: Mapped[str | None] = mapped_column(String(5))
    """When the summary of a day is wanted: ``09:00``, in the zone beside it."""
    digest_zone: Mapped[str | None] = mapped_column(String(64))
    digest_due_at: Mapped[datetime | None] = mapped_column(index=True)


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
    query: Mapped[str] = mapped_column(String(500), default="")
    """Only issues that this search finds; empty is all."""
    on_new: Mapped[bool] = mapped_column(default=True)
    on_regression: Mapped[bool] = mapped_column(default=True)
    on_escalation: Mapped[bool] = mapped_column(default=True)
    every: Mapped[int | None]
    """Also at each so many events of an issue."""
    min_interval: Mapped[int | None]
    """Minutes between two times that the channel is told of the same issue."""
    created_at: Mapped[datetime]


class Sendable:
    """What is kept of everything that is to be sent to a channel."""

    external_id: Mapped[str | None] = mapped_column(String(300))
    """The platform's id of what was posted; empty until then."""
    not_before_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None] = mapped_column(String(300))
    troubled_at: Mapped[datetime | None]
    """When it failed first, if it has not worked since."""
    parked_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    """When it was about to be posted, while nobody knows what came of it."""


_IS_PARKED = text("parked_at IS NOT NULL")
_HAS_NUMBERS_DUE = text("numbers_due_at IS NOT NULL")
_BEHIND = text("wanted_version > shown_version AND parked_at IS NULL")


_IS_FOLDED = text("storm_id IS NOT NULL")


class Message(Sendable, Base):
    """A promise: this channel shows this issue. It is behind while the shown version is older than the wanted one.

    One that belongs to a storm and was never posted is shown by the storm's summary: it is not behind until something happens to its issue.
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
    """The storm that brought it, if one did."""
    is_unfolded: Mapped[bool] = mapped_column(default=False)
    """Whether a pasted link became this copy: it stands on somebody else's message, in whose thread nothing is said."""
    wanted_version: Mapped[int]
    shown_version: Mapped[int] = mapped_column(default=0)
    shown_at: Mapped[datetime | None]
    numbers_due_at: Mapped[datetime | None]
    """When the counts on it shall be redrawn though nothing else changed."""
    told_at: Mapped[datetime | None]
    """When a watch last had something to tell of the issue here."""
    told_because: Mapped[str | None] = mapped_column(String(120))
    """What it was: the rule that fired."""
    created_at: Mapped[datetime]


_IS_UNSENT = text("sent_at IS NULL AND parked_at IS NULL")
_IS_OF_NO_ISSUE = text("issue_id IS NULL")


class Line(Sendable, Base):
    """Something to say once: in the thread of a copy, in a channel, to one person."""

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
    """The copy in whose thread it is said; said in the channel itself where there is none."""
    issue_id: Mapped[int | None] = owned_by("issues", index=True)
    activity_id: Mapped[int | None] = owned_by("activities", index=True)
    """The first thing that one request did to the issue."""
    last_activity_id: Mapped[int | None] = mapped_column(BigInt)
    """The last thing that it did there."""
    data: Mapped[dict[str, Any]]
    """The ``NoteData`` of its kind, as ``core.db.stored.notes`` writes it."""
    alarm: Mapped[str | None] = mapped_column(String(400))
    """The trouble that an admin is told of. As long as the line is there, they are not told of the same one again."""
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


_IS_RAGING = text("ended_at IS NULL")
_IS_STALE = text("wanted_version > shown_version AND parked_at IS NULL")


class Storm(Sendable, Base):
    """So many new issues at once in a channel that they are shown by one message."""

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
    """How many it brought."""
    wanted_version: Mapped[int] = mapped_column(default=1)
    shown_version: Mapped[int] = mapped_column(default=0)
    shown_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SeenRequest(Base):
    """A request that was carried out: the same one again changes nothing."""

    __tablename__ = "seen_requests"
    id: Mapped[str] = mapped_column(String(300), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[dict[str, Any]]
    """Empty until the request is carried out; one that goes in chunks is begun before."""
    digest: Mapped[str | None] = mapped_column(String(64))
    """A hash of what was asked for; none where the id says it all."""


class PendingInteraction(Base):
    """An interaction that was acknowledged before it was carried out. The row goes when it is done.

    With SQLite this table of the database itself stays empty: the rows lie in a file of their own, see ``core.db.pending``.
    """

    __tablename__ = "pending_interactions"
    __table_args__ = (UniqueConstraint("platform", "request_id"), NO_ID_REUSE)
    id: Mapped[Key]
    platform: Mapped[str] = mapped_column(String(16))
    request_id: Mapped[str] = mapped_column(String(300))
    sealed: Mapped[str] = mapped_column(Text)
    """What the platform sent, encrypted: it holds what people wrote, and the address for private answers."""
    received_at: Mapped[datetime]
    owner: Mapped[str] = mapped_column(String(32))
    """The process that is carrying it out."""
    lease_until_at: Mapped[datetime]
    """From then on any process may take it: its owner has not given a sign of life."""
    tries: Mapped[int] = mapped_column(default=0)
    """How many processes have taken it after its first one and did not come to an end."""
