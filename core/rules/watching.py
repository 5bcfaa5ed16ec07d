"""Decide when a watch alerts, and what it would have alerted in the past (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_REASON_CHARS = 120
"""Longest reason, with its query, that fits under an alert."""
_WORDS = {"new": "new", "regressed": "regression", "escalating": "escalating", "unarchived": "unarchived"}


@dataclass(frozen=True)
class WatchRule:
    """Which issues a watch selects, and which changes it alerts about.

    ``query`` is a search; empty selects all issues. ``every`` alerts at each multiple of that many events of an unresolved issue. ``min_interval``
    is the minimum time between two alerts about the same issue, in minutes.
    """

    query: str = ""
    on_new: bool = True
    on_regression: bool = True
    on_escalation: bool = True
    every: int | None = None
    min_interval: int | None = None

    def matching_effect(self, effects: Collection[str]) -> str | None:
        """Return the most important of the effects that this rule alerts about, as a word, or None.

        The end of an archive counts as an escalation, because it raises the priority too.
        """
        wanted = {"new": self.on_new, "regressed": self.on_regression, "escalating": self.on_escalation, "unarchived": self.on_escalation}
        return next((_WORDS[effect] for effect, is_wanted in wanted.items() if is_wanted and effect in effects), None)

    def multiples_between(self, before: int, after: int) -> int:
        """Return how many multiples of ``every`` lie after ``before`` and up to ``after``."""
        return after // self.every - before // self.every if self.every else 0

    @property
    def every_nth(self) -> str:
        """The reason of an alert at a multiple of ``every``."""
        return f"every {self.every} events"

    def is_too_soon(self, told_at: datetime | None, now: datetime) -> bool:
        """Return whether less than ``min_interval`` has passed since the last alert about the issue."""
        return told_at is not None and self.min_interval is not None and now < told_at + timedelta(minutes=self.min_interval)

    def because(self, why: str) -> str:
        """Return the reason with the query, for a footer: *regression: level:error*."""
        reason = f"{why}: {self.query}" if self.query else why
        return reason if len(reason) <= MAX_REASON_CHARS else f"{reason[: MAX_REASON_CHARS - 1]}…"


@dataclass(frozen=True)
class PastEvent:
    """Something that a watch may alert about. ``times`` is how often it happened in the hour from ``at`` on, if only the hour is known."""

    at: datetime
    issue_id: int
    why: str
    times: int = 1


@dataclass(frozen=True)
class PastHour:
    """The total number of events of an issue at the start and at the end of an hour."""

    at: datetime
    issue_id: int
    before: int
    after: int


def every_nth_events(rule: WatchRule, hours: Iterable[PastHour]) -> list[PastEvent]:
    """Return the hours in which multiples of ``every`` were reached.

    The exact minutes are unknown, so assume as many alerts as ``min_interval`` allows.
    """
    max_times = max(60 // rule.min_interval, 1) if rule.min_interval else None
    met = ((hour, rule.multiples_between(hour.before, hour.after)) for hour in hours)
    return [PastEvent(hour.at, hour.issue_id, rule.every_nth, min(times, max_times or times)) for hour, times in met if times > 0]


def spaced_out(rule: WatchRule, events: Iterable[PastEvent]) -> list[PastEvent]:
    """Return the events that ``min_interval`` lets through, newest first."""
    last: dict[int, datetime] = {}
    kept: list[PastEvent] = []
    for event in sorted(events, key=lambda event: event.at):
        if not rule.is_too_soon(last.get(event.issue_id), event.at):
            last[event.issue_id] = event.at
            kept.append(event)
    return kept[::-1]
