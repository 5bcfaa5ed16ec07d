"""Pending interactions: what was acknowledged before it was carried out is kept here until it is done, and survives the process that took it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.accounts.tokens import new_token
from core.db.models import PendingInteraction
from core.db.pending import PendingInteractionStore
from core.errors import DatabaseAway

__all__ = ["LEASE", "PendingInteractions", "StoredInteraction"]

LEASE = timedelta(seconds=5)
"""How long a process may keep an interaction without a sign of life. What a killed process left waits that long."""
LIFETIME = timedelta(hours=1)
"""How long an interaction is tried. Nobody expects a click to take effect later than that."""
MAX_TRIES = 5
"""How many processes may die, or fail unexpectedly, in the middle of one interaction before it is dropped."""


@dataclass(frozen=True)
class StoredInteraction:
    """A pending interaction that this process works on now.

    ``is_expired`` says that it is too old to be carried out, ``is_poison`` that it never came to an end in ``MAX_TRIES`` tries.
    """

    number: int
    platform: str
    sealed: str
    tries: int
    is_expired: bool
    is_poison: bool


@dataclass(frozen=True)
class PendingInteractions:
    """Keeps and hands out pending interactions, for one process. Every method but ``is_empty`` raises DatabaseAway."""

    store: PendingInteractionStore
    clock: Callable[[], datetime]
    owner: str = field(default_factory=lambda: new_token()[:32])
    """Names this process."""

    @property
    def is_empty(self) -> bool:
        """Whether it is known without asking that nothing is pending."""
        return self.store.is_empty

    def keep(self, platform: str, request_id: str, sealed: str) -> int | None:
        """Stores an interaction that this process is working on, and returns its number; None where another process keeps it already."""
        now = self.clock()
        row = PendingInteraction(
            platform=platform, request_id=request_id, sealed=sealed, received_at=now, owner=self.owner, lease_until_at=now + LEASE, tries=0
        )
        return self.store.add(row)

    def claim(self, limit: int) -> list[StoredInteraction]:
        """Takes what nobody works on, the oldest first."""
        now = self.clock()
        return [_taken(row, now) for row in self.store.claim(self.owner, now, now + LEASE, limit)]

    def extend(self) -> None:
        """Gives a sign of life: what this process works on stays its own for another ``LEASE``."""
        self.store.extend(self.owner, self.clock() + LEASE)

    def done(self, numbers: Sequence[int]) -> None:
        """Forgets interactions that came to an end."""
        self.store.remove(self.owner, numbers)

    def postpone(self, number: int, seconds: float, *, is_fault: bool) -> None:
        """Gives an interaction back, to be taken again after so many seconds. Only a fault of its own counts as a try."""
        self.store.release(self.owner, self.clock() + timedelta(seconds=seconds), number, resets_tries=not is_fault)

    def copy_to(self, database_url: str) -> int:
        """Copies what is pending into another database, for the processes there, and returns how much it is."""
        other = PendingInteractionStore(database_url)
        try:
            return self.store.copy_to(other)
        finally:
            other.close()

    def release(self) -> None:
        """Gives everything back at once: this process ends."""
        try:
            self.store.release(self.owner, self.clock())
        except DatabaseAway:
            return  # the leases end by themselves

    def close(self) -> None:
        """Gives the connections back."""
        self.store.close()


def _taken(row: PendingInteraction, now: datetime) -> StoredInteraction:
    return StoredInteraction(
        row.id, row.platform, row.sealed, row.tries, is_expired=now - row.received_at > LIFETIME, is_poison=row.tries > MAX_TRIES
    )
