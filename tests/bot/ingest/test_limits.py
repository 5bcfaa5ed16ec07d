"""How many events a project may send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.ingest.errors import OverQuota
from bot.ingest.limits import Quotas

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def wait(quotas: Quotas, now: datetime) -> int:
    with pytest.raises(OverQuota) as refused:
        quotas.take(1, 1, now)
    return refused.value.wait or 0


def test_without_a_quota_there_is_no_limit() -> None:
    quotas = Quotas(0)
    for _ in range(10_000):
        quotas.take(1, 10, NOW)


def test_a_minutes_worth_may_come_at_once_and_then_no_more() -> None:
    quotas = Quotas(6)
    for _ in range(6):
        quotas.take(1, 1, NOW)
    assert wait(quotas, NOW) == 10


def test_after_the_wait_that_was_asked_for_one_more_is_taken() -> None:
    quotas = Quotas(6)
    quotas.take(1, 6, NOW)
    later = NOW + timedelta(seconds=wait(quotas, NOW))
    quotas.take(1, 1, later)
    assert wait(quotas, later)


def test_projects_do_not_use_up_each_others_quota() -> None:
    quotas = Quotas(1)
    quotas.take(1, 1, NOW)
    quotas.take(2, 1, NOW)


def test_many_at_once_make_those_that_follow_wait_for_longer() -> None:
    quotas = Quotas(6)
    quotas.take(1, 10, NOW)
    assert wait(quotas, NOW) == 50


def test_a_minute_later_there_is_one_minutes_worth_and_not_two() -> None:
    quotas = Quotas(2)
    quotas.take(1, 2, NOW)
    later = NOW + timedelta(hours=1)
    quotas.take(1, 2, later)
    assert wait(quotas, later)


def test_a_clock_that_is_put_back_takes_nothing_away() -> None:
    quotas = Quotas(2)
    quotas.take(1, 1, NOW)
    quotas.take(1, 1, NOW - timedelta(hours=1))


def test_a_request_without_events_uses_up_nothing() -> None:
    quotas = Quotas(1)
    quotas.take(1, 1, NOW)
    quotas.take(1, 0, NOW)
