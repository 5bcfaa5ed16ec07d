"""Who works, what the doors refused, and which chat is away: what one process tells the others of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.columns import Base


class Heartbeat(Base):
    """A sign of life: this process does this part of the work."""

    __tablename__ = "heartbeats"
    process: Mapped[str] = mapped_column(String(32), primary_key=True)
    """A random name that a process gives itself when it starts."""
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    host: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]


class DoorOutcome(Base):
    """When a door last let somebody in, or refused somebody for one of its fixed reasons, and how often."""

    __tablename__ = "door_outcomes"
    door: Mapped[str] = mapped_column(String(16), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(32), primary_key=True)
    last_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(BigInteger)


class Outage(Base):
    """A chat that gives no answer, or does not take our credentials. The channels that have met it wait, and one of them at a time is tried."""

    __tablename__ = "outages"
    platform: Mapped[str] = mapped_column(String(16), primary_key=True)
    is_account: Mapped[bool]
    """Our credentials are what is refused."""
    reason: Mapped[str] = mapped_column(String(300))
    since_at: Mapped[datetime]
    probe_at: Mapped[datetime]
    """When something is tried next."""
