"""What a body means: tables of fields and the actions they become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.api.fields import Problems
from bot.api.writing.bodies import update_of
from core.errors import Invalid
from core.issues.actions import (
    Archive,
    Assign,
    Discard,
    InCommit,
    InNextRelease,
    InRelease,
    MarkReviewed,
    Merge,
    MoveToInbox,
    Now,
    Resolve,
    SetBookmarked,
    SetPriority,
    SetPublic,
    SetSeen,
    SetSubscribed,
    To,
    Unassign,
    Unresolve,
)
from core.rules.snooze import Condition
from core.types import JSON, Priority, Substatus

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
        ({"assignedBy": "x", "snoozeDuration": None}, ()),
        ({"status": "resolved"}, (Resolve(),)),
        ({"status": "unresolved"}, (Unresolve(),)),
        ({"status": "unresolved", "inbox": False}, (Unresolve(), MarkReviewed())),
        ({"status": "resolved", "inbox": False}, (Resolve(),)),
        ({"status": "ignored", "inbox": False}, (Archive(),)),
        ({"status": "muted", "statusDetails": {}}, (Archive(),)),
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
        ({"merge": False}, ()),
        ({"discard": 0}, ()),
        ({"discard": "true"}, (Discard(),)),
        ({"discard": True, "expectedVersion": 3, "integration": "slack"}, (Discard(),)),
        ({"hasSeen": "1"}, (SetSeen(is_seen=True),)),
        ({"isBookmarked": False}, (SetBookmarked(is_bookmarked=False),)),
        ({"isSubscribed": "true"}, (SetSubscribed(is_subscribed=True),)),
        ({"isPublic": True}, (SetPublic(is_public=True),)),
        ({"merge": 1}, (Merge(),)),
        ({"inbox": True}, (MoveToInbox(),)),
        ({"priority": "medium"}, (SetPriority(Priority.MEDIUM),)),
    ],
)
def test_fields_become_actions_as_in_table_3_1(body: JSON, actions: tuple[object, ...]) -> None:
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
        ({"isPublic": []}, "isPublic"),
        ({"merge": "maybe"}, "merge"),
        ({"discard": "maybe"}, "discard"),
        ({"priority": "urgent"}, "priority"),
        ({"priority": 75}, "priority"),
        ({"status": "resolvedInNextRelease", "substatus": "new"}, "substatus"),
        ({"status": "ignored", "substatus": "archived_forever", "statusDetails": {"untilEscalating": True}}, "substatus"),
        ({"ignoreWindow": 5}, "ignoreWindow"),
        ({"ignoreUserWindow": 5, "ignoreCount": 1}, "ignoreUserWindow"),
        ({"ignoreCount": 1, "ignoreWindow": 10_081}, "ignoreWindow"),
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


SHA = {"repository": "acme/shop", "commit": "a" * 40}


@pytest.mark.parametrize(
    ("body", "mode"),
    [
        ({"status": "resolvedInNextRelease"}, InNextRelease(needs_release=False)),
        ({"status": "resolvedInNextRelease", "snoozeDuration": None}, InNextRelease(needs_release=False)),
        ({"status": "resolved", "statusDetails": {"inNextRelease": True}}, InNextRelease()),
        ({"status": "resolvedInNextRelease", "statusDetails": {"inNextRelease": "true"}}, InNextRelease()),
        ({"status": "resolved", "statusDetails": {"inNextRelease": True, "inRelease": "1.0"}}, InNextRelease()),
        ({"status": "resolved", "statusDetails": {"inNextRelease": False}}, Now()),
        ({"status": "resolved", "statusDetails": {"inNextRelease": False, "inRelease": "1.0"}}, InRelease("1.0")),
        ({"status": "resolved", "statusDetails": {"inRelease": "latest", "inCommit": SHA}}, InRelease("latest")),
        ({"status": "resolved", "statusDetails": {"inCommit": SHA}}, InCommit("acme/shop", "a" * 40)),
        ({"status": "resolved", "inNextRelease": True}, Now()),
        ({"status": "resolved", "statusDetails": {}}, Now()),
    ],
)
def test_the_first_of_the_details_decides_how_it_is_resolved_as_in_table_7_1(body: JSON, mode: object) -> None:
    assert read(**body) == (Resolve(mode),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "action"),
    [
        ({"status": "unresolved", "substatus": "ongoing"}, Unresolve(Substatus.ONGOING)),
        ({"status": "unresolved", "substatus": "new"}, Unresolve(Substatus.NEW)),
        ({"status": "unresolved", "substatus": "regressed"}, Unresolve(Substatus.REGRESSED)),
        ({"status": "unresolved", "substatus": "escalating"}, Unresolve(Substatus.ESCALATING)),
        ({"status": "ignored", "substatus": "archived_until_escalating"}, Archive(is_until_escalating=True)),
        ({"status": "ignored", "substatus": "archived_until_escalating", "ignoreCount": 3}, Archive(is_until_escalating=True)),
        ({"status": "ignored", "statusDetails": {"untilEscalating": True}}, Archive(is_until_escalating=True)),
        (
            {"status": "ignored", "statusDetails": {"untilEscalating": "1"}, "substatus": "archived_until_escalating"},
            Archive(is_until_escalating=True),
        ),
        ({"status": "ignored", "untilEscalating": True}, Archive()),
        ({"status": "ignored", "ignoreCount": 3, "ignoreWindow": 60}, Archive(Condition(events=3, events_window=60))),
        ({"status": "ignored", "statusDetails": {"ignoreCount": 3}, "ignoreWindow": "10080"}, Archive(Condition(events=3, events_window=10_080))),
        ({"status": "ignored", "ignoreUserCount": 3, "ignoreUserWindow": 1}, Archive(Condition(users=3, users_window=1))),
    ],
)
def test_a_substatus_says_which_kind_as_in_table_6_2(body: JSON, action: object) -> None:
    assert read(**body) == (action,)


def test_actions_stand_in_the_order_of_section_4() -> None:
    body = {
        "inbox": True,
        "merge": True,
        "isPublic": True,
        "isSubscribed": True,
        "isBookmarked": True,
        "hasSeen": True,
        "assignedTo": "ada",
        "status": "unresolved",
        "priority": "low",
    }
    kinds = [type(action) for action in read(**body)]
    assert kinds == [SetPriority, Unresolve, Assign, SetSeen, SetBookmarked, SetSubscribed, SetPublic, Merge, MoveToInbox]


@pytest.mark.parametrize("beside", ["status", "priority", "ignoreCount", "statusDetails", "merge", "inbox", "hasSeen"])
@pytest.mark.parametrize("value", [True, False])
def test_nothing_stands_beside_a_discard(beside: str, *, value: bool) -> None:
    fine = {"status": "resolved", "priority": "low", "ignoreCount": 1, "statusDetails": {}}
    assert list(problems(discard=value, **{beside: fine.get(beside, True)})) == ["discard"]


@pytest.mark.parametrize(
    "details",
    [
        {"ignoreCount": 0},
        {"ignoreUntil": "x"},
        {"ignoreUserWindow": 5},
        {"ignoreCount": 1, "ignoreWindow": 10_081},
        {"ignoreCount": 1, "ignoreWindow": 0},
        {"inNextRelease": "perhaps"},
        {"inRelease": ""},
        {"inRelease": 1},
        {"inRelease": "a\0"},
        {"inRelease": "x" * 251},
        {"inCommit": {}},
        {"inCommit": "abc"},
        {"inCommit": {"repository": "acme/shop"}},
        {"untilEscalating": "soon"},
    ],
)
def test_what_is_wrong_inside_the_details_is_said_inside(details: JSON) -> None:
    found = problems(status="resolved", statusDetails=details)
    assert list(found) == ["statusDetails"]
    assert list(found["statusDetails"]) == list(details)[-1:]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = problems(status="x", assignedTo="nobody", inbox="maybe", priority="urgent", merge="maybe", hasSeen=2)
    assert found.keys() == {"status", "assignedTo", "inbox", "priority", "merge", "hasSeen"}


def test_the_rest_of_a_body_is_kept_beside_the_actions() -> None:
    update = update_of({"status": "ignored", "substatus": "archived_forever", "expectedVersion": "3", "integration": "slack"}, NOW, find)
    assert (update.expected_version, update.tags, update.echo) == (3, {"integration": "slack"}, {"substatus": "archived_forever"})
    assert update_of({"integration": "discord", "assignedBy": "me"}, NOW, find).tags == {}
    assert update_of({"assignedBy": "suggested_assignee"}, NOW, find).tags == {"assignedBy": "suggested_assignee"}


@pytest.mark.parametrize(
    ("body", "echo"),
    [
        ({}, {}),
        ({"merge": False}, {"merge": False}),
        ({"discard": "false"}, {"discard": False}),
        ({"status": "unresolved", "substatus": "ongoing"}, {"substatus": "ongoing"}),
        ({"ignoreCount": 3}, {"ignoreCount": 3}),
        ({"status": "ignored", "ignoreCount": 3}, {}),
        ({"status": "ignored", "ignoreCount": 3, "statusDetails": {"ignoreCount": 4}}, {"ignoreCount": 3}),
        ({"status": "resolved", "snoozeDuration": None}, {}),
        ({"statusDetails": {"inRelease": "1"}, "substatus": None}, {}),
    ],
)
def test_what_did_nothing_by_itself_is_repeated_as_in_section_16_3(body: JSON, echo: JSON) -> None:
    assert update_of(body, NOW, find).echo == echo


def test_an_error_repeats_what_was_sent_short_and_harmless() -> None:
    (sentence,) = problems(status="\x1b[31m" + "x" * 500)["status"]
    assert len(sentence) < 200
    assert sentence.isprintable()
