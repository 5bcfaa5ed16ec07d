"""Heartbeats: each process says in the database which roles it works in, so that the others notice when one falls silent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db.database import Database
from core.db.health import Beat, Outcome

__all__ = ["Beat", "Heartbeats", "Outcome", "RoleState", "states"]

FORGET_AFTER = timedelta(minutes=10)
"""How long a process that fell silent is remembered when another one has taken its role; without one it is remembered until then."""


@dataclass(frozen=True)
class RoleState:
    """How a role fares. ``processes`` counts those alive; ``last_at`` is its last sign of life, None where it never gave one, or was stopped."""

    role: str
    processes: int
    last_at: datetime | None

    @property
    def is_alive(self) -> bool:
        """Whether any process works in this role."""
        return self.processes > 0


@dataclass(frozen=True)
class Heartbeats:
    """Writes and reads signs of life, and what the doors of all processes refused."""

    database: Database
    clock: Callable[[], datetime]

    def beat(self, beats: Collection[Beat], outcomes: Sequence[Outcome] = ()) -> None:
        """Notes signs of life, and what the doors of this process had since it last said so: one small transaction."""
        with self.database.write() as work:
            work.heartbeats.beat(beats)
            work.heartbeats.add_outcomes(outcomes)
            work.heartbeats.forget_beats([beat.role for beat in beats], self.clock() - FORGET_AFTER)

    def leave(self, process: str) -> None:
        """A process stops in order: it is not missed as one that was killed would be."""
        with self.database.write() as work:
            work.heartbeats.leave(process)

    def roles(self, names: Sequence[str], lasts: timedelta) -> list[RoleState]:
        """How these roles fare; a sign of life holds for as long as ``lasts``."""
        with self.database.read() as work:
            beats = work.heartbeats.all_beats()
        return states(names, beats, self.clock() - lasts)

    def outcomes(self) -> list[Outcome]:
        """When each door last let somebody in, and refused somebody for each reason; the newest first."""
        with self.database.read() as work:
            return work.heartbeats.outcomes()


def states(names: Sequence[str], beats: Sequence[Beat], since: datetime) -> list[RoleState]:
    """How these roles fare by these signs of life, of which those since then count as alive. Pure."""
    mine = {name: [beat for beat in beats if beat.role == name] for name in names}
    return [
        RoleState(name, sum(one.beat_at >= since for one in found), max((one.beat_at for one in found), default=None)) for name, found in mine.items()
    ]
