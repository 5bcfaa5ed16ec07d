"""Store acknowledged interactions until they are carried out, so that they survive the process that took them."""

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
"""How long a process may keep an interaction without a heartbeat. Interactions of a killed process wait that long."""
LIFETIME = timedelta(hours=1)
"""How long an interaction is retried. Nobody expects a click to take effect later."""
MAX_TRIES = 5
"""How many processes may die or fail unexpectedly while carrying out one interaction before it is dropped."""


@dataclass(frozen=True)
class StoredInteraction:
    """A pending interaction that this process now works on.

    ``is_expired`` means too old to carry out, ``is_poison`` that ``MAX_TRIES`` tries never ended.
    """

    number: int
    platform: str
    sealed: str
    tries: int
    is_expired: bool
    is_poison: bool


@dataclass(frozen=True)
class PendingInteractions:
    """Stores and hands out pending interactions for one process. Every method except ``is_empty`` raises DatabaseAway."""

    store: PendingInteractionStore
    clock: Callable[[], datetime]
    owner: str = field(default_factory=lambda: new_token()[:32])
    """The name of this process."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known to be pending, without asking the database."""
        return self.store.is_empty

    def keep(self, platform: str, request_id: str, sealed: str) -> int | None:
        """Store an interaction that this process works on and return its id; None if another process has stored it."""
        now = self.clock()
        row = PendingInteraction(
            platform=platform, request_id=request_id, sealed=sealed, received_at=now, owner=self.owner, lease_until_at=now + LEASE, tries=0
        )
        return self.store.add(row)

    def claim(self, limit: int) -> list[StoredInteraction]:
        """Claim interactions that nobody works on, oldest first."""
        now = self.clock()
        return [_taken(row, now) for row in self.store.claim(self.owner, now, now + LEASE, limit)]

    def extend(self) -> None:
        """Renew the lease on everything this process works on."""
        self.store.extend(self.owner, self.clock() + LEASE)

    def done(self, numbers: Sequence[int]) -> None:
        """Delete finished interactions."""
        self.store.remove(self.owner, numbers)

    def postpone(self, number: int, seconds: float, *, is_fault: bool) -> None:
        """Return an interaction, to be taken again after ``seconds``. Only with ``is_fault`` does it count as a try."""
        self.store.release(self.owner, self.clock() + timedelta(seconds=seconds), number, resets_tries=not is_fault)

    def copy_to(self, database_url: str) -> int:
        """Copy the pending interactions to another database; return how many."""
        other = PendingInteractionStore(database_url)
        try:
            return self.store.copy_to(other)
        finally:
            other.close()

    def release(self) -> None:
        """Return everything at once because this process ends."""
        try:
            self.store.release(self.owner, self.clock())
        except DatabaseAway:
            return  # the leases expire

    def close(self) -> None:
        """Close the connections."""
        self.store.close()


def _taken(row: PendingInteraction, now: datetime) -> StoredInteraction:
    return StoredInteraction(
        row.id, row.platform, row.sealed, row.tries, is_expired=now - row.received_at > LIFETIME, is_poison=row.tries > MAX_TRIES
    )
