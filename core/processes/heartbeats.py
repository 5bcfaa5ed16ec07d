"""Heartbeats: each process records its roles in the database, so that others notice when it dies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db.database import Database
from core.db.health import Beat, Outcome

__all__ = ["Beat", "Heartbeats", "Outcome", "RoleState", "states"]

FORGET_AFTER = timedelta(minutes=10)
"""How long a dead process is remembered after another process has taken its role. Without a successor it is remembered until there is one."""


@dataclass(frozen=True)
class RoleState:
    """The state of a role. ``processes`` counts those alive; ``last_at`` is the last heartbeat, None if there was none or the process stopped in
    order.
    """

    role: str
    processes: int
    last_at: datetime | None

    @property
    def is_alive(self) -> bool:
        """Whether any process works in this role."""
        return self.processes > 0


@dataclass(frozen=True)
class Heartbeats:
    """Writes and reads heartbeats, and the requests that the processes refused."""

    database: Database
    clock: Callable[[], datetime]

    def beat(self, beats: Collection[Beat], outcomes: Sequence[Outcome] = ()) -> None:
        """Store heartbeats and the outcomes at the doors since the last call, in one small transaction."""
        with self.database.write() as work:
            work.heartbeats.beat(beats)
            work.heartbeats.add_outcomes(outcomes)
            work.heartbeats.forget_beats([beat.role for beat in beats], self.clock() - FORGET_AFTER)

    def leave(self, process: str) -> None:
        """Remove a process that stops in order, so that nobody reports it as dead."""
        with self.database.write() as work:
            work.heartbeats.leave(process)

    def roles(self, names: Sequence[str], lasts: timedelta) -> list[RoleState]:
        """Return the state of these roles. A heartbeat is valid for ``lasts``."""
        with self.database.read() as work:
            beats = work.heartbeats.all_beats()
        return states(names, beats, self.clock() - lasts)

    def outcomes(self) -> list[Outcome]:
        """Return when each door last accepted a request, and refused one for each reason; newest first."""
        with self.database.read() as work:
            return work.heartbeats.outcomes()


def states(names: Sequence[str], beats: Sequence[Beat], since: datetime) -> list[RoleState]:
    """Return the state of these roles; heartbeats after ``since`` count as alive. Pure."""
    mine = {name: [beat for beat in beats if beat.role == name] for name in names}
    return [
        RoleState(name, sum(one.beat_at >= since for one in found), max((one.beat_at for one in found), default=None)) for name, found in mine.items()
    ]
