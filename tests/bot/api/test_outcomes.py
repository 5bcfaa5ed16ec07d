"""What a change of many issues answers: every kind of outcome, as the API spells it."""

from __future__ import annotations

import pytest

from bot.api.problems import body_field
from bot.api.reading.deltas import actor_of, delta_json
from bot.api.schemas.issues import DeltaJson
from core.issues.actions import InCommit, InRelease
from core.issues.actions.outcomes import ArchiveOutcome, Outcome, ResolveOutcome, SeenOutcome
from core.rules.snooze import Condition
from core.types import JSON
from tests.support.core import NOON
from tests.support.issues import ADA
from tests.support.outcome_rows import ROWS

ADA_JSON = {"id": "7", "name": "Ada", "email": "ada@acme.example"}


@pytest.mark.parametrize(("stored", "outcome"), ROWS)
def test_each_kind_of_outcome_has_its_fields(stored: JSON, outcome: Outcome) -> None:
    answer = delta_json([outcome], {}, None)
    DeltaJson.model_validate(answer)
    assert list(answer) == list(stored)
    if "statusDetails" not in answer:
        assert answer == stored


def test_details_name_people_times_and_commits_as_sentry_does() -> None:
    assert delta_json([ResolveOutcome(InRelease("2.0"), 7)], {}, ADA)["statusDetails"] == {"inRelease": "2.0", "actor": ADA_JSON}
    assert delta_json([ResolveOutcome(InRelease("2.0"))], {}, None)["statusDetails"] == {"inRelease": "2.0"}
    commit = delta_json([ResolveOutcome(InCommit("acme/shop", "4f2a"), 7)], {}, ADA)["statusDetails"]["inCommit"]
    assert list(commit.items()) == [("id", "4f2a"), ("repository", "acme/shop"), ("commit", "4f2a")]
    details = delta_json([ArchiveOutcome(Condition(until_at=NOON), actor_id=7)], {}, ADA)["statusDetails"]
    assert (details["ignoreUntil"], details["actor"]) == ("2026-11-23T12:00:00Z", ADA_JSON)


def test_somebody_who_is_gone_is_null() -> None:
    outcomes: list[Outcome] = [SeenOutcome(is_seen=True), ArchiveOutcome(Condition(events=1), actor_id=7)]
    assert actor_of(outcomes) == 7
    assert delta_json(outcomes, {"merge": False}, None) == {
        "hasSeen": True,
        "status": "ignored",
        "statusDetails": {
            "ignoreCount": 1,
            "ignoreUntil": None,
            "ignoreUserCount": None,
            "ignoreUserWindow": None,
            "ignoreWindow": None,
            "actor": None,
        },
        "merge": False,
    }


@pytest.mark.parametrize(
    ("field", "name"),
    [("assignee", "assignedTo"), ("release", "statusDetails.inRelease"), ("commit", "statusDetails.inCommit.commit"), ("text", "text")],
)
def test_what_the_core_refuses_is_named_as_the_body_names_it(field: str, name: str) -> None:
    assert body_field(field) == name
