"""Leads events to issues by their fingerprints (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.occurrence import Occurrence


@dataclass(frozen=True)
class Route:
    """Where an event goes: to the issue of that number in its project. A discarded one goes nowhere: its number is 0.

    ``issue_id`` is only set for one that was stored earlier.
    """

    occurrence: Occurrence
    kind: Literal["new", "known", "duplicate", "discarded"]
    number: int = 0
    issue_id: int = 0

    @property
    def is_stored(self) -> bool:
        """Whether the event is stored and counted."""
        return self.kind in ("new", "known")


@dataclass
class Routing:
    """The events of one arrival, each of which sees what those before it did.

    An issue goes by its number in the project, for a new one has that before it is stored.
    """

    stored: Mapping[str, int]
    """The issues of those events that are stored already, by the event's id."""
    owners: dict[str, int]
    """Which issue has a fingerprint."""
    tombstones: Mapping[str, int]
    """Which tombstone has a fingerprint."""
    last_number: int
    numbers: dict[str, int] = field(default_factory=dict)
    new_owners: dict[str, int] = field(default_factory=dict)
    """The fingerprints that no issue had, with the one that has them from now on."""
    discarded: Counter[int] = field(default_factory=Counter)
    """How many events met each tombstone."""
    new_issues: dict[int, Occurrence] = field(default_factory=dict)
    """The first event of each new issue."""

    def route(self, occurrence: Occurrence) -> Route:
        """Where the next event goes."""
        if issue_id := self.stored.get(occurrence.event_id):
            return Route(occurrence, "duplicate", issue_id=issue_id)
        if number := self.numbers.get(occurrence.event_id):
            return Route(occurrence, "duplicate", number)
        if tombstone_id := _first(self.tombstones, occurrence):
            self.discarded[tombstone_id] += 1
            return Route(occurrence, "discarded")
        known = _first(self.owners, occurrence)
        number = self.numbers[occurrence.event_id] = known or self._begin_issue(occurrence)
        self._own_hashes(occurrence, number)
        return Route(occurrence, "known" if known else "new", number)

    def _begin_issue(self, occurrence: Occurrence) -> int:
        self.last_number += 1
        self.new_issues[self.last_number] = occurrence
        return self.last_number

    def _own_hashes(self, occurrence: Occurrence, number: int) -> None:
        for hash_ in occurrence.hashes:
            if hash_ not in self.owners:
                self.owners[hash_] = self.new_owners[hash_] = number


def _first(found: Mapping[str, int], occurrence: Occurrence) -> int | None:
    """What the most telling of the event's fingerprints leads to."""
    return next((found[hash_] for hash_ in occurrence.hashes if hash_ in found), None)
