"""Stored events, and the counts of events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import Base, BigInt, Key, owned_by


class Event(Base):
    """A stored event of an issue, kept for a limited time."""

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
    person: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(32))
    """The fingerprint that grouped it, so that an unmerge can move it."""
    payload: Mapped[dict[str, Any]]


class IssueHour(Base):
    """Number of events of an issue in an hour."""

    __tablename__ = "issue_hours"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInt)


class IssueDay(Base):
    """Number of events of an issue on a day (UTC). Hourly counts are kept for a month, daily ones for good."""

    __tablename__ = "issue_days"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    day_at: Mapped[datetime] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInt)


class IssueUser(Base):
    """A user of the failing program who was affected by an issue."""

    __tablename__ = "issue_users"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_seen_at: Mapped[datetime]
