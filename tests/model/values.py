"""The values that the reference model reckons with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.model.releases import Fix

OPEN = ("unresolved", "resolved", "ignored")
"""Where an issue can be triaged; in all other statuses it is being deleted."""


OPEN_SUBSTATUSES = ("new", "ongoing", "regressed", "escalating")


WEEK = timedelta(days=7)


COPIES_MAY_LAG = timedelta(days=1)


UNDOABLE = {
    "set_resolved",
    "set_resolved_in_release",
    "set_unresolved",
    "set_ignored",
    "mark_reviewed",
    "auto_set_ongoing",
    "move_to_inbox",
    "undo",
} | {
    "assigned",
    "unassigned",
    "set_priority",
    "delete",
    "discard",
}


OVERWRITES = {"status": {"status", "inbox"}, "inbox": {"status", "inbox"}}
"""The facets that an undo restores. Reading: status and inbox are restored together, so a newer change of either prevents the undo of the other."""


@dataclass(frozen=True)
class Until:
    """The conditions that end an archive; the first one that is met counts."""

    at: datetime | None = None
    events: int | None = None
    events_window: int | None = None
    users: int | None = None
    users_window: int | None = None


@dataclass(frozen=True)
class Snooze:
    until: Until
    events_before: int
    users_before: int
    began_at: datetime


@dataclass(frozen=True)
class Standing:
    """Status with everything that hangs on it: what an undo puts back."""

    status: str
    substatus: str | None
    resolved_at: datetime | None = None
    snooze: Snooze | None = None
    inbox: tuple[str, datetime, Until | None] | None = None
    """Why it waits for review, since when, and the condition of the snooze whose end put it there (D32)."""
    fix: Fix | None = None
    """The release that it is resolved in."""


@dataclass(frozen=True)
class Entry:
    """One line of the activity log. ``before`` is what the change replaced."""

    type: str
    facet: str | None
    before: Any
    said: Any = None
    """Of a regression: its release, the one that should have fixed it, and whether they compare as semver (D32)."""
    actor: str | None = None
    source: str = ""
    version: int = 0
    at: datetime | None = None


@dataclass(frozen=True)
class Happening:
    """One event of a program."""

    event_id: str
    project: str
    title: str
    at: datetime
    person: str | None = None
    release: str | None = None
    received: datetime | None = None


@dataclass
class Issue:
    id: int
    project: str
    number: int
    first_seen: datetime
    last_seen: datetime
    standing: Standing
    times_seen: int = 0
    version: int = 1
    priority: str = "high"
    locked_at: datetime | None = None
    assignee: str | None = None
    purge_at: datetime | None = None
    opened_at: datetime | None = None
    """When a person or the end of a snooze opened it last."""
    kept: tuple[str, str | None, tuple[str, ...]] = ("", None, ())
    """Of a deleted issue: its status, its substatus and its fingerprints."""
    people: set[str] = field(default_factory=set)
    events: dict[str, Happening] = field(default_factory=dict)
    hours: dict[datetime, int] = field(default_factory=dict)
    forecast: tuple[date, int] | None = None
    shown: int = 0
    """The version that the issue's copies show."""
    facets: dict[str, int] = field(default_factory=dict)
    """The version at which each facet changed last."""
    log: list[Entry] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.standing.status

    @property
    def names(self) -> tuple[str, str]:
        digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        high, low = divmod(self.number, 32)
        return str(self.id), f"{self.project.upper()}-{digits[high] if high else ''}{digits[low]}"


@dataclass(frozen=True)
class Wish:
    """A verb with what it needs: ``Wish("assign", "user:1")``."""

    verb: str
    value: Any = None


@dataclass(frozen=True)
class Ask:
    """One request."""

    names: tuple[int | str, ...]
    wishes: tuple[Wish, ...]
    is_strict: bool = True
    actor: str | None = "ada"
    expected: int | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class Answer:
    matched: tuple[int, ...]
    changed: tuple[int, ...]
    solved_in: str | None = None
    """The release that it resolved in; ``next`` for the next one."""
    is_repeat: bool = False


class Refused(Exception):
    """Nothing was changed. ``conflicts`` are the newer changes that stand in the way, as (issue, facet, version)."""

    def __init__(self, kind: str, conflicts: frozenset[tuple[int, str, int]] = frozenset()) -> None:
        super().__init__(kind)
        self.kind, self.conflicts = kind, conflicts


def clock_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
