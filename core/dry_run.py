"""What a watch would have told, had it been there (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.terms import Terms


@dataclass(frozen=True)
class Moment:
    """Something that a watch may ask for; ``times`` within the hour that begins then, where only the hour is known."""

    at: datetime
    issue_id: int
    why: str
    times: int = 1


@dataclass(frozen=True)
class Hour:
    """An hour of an issue: how many events it had in all when the hour began and when it ended."""

    at: datetime
    issue_id: int
    before: int
    after: int


def at_rounds(terms: Terms, hours: Iterable[Hour]) -> list[Moment]:
    """The hours in which multiples of ``every`` were met. At which minute nobody knows, so the shortest interval is taken to be used up."""
    most = max(60 // terms.min_interval, 1) if terms.min_interval else None
    met = ((hour, terms.rounds(hour.before, hour.after)) for hour in hours)
    return [Moment(hour.at, hour.issue_id, terms.at_a_round, min(times, most or times)) for hour, times in met if times > 0]


def told(terms: Terms, moments: Iterable[Moment]) -> list[Moment]:
    """Those that the shortest interval lets through, newest first."""
    last: dict[int, datetime] = {}
    kept: list[Moment] = []
    for moment in sorted(moments, key=lambda one: one.at):
        if not terms.is_too_soon(last.get(moment.issue_id), moment.at):
            last[moment.issue_id] = moment.at
            kept.append(moment)
    return kept[::-1]
