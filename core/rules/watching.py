"""What a watch asks for, when it has something to tell, and what it would have told of the past (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_REASON_CHARS = 120
"""Characters of a reason with its query: what fits under an alert."""


@dataclass(frozen=True)
class WatchRule:
    """Of which issues a channel is told, and on what.

    ``query`` is a search that finds the issues meant, or empty for all; ``every`` tells at each so many events of an unresolved issue;
    ``min_interval`` is how many minutes lie between two times that the same issue is told of.
    """

    query: str = ""
    on_new: bool = True
    on_regression: bool = True
    on_escalation: bool = True
    every: int | None = None
    min_interval: int | None = None

    def matching_effect(self, effects: Collection[str]) -> str | None:
        """What of that is to be told: the weightiest, in a word. The end of an archive is an escalation too, as its priority is."""
        wanted = {"new": self.on_new, "regressed": self.on_regression, "escalating": self.on_escalation, "unarchived": self.on_escalation}
        return next((_WORDS[effect] for effect, is_wanted in wanted.items() if is_wanted and effect in effects), None)

    def multiples_between(self, before: int, after: int) -> int:
        """How many multiples of ``every`` are met by counting on from one number of events to another."""
        return after // self.every - before // self.every if self.every else 0

    @property
    def every_nth(self) -> str:
        """What is said where a multiple of ``every`` was met."""
        return f"every {self.every} events"

    def is_too_soon(self, told_at: datetime | None, now: datetime) -> bool:
        """Whether the issue was told of a moment ago."""
        return told_at is not None and self.min_interval is not None and now < told_at + timedelta(minutes=self.min_interval)

    def because(self, why: str) -> str:
        """The rule that fired, for a footer: *regression: level:error*."""
        reason = f"{why}: {self.query}" if self.query else why
        return reason if len(reason) <= MAX_REASON_CHARS else f"{reason[: MAX_REASON_CHARS - 1]}…"


_WORDS = {"new": "new", "regressed": "regression", "escalating": "escalating", "unarchived": "unarchived"}


@dataclass(frozen=True)
class PastEvent:
    """Something that a watch may ask for; ``times`` within the hour that begins then, where only the hour is known."""

    at: datetime
    issue_id: int
    why: str
    times: int = 1


@dataclass(frozen=True)
class PastHour:
    """An hour of an issue: how many events it had in all when the hour began and when it ended."""

    at: datetime
    issue_id: int
    before: int
    after: int


def every_nth_events(rule: WatchRule, hours: Iterable[PastHour]) -> list[PastEvent]:
    """The hours in which multiples of ``every`` were met. At which minute nobody knows, so the shortest interval is taken to be used up."""
    max_times = max(60 // rule.min_interval, 1) if rule.min_interval else None
    met = ((hour, rule.multiples_between(hour.before, hour.after)) for hour in hours)
    return [PastEvent(hour.at, hour.issue_id, rule.every_nth, min(times, max_times or times)) for hour, times in met if times > 0]


def spaced_out(rule: WatchRule, events: Iterable[PastEvent]) -> list[PastEvent]:
    """Those that the shortest interval lets through, newest first."""
    last: dict[int, datetime] = {}
    kept: list[PastEvent] = []
    for event in sorted(events, key=lambda event: event.at):
        if not rule.is_too_soon(last.get(event.issue_id), event.at):
            last[event.issue_id] = event.at
            kept.append(event)
    return kept[::-1]
