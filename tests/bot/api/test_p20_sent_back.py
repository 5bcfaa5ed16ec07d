"""What our own answers contain means the same when it is sent back, and null, empty and odd values are refused in every field."""

from __future__ import annotations

from typing import Any

import pytest

from core.types import JSON
from tests.support.api import Tenant, World

ONE = "/api/0/issues/1/"
MANY = "/api/0/organizations/acme/issues/"
SHA = {"repository": "acme/shop", "commit": "a" * 40}
SENT_BACK = ("status", "statusDetails", "substatus", "assignedTo", "inbox", "isPublic", "isBookmarked", "isSubscribed", "hasSeen")

STATES: dict[str, JSON] = {
    "new": {},
    "ongoing": {"status": "unresolved", "substatus": "ongoing"},
    "escalating": {"status": "unresolved", "substatus": "escalating"},
    "reviewed": {"inbox": False},
    "resolved": {"status": "resolved"},
    "resolved in next release": {"status": "resolved", "statusDetails": {"inNextRelease": True}},
    "resolved in next release, as sentry-cli says it": {"status": "resolvedInNextRelease"},
    "resolved in a release": {"status": "resolved", "statusDetails": {"inRelease": "shop@1.0.0"}},
    "resolved in the latest release": {"status": "resolved", "statusDetails": {"inRelease": "latest"}},
    "resolved by a commit": {"status": "resolved", "statusDetails": {"inCommit": SHA}},
    "resolved by a commit that is not released": {"status": "resolved", "statusDetails": {"inCommit": {**SHA, "commit": "b" * 40}}},
    "archived": {"status": "ignored"},
    "archived forever": {"status": "ignored", "substatus": "archived_forever"},
    "archived until it escalates": {"status": "ignored", "substatus": "archived_until_escalating"},
    "archived until it escalates, in the details": {"status": "ignored", "statusDetails": {"ignoreUntilEscalating": True}},
    "archived for a time": {"status": "ignored", "ignoreDuration": 30},
    "archived until a moment": {"status": "ignored", "statusDetails": {"ignoreUntil": "2027-01-01T00:00:00.123456Z"}},
    "archived until events": {"status": "ignored", "ignoreCount": 10},
    "archived until events in a window": {"status": "ignored", "ignoreCount": 10, "ignoreWindow": 60},
    "archived until users": {"status": "ignored", "ignoreUserCount": 10},
    "archived until users in a window": {"status": "ignored", "ignoreUserCount": 10, "ignoreUserWindow": 60},
    "archived until any": {"status": "ignored", "ignoreCount": 10, "ignoreUserCount": 10, "ignoreUserWindow": 60, "ignoreDuration": 30},
    "assigned": {"assignedTo": "user:1"},
    "assigned to a team": {"assignedTo": "team:payments"},
    "shared, bookmarked, subscribed and seen": {"isPublic": True, "isBookmarked": True, "isSubscribed": True, "hasSeen": True},
}


@pytest.fixture
def shop(world: World, acme: Tenant) -> Tenant:
    world.core.directory.create_team("payments", acme.id, [acme.project.id])
    return acme


def with_releases(world: World, acme: Tenant) -> None:
    world.release(acme, "shop@1.0.0", commits=[{"id": "a" * 40, "repository": "acme/shop"}])
    world.release(acme, "shop@2.0.0")
    body = {"version": "elsewhere@1", "projects": ["web"], "commits": [{"id": "b" * 40, "repository": "acme/shop"}]}
    world.core.directory.create_project("web", "acme", None)
    assert acme.client.ask("POST", "/api/0/organizations/acme/releases/", body).status == 201


@pytest.mark.parametrize("number", range(0, len(STATES), 5))
def test_an_issue_as_it_is_answered_can_be_sent_back(world: World, shop: Tenant, number: int) -> None:
    with_releases(world, shop)
    for state in list(STATES)[number : number + 5]:
        issue = f"/api/0/issues/{world.event(shop.project, state, person='grace')}/"
        shop.client.put(issue, **STATES[state])
        before = shop.client.get(issue)
        answer = shop.client.ask("PUT", issue, {name: before[name] for name in SENT_BACK})
        assert (answer.status, answer.headers.get("X-Quell-Changed")) == (200, "0"), (state, answer)
        # Why somebody is told of it is not sent back: from now on they chose it themselves.
        assert {**shop.client.get(issue), "subscriptionDetails": before["subscriptionDetails"]} == before, state


def test_what_a_bulk_change_answers_can_be_sent_back(world: World, shop: Tenant) -> None:
    with_releases(world, shop)
    for state, body in STATES.items():
        if "status" in body and "inCommit" not in str(body):
            issue = world.event(shop.project, state)
            delta = shop.client.put(f"{MANY}?id={issue}", **body)
            delta.pop("activity", None)
            answer = shop.client.ask("PUT", f"{MANY}?id={issue}", delta)
            assert (answer.status, answer.headers.get("X-Quell-Changed")) == (200, "0"), (state, delta, answer)


