"""Decisions that random steps rarely meet, one story each; and that the comparison finds a core that decides otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.db.accounts import AccountStore
from core.db.deadlines import DeadlineStore
from core.issues.actions import Unresolve
from core.issues.actions.fixes import Fixes
from core.types import Substatus
from tests.model.comparison import Twins
from tests.model.house import House
from tests.model.values import Until

pytestmark = pytest.mark.slow


def who_may_have_an_issue(twins: Twins) -> None:
    admin, _, member, other, its_team, other_team = twins.house.assignable
    twins.events(("a", "ann", 0))
    assert [twins.do("assign", to) for to in (admin, member, its_team)] == ["changed"] * 3
    assert [twins.do("assign", to) for to in (other, other_team)] == ["Invalid"] * 2
    twins.events(("d", "ann", 0), project="cart")
    assert [twins.do("assign", to, 2) for to in (its_team, other_team, other)] == ["changed"] * 3
    # Whole or not at all.
    assert [twins.do("assign", to, 1, 2) for to in (other, its_team)] == ["Invalid", "changed"]


def what_several_opened_issues_are(twins: Twins) -> None:
    twins.events(("a", "ann", 8 * 86_400), ("b", "ann", 0), ("c", "ann", 0))
    twins.do("archive", None, 1, 2)
    twins.do("resolve", None, 3)
    twins.do("unresolve", None, 1, 2, 3)
    found = [issue.standing.substatus for issue in twins.model.issues.values()]
    assert found == ["ongoing", "new", "regressed"]


def what_was_reopened_is_not_resolved_by_age(twins: Twins) -> None:
    twins.events(("a", "ann", 0), ("b", "ann", 0), ("c", "ann", 0))
    twins.pass_by(hours=35)
    twins.do("resolve")
    twins.do("unresolve")
    twins.do("archive", Until(at=twins.model.now + timedelta(minutes=1)), 2)
    twins.pass_by(hours=1)
    twins.run("lift_snoozes")
    assert twins.run("resolve_by_age") == 1
    twins.pass_by(hours=34, minutes=59)
    assert twins.run("resolve_by_age") == 0
    twins.pass_by(hours=1)
    assert twins.run("resolve_by_age") == 1
    twins.pass_by(hours=1)
    assert twins.run("resolve_by_age") == 1


def what_waits_in_the_inbox_waits_a_week(twins: Twins) -> None:
    twins.events(("a", "ann", 0), ("b", "ann", 0), ("c", "ann", 0))
    twins.do("review", None, 1, 2)
    twins.do("to_inbox")
    twins.pass_by(hours=1)
    twins.do("archive", Until(events=1, users=5), 2)
    twins.events(("b", "ann", 0))
    twins.do("archive", None, 3)
    twins.do("to_inbox", None, 3)
    twins.pass_by(days=7, seconds=-1)
    assert twins.run("settle") == 1
    twins.pass_by(seconds=1)
    assert twins.run("settle") == 2


def which_hours_a_forecast_knows(twins: Twins) -> None:
    twins.pass_by(minutes=30)
    twins.events(*[("a", "ann", 900.0)] * 3)
    twins.pass_by(days=7)
    twins.do("archive", "escalating")
    assert twins.events(*[("a", "ann", 0.0)] * 31) == [*["seen"] * 30, "escalating"]


def what_a_regression_says_of_releases(twins: Twins) -> None:
    twins.events(("a", "ann", 0), ("b", "ann", 0), release="shop@1.0.0")
    twins.do("resolve_in", "latest")
    twins.do("resolve_in", "next", 2)
    twins.pass_by(minutes=1)
    assert twins.events(("a", "ann", 0), ("b", "ann", 0), release="winter") == ["regressed"] * 2
    twins.do("resolve_in", "latest", 1, 2)
    twins.pass_by(minutes=1)
    assert twins.events(("a", "ann", 0), release="winter") == ["regressed"]
    twins.do("resolve")
    twins.pass_by(minutes=1)
    assert twins.events(("a", "ann", 0), release="winter") == ["regressed"]


STORIES = (
    who_may_have_an_issue,
    what_several_opened_issues_are,
    what_was_reopened_is_not_resolved_by_age,
    what_waits_in_the_inbox_waits_a_week,
    which_hours_a_forecast_knows,
    what_a_regression_says_of_releases,
)


@pytest.mark.parametrize("story", STORIES)
def test_the_engine_decides_as_the_model_does(twins: Twins, story: Callable[[Twins], None]) -> None:
    story(twins)


def lets_anybody_have_an_issue(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(AccountStore, "teams_of_projects", lambda *_: {})


def opens_several_as_ongoing(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(Unresolve, "_inferred", lambda *_: Substatus.ONGOING)


def counts_ages_from_the_last_event(planted: pytest.MonkeyPatch) -> None:
    planted.setattr("core.db.deadlines._OPENERS", ())


def leaves_the_inbox_alone(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(DeadlineStore, "old_in_inbox", lambda *_: [])


def forgets_which_snooze_has_ended(planted: pytest.MonkeyPatch) -> None:
    planted.setattr("core.db.stored.snoozes.as_json", lambda _: {})


def begins_the_week_of_a_forecast_within_an_hour(planted: pytest.MonkeyPatch) -> None:
    planted.setattr("core.issues.actions.archive.FORECAST_HISTORY", timedelta(hours=167))


def answers_the_word_for_the_latest_release(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(Fixes, "named", lambda _, mode: mode)


def compares_all_releases_as_semver(planted: pytest.MonkeyPatch) -> None:
    planted.setattr("core.events.effects.compare_as_semver", lambda *_: True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("plant", "story"),
    [
        (lets_anybody_have_an_issue, who_may_have_an_issue),
        (opens_several_as_ongoing, what_several_opened_issues_are),
        (counts_ages_from_the_last_event, what_was_reopened_is_not_resolved_by_age),
        (leaves_the_inbox_alone, what_waits_in_the_inbox_waits_a_week),
        (forgets_which_snooze_has_ended, what_waits_in_the_inbox_waits_a_week),
        (begins_the_week_of_a_forecast_within_an_hour, which_hours_a_forecast_knows),
        (answers_the_word_for_the_latest_release, what_a_regression_says_of_releases),
        (compares_all_releases_as_semver, what_a_regression_says_of_releases),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_core_that_decides_otherwise_is_found(
    house: House, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], Any], story: Callable[[Twins], None]
) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        story(Twins(house))
