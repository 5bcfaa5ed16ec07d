"""Route events to issues by their fingerprints (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.occurrence import Occurrence


@dataclass(frozen=True)
class Route:
    """Where an event goes: the number of the issue in its project; 0 for a discarded event.

    ``issue_id`` is set only for an event that was stored before.
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
    """Return the entry of the event's most specific fingerprint that has one."""
    return next((found[hash_] for hash_ in occurrence.hashes if hash_ in found), None)
