"""When too many events come."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.escalation import DEFAULT_CEILINGS, Forecast, forecast, hourly_rate, is_escalating, is_too_fast, velocity_threshold

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
START = date(2024, 1, 8)
WEEK = 168


def hours(*counts: int) -> list[tuple[datetime, int]]:
    return [(MONDAY + timedelta(hours=hour), count) for hour, count in enumerate(counts)]


def on_weekday(weekday: int, then: int, otherwise: int) -> list[int]:
    return [then if hour // 24 == weekday else otherwise for hour in range(WEEK)]


WEDNESDAYS = (203, 203, 213, 203, 203, 203, 203) * 2

VECTORS = {
    "168 times 6": ([6] * WEEK, (36,) * 14),
    "168 times 1": ([1] * WEEK, (6,) * 14),
    "1, 2, …, 168": ([*range(1, WEEK + 1)], (577,) * 14),
    "167 times 1, then 1000": ([1] * 167 + [1000], (2000,) * 14),
    "167 times 5": ([5] * 167, (50,) * 14),
    "one hour of 3": ([3], (30,) * 14),
    "Wednesday's hours 100, the others 10": (on_weekday(2, 100, 10), WEDNESDAYS),
    "1 and 99 by turns": ([1, 99] * 84, (345,) * 14),
    "the hour of the day plus 1": ([*range(1, 25)] * 7, (83,) * 14),
    "167 times 100, then 300": ([100] * 167 + [300], (1358,) * 14),
    "Saturday's hours 60, the others 20": (on_weekday(5, 60, 20), (210,) * 14),
    "nothing": ([], None),
}


@pytest.mark.parametrize(("counts", "expected"), VECTORS.values(), ids=VECTORS.keys())
def test_forecast_vectors(counts: list[int], expected: tuple[int, ...] | None) -> None:
    assert forecast(hours(*counts), START) == expected


def test_beyond_eight_times_the_mean_is_never_usual() -> None:
    """Seven hours of 100 and seventeen of 1 a day: a mean of 29.875, and five standard deviations would make it 8.5 times that."""
    assert forecast(hours(*([100] * 7 + [1] * 17) * 7), START) == (268,) * 14


def test_the_weekdays_of_a_forecast_follow_its_first_day() -> None:
    counts = hours(*on_weekday(2, 100, 10))
    for later in range(7):
        shifted = tuple(WEDNESDAYS[(day + later) % 7] for day in range(14))
        assert forecast(counts, START + timedelta(days=later)) == shifted


def test_one_silent_hour_in_the_week_leads_to_ten_times_the_busiest() -> None:
    assert forecast(hours(*[6] * WEEK), START) == (36,) * 14
    assert forecast(hours(*[6] * 167), START) == (60,) * 14
    assert forecast(hours(*[6] * 167, 0), START) == (60,) * 14


def test_a_week_of_empty_hours_is_no_week_and_no_crash() -> None:
    assert forecast(hours(*[0] * WEEK), START) is None


@given(st.lists(st.integers(1, 10**9), max_size=200))
def test_a_forecast_is_above_every_hour_it_was_made_of(counts: list[int]) -> None:
    ceilings = forecast(hours(*counts), START)
    if not counts:
        assert ceilings is None
    else:
        assert ceilings is not None
        assert len(ceilings) == 14
        assert all(not is_escalating(max(counts), ceiling) for ceiling in ceilings)


@given(st.lists(st.integers(1, 500), min_size=WEEK, max_size=WEEK), st.randoms(use_true_random=False))
def test_the_order_of_the_hours_does_not_matter(counts: list[int], chance: random.Random) -> None:
    given_hours = hours(*counts)
    shuffled = given_hours.copy()
    chance.shuffle(shuffled)
    assert forecast(shuffled, START) == forecast(given_hours, START)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-1, 0), (0, 0), (1, 1), (13, 13), (14, 13), (15, 13), (400, 13)],
)
def test_a_forecast_has_a_ceiling_for_its_days_and_holds_on_with_the_last(days: int, expected: int) -> None:
    assert Forecast(START, tuple(range(14))).ceiling(START + timedelta(days=days)) == expected


def test_without_a_forecast_ten_events_an_hour_are_usual() -> None:
    unknown = Forecast.unknown(START)
    assert unknown.ceilings == DEFAULT_CEILINGS == (10,) * 14
    assert not is_escalating(10, unknown.ceiling(START))
    assert is_escalating(11, unknown.ceiling(START))


def test_a_forecast_of_other_than_fourteen_days_is_refused() -> None:
    with pytest.raises(ValueError, match="14 ceilings, not 3"):
        Forecast(START, (1, 2, 3))


@pytest.mark.parametrize(
    ("count", "ceiling", "expected"),
    [(0, 0, False), (5, 0, False), (9, 10, False), (10, 10, False), (11, 10, True), (0, 10, False)],
)
def test_only_more_than_the_ceiling_escalates_and_a_ceiling_of_zero_never(count: int, ceiling: int, *, expected: bool) -> None:
    assert is_escalating(count, ceiling) is expected


def test_an_issue_archived_in_its_first_hour_can_escalate() -> None:
    """The age of an issue never prevents escalation (getsentry/sentry#60418)."""
    ceilings = forecast(hours(4), START)
    assert ceilings is not None
    made = Forecast(START, ceilings)
    assert (is_escalating(40, made.ceiling(START)), is_escalating(41, made.ceiling(START))) == (False, True)


@pytest.mark.parametrize(
    ("events", "age", "expected"),
    [
        (168, timedelta(days=7), 1.0),
        (168, timedelta(days=80), 1.0),
        (48, timedelta(days=1), 2.0),
        (3, timedelta(minutes=90), 2.0),
        (2, timedelta(hours=1), None),
        (2, timedelta(hours=1, seconds=1), pytest.approx(2.0, rel=1e-3)),
        (1, timedelta(days=3), None),
        (0, timedelta(days=3), None),
        (9, timedelta(hours=-1), None),
    ],
)
def test_an_hourly_rate_is_over_the_week_or_the_life_of_a_younger_issue(events: int, age: timedelta, expected: float | None) -> None:
    assert hourly_rate(events, age) == expected


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ([], 0.0),
        ([None, math.nan, math.inf], 0.0),
        ([2.5], 2.5),
        ([2.5, None, math.nan], 2.5),
        ([1.0, 2.0], 1.95),
        ([*map(float, range(101))], 95.0),
        ([*map(float, range(100, -1, -1))], 95.0),
        ([*map(float, range(1, 22))], 20.0),
        ([*map(float, range(1, 21))], 19.05),
    ],
)
def test_the_threshold_is_the_exact_95th_percentile_and_zero_where_unknown(rates: list[float | None], expected: float) -> None:
    assert velocity_threshold(rates) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1e9), min_size=1))
def test_the_threshold_lies_among_the_rates_whatever_their_order(rates: list[float]) -> None:
    threshold = velocity_threshold(rates)
    assert min(rates) <= threshold <= max(rates) * (1 + 1e-12)
    assert threshold == velocity_threshold(sorted(rates, reverse=True))


@pytest.mark.parametrize(
    ("seen", "age", "threshold", "expected"),
    [
        (10, timedelta(minutes=1), 9.9, True),
        (10, timedelta(minutes=1), 10.0, False),
        (9, timedelta(minutes=1), 0.1, False),
        (20, timedelta(hours=2), 9.9, True),
        (20, timedelta(hours=2), 10.0, False),
        (10_000, timedelta(hours=24), 1.0, False),
        (10_000, timedelta(hours=24) - timedelta(microseconds=1), 1.0, True),
        (10_000, timedelta(hours=1), 0.0, False),
        (10, timedelta(hours=-3), 9.0, True),
    ],
    ids=str,
)
def test_a_new_issue_is_too_fast_from_ten_events_within_a_day_above_the_threshold(
    seen: int, age: timedelta, threshold: float, *, expected: bool
) -> None:
    assert is_too_fast(seen, age, threshold) is expected
