"""Decide when an issue gets too many events: daily ceilings for archived issues, and a rate limit for new ones (pure).

The forecast follows Sentry's algorithm exactly, because people know how it behaves. Hours without events are missing from its input, so the
statistical half is used only if every hour of the week had events.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean, stdev

FORECAST_DAYS = 14
"""Number of days in a forecast, including the first."""
DEFAULT_CEILINGS = (10,) * FORECAST_DAYS
"""Events per hour, for each day, while there is no forecast."""

_HOUR = timedelta(hours=1)
_WEEK = timedelta(days=7)
_HOURS_OF_A_WEEK = 168
_SHORT_HISTORY_FACTOR = 10
_MAX_BURST_FACTOR, _MIN_BURST_FACTOR, _BURST_EXPONENT = 5.0, 2.0, -0.65
_SPREADS = 5
"""Number of standard deviations above the mean that still count as usual."""
_MIN_SPIKE_FACTOR, _MAX_SPIKE_FACTOR = 5.0, 8.0
_SAME_WEEKDAY_WEIGHT = 2
_PERCENTILE = 95
_MIN_EVENTS = 10
_NEW_FOR = timedelta(hours=24)
_VELOCITY_LIFETIME = timedelta(hours=48)


@dataclass(frozen=True)
class Forecast:
    """The highest usual number of events per hour, for each of 14 days; ``start`` is the first day (UTC)."""

    start: date
    ceilings: tuple[int, ...] = DEFAULT_CEILINGS

    def __post_init__(self) -> None:
        if len(self.ceilings) != FORECAST_DAYS:
            raise ValueError(f"A forecast has {FORECAST_DAYS} ceilings, not {len(self.ceilings)}.")

    @classmethod
    def unknown(cls, start: date) -> Forecast:
        """Return the forecast to use while there is none: ten events per hour."""
        return cls(start, DEFAULT_CEILINGS)

    def ceiling(self, on: date) -> int:
        """Return the ceiling of a day, in events per hour.

        A day after the forecast gets its last value, a day before it the first.
        """
        return self.ceilings[min(max((on - self.start).days, 0), FORECAST_DAYS - 1)]


def forecast(counts: Sequence[tuple[datetime, int]], start: date) -> tuple[int, ...] | None:
    """Compute the ceilings of 14 days from ``start`` on, in events per hour; return None if there were no events.

    ``counts`` holds the hours of the last week that had events: the start of the hour (UTC) and its number of events. An hour with 0 events is
    ignored, because the rules average over hours with events only.
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
    """Return whether the events since the full hour exceed the ceiling. A ceiling of 0 means unknown: never."""
    return ceiling != 0 and hour_count > ceiling


def hourly_rate(events: int, age: timedelta) -> float | None:
    """Return the events per hour of an issue with ``events`` in the past week; None if the issue is too young or too rare.

    The issue needs more than one event in the week and must be older than an hour.
    """
    if events <= 1 or age <= _HOUR:
        return None
    return events / (min(age, _WEEK) / _HOUR)


def velocity_threshold(rates: Iterable[float | None]) -> float:
    """Return the 95th percentile of a project's hourly rates, in events per hour; 0 if it is unknown.

    Interpolates linearly between the two nearest rates, so the same week always gives the same answer (Sentry's database only estimates it).
    Ignores rates that are None or not finite.
    """
    known = sorted(rate for rate in rates if rate is not None and math.isfinite(rate))
    if not known:
        return 0.0
    below, hundredths = divmod(_PERCENTILE * (len(known) - 1), 100)
    above = min(below + 1, len(known) - 1)
    return known[below] + (known[above] - known[below]) * hundredths / 100


def known_velocity(threshold: float | None, computed_at: datetime | None, now: datetime) -> float:
    """Return the project's threshold in events per hour; 0 if it was never computed or is older than 48 hours."""
    if threshold is None or computed_at is None or now - computed_at > _VELOCITY_LIFETIME:
        return 0.0
    return threshold


def is_too_fast(times_seen: int, age: timedelta, threshold: float) -> bool:
    """Return whether a new issue's events per hour exceed its project's threshold. A threshold of 0 means unknown: never.

    Applies only to issues with at least 10 events that are younger than 24 hours. The first hour counts as a full hour.
    """
    if times_seen < _MIN_EVENTS or age >= _NEW_FOR or threshold <= 0:
        return False
    return times_seen / max(age / _HOUR, 1.0) > threshold


def _burst_ceiling(numbers: Sequence[int]) -> float:
    """Return the busiest hour times a factor. The factor is larger for steady issues, which have not shown yet how they burst."""
    variation = stdev(numbers) / fmean(numbers)
    burst = _MAX_BURST_FACTOR * math.exp(_BURST_EXPONENT * variation)
    return max(numbers) * min(max(_MIN_BURST_FACTOR, burst), _MAX_BURST_FACTOR)


def _usual_excess(numbers: Sequence[int]) -> float:
    """Return how far a usual hour may exceed the day's mean."""
    mean = fmean(numbers)
    spike = (mean + _SPREADS * stdev(numbers)) / mean
    return mean * min(max(spike, _MIN_SPIKE_FACTOR), _MAX_SPIKE_FACTOR)


def _weighted_mean(busy: Sequence[tuple[datetime, int]], weekday: int) -> float:
    """Return the mean of all hours. Hours of the same weekday (Monday is 0) count twice."""
    weights = [_SAME_WEEKDAY_WEIGHT if hour.weekday() == weekday else 1 for hour, _ in busy]
    return sum(count * weight for (_, count), weight in zip(busy, weights, strict=True)) / sum(weights)
