"""What was reported of issues, and what it is counted in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import Base, BigInt, Key, owned_by


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
    person: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(32))
    """The fingerprint it was grouped by, so that an unmerge can take it along."""
    payload: Mapped[dict[str, Any]]


class IssueHour(Base):
    """How many events an issue had in an hour."""

    __tablename__ = "issue_hours"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInt)


class IssueDay(Base):
    """How many events an issue had on a day (UTC). The hours are kept for a month, the days for good."""

    __tablename__ = "issue_days"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    day_at: Mapped[datetime] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInt)


class IssueUser(Base):
    """A user of the failing program whom an issue has hit."""

    __tablename__ = "issue_users"
    issue_id: Mapped[int] = owned_by("issues", key=True)
    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_seen_at: Mapped[datetime]
