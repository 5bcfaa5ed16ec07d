"""What the doors refuse is counted, logged once a minute and kept, without a word of what was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from bot.cli import checks
from bot.monitoring.rejections import CAUSES, RejectionLog, rejected_counter
from core.processes.heartbeats import Outcome
from tests.support.core import NOON, Clock


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def door_log(registry: CollectorRegistry, clock: Clock) -> RejectionLog:
    return RejectionLog(rejected_counter(registry), clock, lambda: clock().timestamp())


def test_p21_a_reason_is_logged_once_a_minute_with_its_cause_and_how_often(
    door_log: RejectionLog, clock: Clock, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(120):
        door_log.rejected("slack", "wrong_signature")
        clock.pass_by(seconds=1)
    first, second = [record.getMessage() for record in caplog.records]
    assert "QUELL_SLACK_SIGNING_SECRET" in first
    assert "and 59 more since the last line" in second
    assert registry.get_sample_value("quell_rejected_requests_total", {"door": "slack", "reason": "wrong_signature"}) == 120
    assert door_log.take() == [Outcome("slack", "wrong_signature", NOON + timedelta(seconds=119), 120)]
    assert door_log.take() == []


def test_p21_nobody_outside_can_make_up_a_reason(door_log: RejectionLog, registry: CollectorRegistry) -> None:
    for number in range(100):
        door_log.rejected("msteams", f"made up {number}")
    assert registry.get_sample_value("quell_rejected_requests_total", {"door": "msteams", "reason": "other"}) == 100
    assert len(door_log.take()) == 1


def test_what_could_not_be_told_is_told_with_what_came_since(door_log: RejectionLog, clock: Clock) -> None:
    door_log.rejected("api", "bad_token")
    taken = door_log.take()
    clock.pass_by(seconds=5)
    door_log.rejected("api", "bad_token")
    door_log.give_back(taken)
    assert door_log.take() == [Outcome("api", "bad_token", NOON + timedelta(seconds=5), 2)]


def test_every_reason_has_a_cause_that_fits_the_database() -> None:
    for door, reasons in CAUSES.items():
        assert len(door) <= 16
        assert all(len(reason) <= 32 and cause for reason, cause in reasons.items())


def test_p21_the_doctor_shows_the_last_refusal_and_is_content_once_the_chat_was_let_in() -> None:
    wrong = Outcome("slack", "wrong_signature", NOON, 7)
    assert checks.doors([]).ok
    shut = checks.doors([wrong, Outcome("slack", "accepted", NOON - timedelta(hours=1), 3)])
    assert not shut.ok
    assert "slack refused a request last at 2026-11-23 12:00:00 UTC (wrong_signature, 7 in all): is QUELL_SLACK_SIGNING_SECRET" in shut.said
    open_again = checks.doors([Outcome("slack", "accepted", NOON + timedelta(hours=1), 3), wrong])
    assert open_again.ok
    assert "wrong_signature" in open_again.said
    assert checks.doors([Outcome("events", "unknown_key", NOON, 7)]).ok, "anyone can knock with a key of their own"