def test_next_release_without_any_release_can_be_sent_back(world: World, shop: Tenant) -> None:
    world.event(shop.project, "one")
    shop.client.put(ONE, status="resolvedInNextRelease")
    before = shop.client.get(ONE)
    assert shop.client.ask("PUT", ONE, {name: before[name] for name in SENT_BACK}).headers["X-Quell-Changed"] == "0"
    world.event(shop.project, "two")
    assert list(shop.client.refused("/api/0/issues/2/", status="resolved", statusDetails={"inNextRelease": True})) == ["statusDetails"]


def test_what_is_left_of_a_count_still_ends_at_the_same_event(world: World, shop: Tenant) -> None:
    for name in ("sent back", "left alone"):
        world.event(shop.project, name)
    for issue in ("/api/0/issues/1/", "/api/0/issues/2/"):
        shop.client.put(issue, status="ignored", ignoreCount=4)
    ends: dict[str, list[str]] = {"sent back": [], "left alone": []}
    for step in range(5):
        world.clock.move(minutes=1)
        for number, (name, statuses) in enumerate(ends.items(), 1):
            world.event(shop.project, name)
            issue = shop.client.get(f"/api/0/issues/{number}/")
            statuses.append(issue["status"])
            if name == "sent back" and step < 3:
                shop.client.put(
                    f"/api/0/issues/{number}/", status=issue["status"], statusDetails=issue["statusDetails"], substatus=issue["substatus"]
                )
    assert ends["sent back"] == ends["left alone"]
    assert ends["sent back"][2:4] == ["ignored", "unresolved"]


NULLS: list[JSON] = [
    *({name: None} for name in ("status", "priority", "hasSeen", "isBookmarked", "isSubscribed", "isPublic", "merge", "discard", "expectedVersion")),
    *(
        {name: None, "status": "ignored"}
        for name in ("ignoreDuration", "ignoreUntil", "ignoreCount", "ignoreWindow", "ignoreUserCount", "ignoreUserWindow")
    ),
    *({"status": "ignored", "statusDetails": {name: None}} for name in ("ignoreDuration", "ignoreUntil", "ignoreCount", "ignoreUserCount")),
    *({"status": "resolved", "statusDetails": {name: None}} for name in ("inRelease", "inNextRelease", "inCommit", "untilEscalating")),
    {"status": "resolved", "statusDetails": None},
    {"status": "resolved", "statusDetails": {"inCommit": {"repository": None, "commit": "a"}}},
    {"status": "resolved", "statusDetails": {"inCommit": {"repository": "acme/shop", "commit": None}}},
    {"status": "resolved", "statusDetails": {"inNextRelease": True, "inRelease": None}},
    {"assignedBy": None},
    {"integration": None},
]
_ODD: dict[str, tuple[JSON, str, list[Any]]] = {
    "status": ({}, "", ["", "Resolved", "done", 1, True, [], {}]),
    "substatus": ({"status": "ignored"}, "", ["", "forever", 1, [], {}]),
    "priority": ({}, "", ["", "urgent", 75, [], {}]),
    "expectedVersion": ({}, "", ["", -1, 1.5, "x", [], {}, 2**31]),
    "assignedTo": ({}, "", [" ", "user:", "team:", "user:0x1", "nobody@nowhere", 0, True, [], {}, {"type": "robot", "id": "1"}, {"type": "user"}]),
    "inbox": ({}, "", ["", "maybe", 2, [], {}]),
    **{name: ({}, "", ["", "maybe", 2, [], {}]) for name in ("hasSeen", "isPublic", "isBookmarked", "isSubscribed", "merge", "discard")},
    "ignoreCount": ({"status": "ignored"}, "", ["", 0, -1, 1.5, True, "many", [], {}, 10**10]),
    "ignoreUntil": ({"status": "ignored"}, "", ["", "soon", 0, "2020-01-01T00:00:00Z", "2027-01-01", [], {}]),
    "ignoreDuration": ({"status": "ignored"}, "", ["", 0, -5, "1h", [], {}]),
    "inRelease": ({"status": "resolved"}, "statusDetails", ["", " ", 1, [], {}, "9.9.9", "x" * 300]),
    "inNextRelease": ({"status": "resolved"}, "statusDetails", ["", "maybe", [], {}, 2]),
    "inCommit": ({"status": "resolved"}, "statusDetails", ["", "abc", [], {}, {"commit": "a"}, {"repository": "acme/shop"}]),
    "ignoreUntilEscalating": ({"status": "ignored"}, "statusDetails", ["", "maybe", [], {}, 2]),
}
"""Of each field what stands beside it, in which object it stands, and values that it cannot have."""
ODD: list[JSON] = [
    {**beside, **({within: {name: value}} if within else {name: value})} for name, (beside, within, values) in _ODD.items() for value in values
]


@pytest.mark.parametrize("bodies", [NULLS, ODD], ids=["null", "odd"])
def test_null_and_odd_values_are_refused_in_every_field(world: World, shop: Tenant, bodies: list[JSON]) -> None:
    world.event(shop.project, "one")
    before = shop.client.get(ONE)
    for body in bodies:
        answer: Any = shop.client.ask("PUT", ONE, body)
        assert answer.status == 400, (body, answer)
        assert answer.json.keys() <= body.keys(), (body, answer)
    assert shop.client.get(ONE) == before
