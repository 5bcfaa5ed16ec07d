"""Route events to issues by their fingerprints (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.occurrence import Occurrence


@dataclass(frozen=True)
class Route:
    """Where an event goes: the number of the issue in its project; 0 for a discarded event.

    ``issue_id`` is set only for an event that was stored before; ``hash`` is the fingerprint that decided, for an event that is stored.
    """

    occurrence: Occurrence
    kind: Literal["new", "known", "duplicate", "discarded"]
    number: int = 0
    issue_id: int = 0
    hash: str = ""

    @property
    def is_stored(self) -> bool:
        """Whether the event is stored and counted."""
        return self.kind in ("new", "known")


@dataclass
class Routing:
    """Routes the events of one batch; each sees the effects of those before it.

    Identifies issues by their number in the project, which a new issue has before it is stored.
    """

    stored: Mapping[str, int]
    """The issue ids of events that are stored already, by event id."""
    owners: dict[str, int]
    """The issue number of each known fingerprint."""
    tombstones: Mapping[str, int]
    """The tombstone id of each discarded fingerprint."""
    last_number: int
    numbers: dict[str, int] = field(default_factory=dict)
    new_owners: dict[str, int] = field(default_factory=dict)
    """Fingerprints without an issue, and the issue number they are assigned to now."""
    discarded: Counter[int] = field(default_factory=Counter)
    """The number of events that hit each tombstone."""
    new_issues: dict[int, Occurrence] = field(default_factory=dict)
    """The first event of each new issue, by issue number."""

    def route(self, occurrence: Occurrence) -> Route:
        """Return the route of the next event."""
        if issue_id := self.stored.get(occurrence.event_id):
            return Route(occurrence, "duplicate", issue_id=issue_id)
        if number := self.numbers.get(occurrence.event_id):
            return Route(occurrence, "duplicate", number)
        deciding = deciding_hash(occurrence.hashes, self.tombstones, self.owners)
        if deciding is not None and deciding in self.tombstones:
            self.discarded[self.tombstones[deciding]] += 1
            return Route(occurrence, "discarded")
        number = self._begin_issue(occurrence) if deciding is None else self.owners[deciding]
        self.numbers[occurrence.event_id] = number
        self._own_hash(occurrence.hashes[0], number)
        return Route(occurrence, "new" if deciding is None else "known", number, hash=deciding or occurrence.hashes[0])

    def _begin_issue(self, occurrence: Occurrence) -> int:
        self.last_number += 1
        self.new_issues[self.last_number] = occurrence
        return self.last_number

    def _own_hash(self, newest: str, number: int) -> None:
        # An issue learns no fingerprint of older rules: under them different faults may be one, and would be for good.
        if newest not in self.owners and newest not in self.tombstones:
            self.owners[newest] = self.new_owners[newest] = number


def deciding_hash(hashes: Sequence[str], *known: Container[str]) -> str | None:
    """Return the fingerprint that leads an event to where it belongs: the oldest that is known; None where none is.

    ``hashes`` begin with the fingerprint by the newest version of the rules. As long as an issue or a tombstone is known by an older one,
    its events go there, also where the newest rules see one fault in two old issues.
    """
    return next((hash_ for hash_ in reversed(hashes) if any(hash_ in place for place in known)), None)
