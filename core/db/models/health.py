"""Heartbeats, refused requests and outages, shared between processes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import Base


class Heartbeat(Base):
    """The last heartbeat of a process in a role."""

    __tablename__ = "heartbeats"
    process: Mapped[str] = mapped_column(String(32), primary_key=True)
    """A random name that the process chooses at its start."""
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    host: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]


class DoorOutcome(Base):
    """When a door last accepted a request, or refused one for a given reason, and how often."""

    __tablename__ = "door_outcomes"
    door: Mapped[str] = mapped_column(String(16), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(32), primary_key=True)
    last_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(BigInteger)


class Outage(Base):
    """A chat that does not answer, or rejects our credentials. Its channels wait, and one of them at a time is probed."""

    __tablename__ = "outages"
    platform: Mapped[str] = mapped_column(String(16), primary_key=True)
    is_account: Mapped[bool]
    """Whether our credentials are rejected."""
    reason: Mapped[str] = mapped_column(String(300))
    since_at: Mapped[datetime]
    probe_at: Mapped[datetime]
    """When the next probe is due."""
