"""When too many events come: the daily ceilings of an archive until escalating, and what is too fast for a new issue.

The forecast is the reference's to the letter, for people know what it does. What it says is rougher than it looks: hours
without events are missing from its input, so its statistical half is reached only where no hour of the week was silent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean, stdev

FORECAST_DAYS = 14
"""How many days a forecast reaches, its first one included."""
DEFAULT_CEILINGS = (10,) * FORECAST_DAYS
"""Events in an hour for every day, while there is no forecast."""

_HOUR = timedelta(hours=1)
_WEEK = timedelta(days=7)
_HOURS_OF_A_WEEK = 168
_SHORT_HISTORY_FACTOR = 10
_MAX_BURST_FACTOR, _MIN_BURST_FACTOR, _BURST_EXPONENT = 5.0, 2.0, -0.65
_SPREADS = 5
"""Standard deviations above the mean that are still usual."""
_MIN_SPIKE_FACTOR, _MAX_SPIKE_FACTOR = 5.0, 8.0
_SAME_WEEKDAY_WEIGHT = 2
_PERCENTILE = 95
_MIN_EVENTS = 10
_NEW_FOR = timedelta(hours=24)
_VELOCITY_LIFETIME = timedelta(hours=48)


@dataclass(frozen=True)
class Forecast:
    """How many events an hour may have on each of 14 days, the first of which is ``start`` (UTC)."""

    start: date
    ceilings: tuple[int, ...] = DEFAULT_CEILINGS

    def __post_init__(self) -> None:
        if len(self.ceilings) != FORECAST_DAYS:
            raise ValueError(f"A forecast has {FORECAST_DAYS} ceilings, not {len(self.ceilings)}.")

    @classmethod
    def unknown(cls, start: date) -> Forecast:
        """What holds while there is no forecast: ten events an hour."""
        return cls(start, DEFAULT_CEILINGS)

    def ceiling(self, on: date) -> int:
        """Events in an hour of that day. An old forecast holds on with its last value, an early question gets the first."""
        return self.ceilings[min(max((on - self.start).days, 0), FORECAST_DAYS - 1)]


def forecast(counts: Sequence[tuple[datetime, int]], start: date) -> tuple[int, ...] | None:
    """The ceilings, in events an hour, of 14 days from ``start`` on; None where there were no events.

    ``counts`` are the hours of the last week that had events, each by its beginning (UTC), with the number of its events. An hour that is
    given with 0 events counts as left out, for the rules mean hours with events and would divide by zero without any.
    """
    busy = [(hour, count) for hour, count in counts if count > 0]
    if not busy:
        return None
    numbers = [count for _, count in busy]
    if len(numbers) < _HOURS_OF_A_WEEK:
        return (_SHORT_HISTORY_FACTOR * max(numbers),) * FORECAST_DAYS
    burst, usual = _burst_ceiling(numbers), _usual_excess(numbers)
    of_weekday = [int(max(burst, _weighted_mean(busy, weekday) + usual)) for weekday in range(7)]
    return tuple(of_weekday[(start.weekday() + day) % 7] for day in range(FORECAST_DAYS))


def is_escalating(hour_count: int, ceiling: int) -> bool:
    """Whether the events since the full hour are more than the ceiling; a ceiling of 0 says nothing."""
    return ceiling != 0 and hour_count > ceiling


def hourly_rate(events: int, age: timedelta) -> float | None:
    """Events per hour of an issue that had that many in the past week; None where it is too young or too rare to tell.

    It needs more than one event in the week, and a first one more than an hour ago.
    """
    if events <= 1 or age <= _HOUR:
        return None
    return events / (min(age, _WEEK) / _HOUR)


def velocity_threshold(rates: Iterable[float | None]) -> float:
    """The 95th percentile of a project's hourly rates, in events per hour; 0 where it is unknown.

    The reference lets its database estimate it. Ours is exact, so that the same week always gives the same answer: between the two
    nearest rates it lies on the straight line. Rates that are None or no finite number do not count.
    """
    known = sorted(rate for rate in rates if rate is not None and math.isfinite(rate))
    if not known:
        return 0.0
    below, hundredths = divmod(_PERCENTILE * (len(known) - 1), 100)
    above = min(below + 1, len(known) - 1)
    return known[below] + (known[above] - known[below]) * hundredths / 100


def known_velocity(threshold: float | None, computed_at: datetime | None, now: datetime) -> float:
    """The project's threshold in events per hour; 0 where it was never computed or is older than 48 hours."""
    if threshold is None or computed_at is None or now - computed_at > _VELOCITY_LIFETIME:
        return 0.0
    return threshold


def is_too_fast(times_seen: int, age: timedelta, threshold: float) -> bool:
    """Whether a new issue's events per hour exceed its project's threshold; a threshold of 0 is unknown and says nothing.

    It takes 10 events, and an issue younger than 24 hours. The first hour counts as a whole one.
    """
    if times_seen < _MIN_EVENTS or age >= _NEW_FOR or threshold <= 0:
        return False
    return times_seen / max(age / _HOUR, 1.0) > threshold


def _burst_ceiling(numbers: Sequence[int]) -> float:
    """The busiest hour, more generously where the hours are alike: a steady issue has not shown yet how it bursts."""
    variation = stdev(numbers) / fmean(numbers)
    burst = _MAX_BURST_FACTOR * math.exp(_BURST_EXPONENT * variation)
    return max(numbers) * min(max(_MIN_BURST_FACTOR, burst), _MAX_BURST_FACTOR)


def _usual_excess(numbers: Sequence[int]) -> float:
    """What may come on top of a day's mean."""
    mean = fmean(numbers)
    spike = (mean + _SPREADS * stdev(numbers)) / mean
    return mean * min(max(spike, _MIN_SPIKE_FACTOR), _MAX_SPIKE_FACTOR)


def _weighted_mean(busy: Sequence[tuple[datetime, int]], weekday: int) -> float:
    """The mean of all hours, in which those of the same day of the week (Monday is 0) count twice."""
    weights = [_SAME_WEEKDAY_WEIGHT if hour.weekday() == weekday else 1 for hour, _ in busy]
    return sum(count * weight for (_, count), weight in zip(busy, weights, strict=True)) / sum(weights)
