"""Signs of life, and what the doors let in and refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.db.dialect import upsert
from core.db.models import DoorOutcome, Heartbeat


@dataclass(frozen=True)
class Beat:
    """The last sign of life of a process in a role."""

    process: str
    role: str
    host: str
    started_at: datetime
    beat_at: datetime


@dataclass(frozen=True)
class Outcome:
    """When a door last had this outcome: ``accepted``, or the reason of a refusal. ``count`` is how often."""

    door: str
    outcome: str
    last_at: datetime
    count: int


def beat(session: Session, beats: Collection[Beat]) -> None:
    """Notes these signs of life, one row for each process and role."""
    for one in beats:
        upsert(session, Heartbeat, [asdict(one)], {"beat_at": one.beat_at})


def all_beats(session: Session) -> list[Beat]:
    """Every sign of life that is kept, the newest first."""
    rows = session.scalars(select(Heartbeat).order_by(Heartbeat.beat_at.desc(), Heartbeat.process))
    return [Beat(row.process, row.role, row.host, row.started_at, row.beat_at) for row in rows]


def forget_beats(session: Session, roles: Collection[str], before: datetime) -> None:
    """Forgets processes in these roles that gave no sign of life since then."""
    silent = delete(Heartbeat).where(Heartbeat.role.in_(roles), Heartbeat.beat_at < before)
    session.execute(silent, execution_options={"synchronize_session": False})


def leave(session: Session, process: str) -> None:
    """Forgets a process that has stopped in order."""
    session.execute(delete(Heartbeat).where(Heartbeat.process == process), execution_options={"synchronize_session": False})


def add_outcomes(session: Session, outcomes: Sequence[Outcome]) -> None:
    """Adds these to what is known: the counts add up, the newest time stays."""
    for one in outcomes:
        change = {"last_at": one.last_at, "count": DoorOutcome.count + one.count}
        upsert(session, DoorOutcome, [asdict(one)], change)


def outcomes(session: Session) -> list[Outcome]:
    """What every door had, the newest first."""
    rows = session.scalars(select(DoorOutcome).order_by(DoorOutcome.last_at.desc(), DoorOutcome.door, DoorOutcome.outcome))
    return [Outcome(row.door, row.outcome, row.last_at, row.count) for row in rows]
