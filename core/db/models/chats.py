"""Channels, what they watch, what they show, and which requests were carried out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import NEVER_AGAIN, Base, Key, owned_by


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
    told_at: Mapped[datetime | None]
    """When a watch last had something to tell of the issue here."""
    told_because: Mapped[str | None] = mapped_column(String(120))
    """What it was: the rule that fired."""
    created_at: Mapped[datetime]


class SeenRequest(Base):
    """A request that was carried out: the same one again changes nothing."""

    __tablename__ = "seen_requests"
    id: Mapped[str] = mapped_column(String(300), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[dict[str, Any]]
