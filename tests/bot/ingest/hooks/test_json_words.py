"""The hook for scripts reads what others call things: names and words in any case, times of any unit, a message alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.types import Level
from tests.support.core import NOON
from tests.support.ingest.webhooks import Hooks


@pytest.mark.parametrize("name", ["severity", "SEVERITY", "Level", "priority", "logLevel", "log_level"])
@pytest.mark.parametrize(("word", "level"), [("CRITICAL", Level.FATAL), ("Warn", Level.WARNING), (" error ", Level.ERROR), ("P4", Level.INFO)])
def test_how_bad_it_is_may_be_said_in_other_words(hooks: Hooks, name: str, word: str, level: Level) -> None:
    hooks.report({"Title": "The backup failed", name: word})
    assert hooks.level() == level


FIRING = ("firing", "FIRING", "Alerting", "alarm", "triggered", "down", "DOWN", "failed", "problem", "open", "error")
RESOLVED = ("resolved", "Resolved", "OK", "ok", "recovered", "Recovery", "up", "UP", "success", "normal", "closed", "cleared", "healthy")


@pytest.mark.parametrize("name", ["status", "STATE", "state", "alert", "alertState"])
def test_whether_it_goes_on_may_be_said_in_other_words(hooks: Hooks, name: str) -> None:
    for word, is_over in [(word, words is RESOLVED) for words in (FIRING, RESOLVED) for word in words]:
        hooks.report({"title": "The backup failed", name: "firing"})
        hooks.world.clock.pass_by(minutes=1)
        assert hooks.report({"title": "The backup failed", name: word})["resolved"] == int(is_over), word
        hooks.world.clock.pass_by(minutes=1)


def test_a_status_that_says_how_bad_it_is_is_the_level_too(hooks: Hooks) -> None:
    hooks.report({"title": "The backup failed", "status": "critical"}, {"title": "Slow", "state": "warning", "level": "info"})
    assert [issue.level for issue in hooks.issues()] == [Level.FATAL, Level.INFO]


def test_another_field_of_such_a_name_that_says_something_else_is_passed_over(hooks: Hooks) -> None:
    hooks.report({"title": "The backup failed", "state": "Vermont", "priority": 7, "alert": {"name": "x"}, "severity": None})
    assert (hooks.level(), hooks.state()[0]) == (Level.ERROR, "unresolved")


def test_what_is_called_by_its_own_name_counts(hooks: Hooks) -> None:
    hooks.report({"title": "ours", "TITLE": "theirs", "level": "info", "severity": "critical", "status": "firing", "state": "ok"})
    assert (hooks.issue().title, hooks.level(), hooks.state()[0]) == ("ours", Level.INFO, "unresolved")


@pytest.mark.parametrize("timestamp", [1795431600, 1795431600.0, "1795431600", 1795431600000, "1795431600000", 1795431600000000, 1795431600000000000])
def test_a_time_may_be_a_number_of_any_unit(hooks: Hooks, timestamp: object) -> None:
    hooks.report({"title": "The backup failed", "timestamp": timestamp})
    assert hooks.event().happened_at == NOON - timedelta(hours=1)


def test_a_message_alone_is_the_title(hooks: Hooks) -> None:
    hooks.report({"message": "The backup failed\nrsync: code 10"})
    assert (hooks.issue().title, hooks.issue().message) == ("The backup failed", "The backup failed\nrsync: code 10")
    hooks.world.clock.pass_by(minutes=1)
    assert hooks.report({"message": "The backup failed\nrsync: code 10", "state": "OK"})["resolved"] == 1


def test_an_id_of_zeros_is_nobodys(hooks: Hooks) -> None:
    for name in ("00000000-0000-0000-0000-000000000000", "0" * 32):
        hooks.report(*[{"title": "The backup failed", "event_id": name}] * 2)
    assert hooks.issue().times_seen == 4
