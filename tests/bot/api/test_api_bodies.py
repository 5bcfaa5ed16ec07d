"""What a body means: tables of fields and the actions they become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.api.bodies import update_of
from bot.api.fields import Problems
from core.actions import Archive, Assign, MarkReviewed, Resolve, To, Unassign, Unresolve
from core.errors import Invalid
from core.types import JSON
from core.until import Condition

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def find(name: str) -> To:
    known = {"ada": To("user", 1), "#backend": To("team", 2)}
    if name not in known:
        raise Invalid("assignedTo", "Nobody.")
    return known[name]


def read(**body: Any) -> tuple[object, ...]:
    return update_of(body, NOW, find).actions


def problems(**body: Any) -> JSON:
    with pytest.raises(Problems) as raised:
        update_of(body, NOW, find)
    return raised.value.by_field


def in_minutes(minutes: int) -> Condition:
    return Condition(until_at=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("body", "actions"),
    [
        ({}, ()),
        ({"unknown": 1, "assignedBy": "x", "snoozeDuration": None}, ()),
        ({"status": "resolved"}, (Resolve(),)),
        ({"status": "unresolved"}, (Unresolve(),)),
        ({"status": "unresolved", "inbox": False}, (Unresolve(), MarkReviewed())),
        ({"status": "resolved", "inbox": False}, (Resolve(),)),
        ({"status": "ignored", "inbox": False}, (Archive(),)),
        ({"status": "muted", "statusDetails": {}}, (Archive(),)),
        ({"status": "ignored", "statusDetails": None}, (Archive(),)),
        ({"status": "ignored", "substatus": "archived_forever"}, (Archive(),)),
        ({"status": "ignored", "substatus": None}, (Archive(),)),
        ({"status": "ignored", "substatus": "archived_until_condition_met", "ignoreCount": 3}, (Archive(Condition(events=3)),)),
        ({"status": "ignored", "statusDetails": {"ignoreCount": "10"}}, (Archive(Condition(events=10)),)),
        ({"status": "ignored", "ignoreUserCount": 2, "ignoreCount": 3}, (Archive(Condition(events=3, users=2)),)),
        (
            {"status": "ignored", "statusDetails": {"ignoreCount": 3}, "ignoreCount": 4, "ignoreUserCount": 5},
            (Archive(Condition(events=3, users=5)),),
        ),
        ({"status": "ignored", "ignoreDuration": 30}, (Archive(in_minutes(30)),)),
        ({"status": "ignored", "snoozeDuration": 30}, (Archive(in_minutes(30)),)),
        ({"status": "ignored", "ignoreDuration": 20, "snoozeDuration": 30}, (Archive(in_minutes(20)),)),
        ({"status": "ignored", "ignoreUntil": "2026-11-23T14:00:00+01:00"}, (Archive(in_minutes(60)),)),
        ({"status": "ignored", "ignoreUntil": "2026-11-23T13:00:00Z", "ignoreDuration": 30}, (Archive(in_minutes(30)),)),
        ({"status": "ignored", "statusDetails": {"untilEscalating": False, "inNextRelease": False}}, (Archive(),)),
        ({"assignedTo": "user:7"}, (Assign(To("user", 7)),)),
        ({"assignedTo": 7}, (Assign(To("user", 7)),)),
        ({"assignedTo": "team:7"}, (Assign(To("team", 7)),)),
        ({"assignedTo": "ada"}, (Assign(To("user", 1)),)),
        ({"assignedTo": "user:ada"}, (Assign(To("user", 1)),)),
        ({"assignedTo": "team:backend"}, (Assign(To("team", 2)),)),
        ({"assignedTo": ""}, (Unassign(),)),
        ({"assignedTo": None}, (Unassign(),)),
        ({"inbox": "false"}, (MarkReviewed(),)),
        ({"inbox": 0}, (MarkReviewed(),)),
        ({"inbox": None}, ()),
        ({"status": "resolved", "assignedTo": "ada", "inbox": False}, (Resolve(), Assign(To("user", 1)))),
        ({"merge": False, "discard": 0, "hasSeen": False, "isBookmarked": "0", "isPublic": None, "priority": None}, ()),
    ],
)
def test_fields_become_actions(body: JSON, actions: tuple[object, ...]) -> None:
    assert read(**body) == actions


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "archived"}, "status"),
        ({"status": None}, "status"),
        ({"status": 1}, "status"),
        ({"status": ["resolved"]}, "status"),
        ({"substatus": "archived_forever"}, "substatus"),
        ({"status": "ignored", "substatus": "banana"}, "substatus"),
        ({"status": "ignored", "substatus": 5}, "substatus"),
        ({"status": "ignored", "substatus": "ongoing"}, "substatus"),
        ({"status": "unresolved", "substatus": "archived_forever"}, "substatus"),
        ({"status": "resolved", "substatus": "ongoing"}, "substatus"),
        ({"status": "ignored", "substatus": "archived_forever", "ignoreCount": 1}, "substatus"),
        ({"status": "ignored", "substatus": "archived_until_condition_met"}, "substatus"),
        ({"statusDetails": []}, "statusDetails"),
        ({"ignoreCount": 0}, "ignoreCount"),
        ({"ignoreCount": 10**9 + 1}, "ignoreCount"),
        ({"ignoreUserCount": -1}, "ignoreUserCount"),
        ({"ignoreDuration": True}, "ignoreDuration"),
        ({"ignoreDuration": 1.5}, "ignoreDuration"),
        ({"snoozeDuration": "soon"}, "snoozeDuration"),
        ({"ignoreUntil": "2026-11-23T12:00:00Z"}, "ignoreUntil"),
        ({"ignoreUntil": "2026-12-01T12:00:00"}, "ignoreUntil"),
        ({"ignoreUntil": "9999-12-31T23:59:59-12:00"}, "ignoreUntil"),
        ({"ignoreUntil": "tomorrow"}, "ignoreUntil"),
        ({"ignoreUntil": 1}, "ignoreUntil"),
        ({"assignedTo": {}}, "assignedTo"),
        ({"assignedTo": False}, "assignedTo"),
        ({"assignedTo": "grace"}, "assignedTo"),
        ({"inbox": "maybe"}, "inbox"),
        ({"inbox": {}}, "inbox"),
        ({"hasSeen": "maybe"}, "hasSeen"),
        ({"expectedVersion": "x"}, "expectedVersion"),
        ({"expectedVersion": -1}, "expectedVersion"),
        ({"expectedVersion": 2**31}, "expectedVersion"),
    ],
)
def test_what_is_wrong_is_said_under_its_field(body: JSON, field: str) -> None:
    found = problems(**body)
    assert list(found) == [field]
    (sentence,) = found[field]
    assert sentence.endswith((".", "]", "}", "Z"))


@pytest.mark.parametrize(
    "body",
    [
        {"merge": True},
        {"discard": 1},
        {"priority": "high"},
        {"hasSeen": True},
        {"isBookmarked": "true"},
        {"isSubscribed": True},
        {"isSubscribed": False},
        {"isPublic": True},
        {"inbox": True},
        {"ignoreWindow": 5},
        {"status": "resolvedInNextRelease"},
    ],
)
def test_what_is_not_made_yet_is_refused_and_said_so(body: JSON) -> None:
    found = problems(**body)
    assert list(found) == [next(iter(body))]
    assert "not supported yet" in str(found)


@pytest.mark.parametrize("name", ["ongoing", "new", "regressed", "escalating"])
def test_a_substatus_that_cannot_be_asked_for_yet_is_refused(name: str) -> None:
    assert "not supported yet" in problems(status="unresolved", substatus=name)["substatus"][0]
    assert "not supported yet" in problems(status="ignored", substatus="archived_until_escalating")["substatus"][0]


@pytest.mark.parametrize(
    "details",
    [
        {"ignoreCount": 0},
        {"ignoreUntil": "x"},
        {"ignoreUserWindow": 5},
        {"inNextRelease": True},
        {"inRelease": "1.0"},
        {"inCommit": {}},
        {"untilEscalating": True},
    ],
)
def test_what_is_wrong_inside_the_details_is_said_inside(details: JSON) -> None:
    found = problems(status="resolved", statusDetails=details)
    assert list(found) == ["statusDetails"]
    assert list(found["statusDetails"]) == list(details)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = problems(status="x", assignedTo="nobody", inbox="maybe", priority="high", statusDetails={"inRelease": "1", "inNextRelease": True})
    assert found.keys() == {"status", "assignedTo", "inbox", "priority", "statusDetails"}
    assert found["statusDetails"].keys() == {"inRelease", "inNextRelease"}


def test_the_rest_of_a_body_is_kept_beside_the_actions() -> None:
    update = update_of({"status": "ignored", "substatus": "archived_forever", "expectedVersion": "3", "integration": "slack"}, NOW, find)
    assert (update.expected_version, update.tags, update.echo) == (3, {"integration": "slack"}, {"substatus": "archived_forever"})
    assert update_of({"integration": "discord"}, NOW, find).tags == {}


def test_an_error_repeats_what_was_sent_short_and_harmless() -> None:
    (sentence,) = problems(status="\x1b[31m" + "x" * 500)["status"]
    assert len(sentence) < 200
    assert sentence.isprintable()
