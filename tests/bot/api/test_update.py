"""The update request over HTTP: every field, statusDetails, refusals, discard, and the response delta."""

from __future__ import annotations

from typing import Any

import pytest

from bot.api.schemas import issues as issue_schemas
from core.accounts.directory import Newcomer
from core.types import JSON, Role
from tests.support.api import Tenant, World

BULK = "/api/0/organizations/acme/issues/"
ADA = {"id": "1", "name": "Ada Lovelace", "email": "ada@acme.example"}
SHA = "4f2a" * 10


@pytest.fixture
def issue(world: World, acme: Tenant) -> str:
    return f"/api/0/issues/{world.event(acme.project, 'one')}/"


@pytest.fixture
def two(world: World, acme: Tenant, issue: str) -> str:
    """The bulk address of two issues."""
    return f"{BULK}?id=1&id={world.event(acme.project, 'two')}"


def log(acme: Tenant, issue: str) -> list[JSON]:
    found: list[JSON] = acme.client.get(f"{issue}activities/")["activity"]
    return found


def kinds(acme: Tenant, issue: str) -> list[str]:
    return [entry["type"] for entry in log(acme, issue)]


# Every field of the top level ---------------------------------------------------------------------------------------


def test_seen_is_kept_for_the_one_who_looked(world: World, acme: Tenant, issue: str) -> None:
    ben = world.core.directory.create_user(acme.id, Newcomer("Ben", "ben@acme.example", None), Role.MEMBER)
    client = world.client(world.core.directory.create_token(acme.id, ben))
    assert acme.client.put(issue, hasSeen=True)["hasSeen"] is True
    assert client.get(issue)["hasSeen"] is False
    assert acme.client.get(f"{BULK}?id=1")[0]["hasSeen"] is True
    assert acme.client.put(issue, hasSeen=False)["hasSeen"] is False


def test_a_bookmark_subscribes_and_takes_only_that_back(acme: Tenant, issue: str) -> None:
    body = acme.client.put(issue, isBookmarked=True)
    assert (body["isBookmarked"], body["isSubscribed"], body["subscriptionDetails"]) == (True, True, {"reason": "bookmarked"})
    body = acme.client.put(issue, isBookmarked=False)
    assert (body["isBookmarked"], body["isSubscribed"], body["subscriptionDetails"]) == (False, False, None)
    acme.client.put(issue, isSubscribed=True)
    acme.client.put(issue, isBookmarked=True)
    body = acme.client.put(issue, isBookmarked=False)
    assert (body["isSubscribed"], body["subscriptionDetails"]) == (True, {"reason": "unknown"})


def test_a_subscription_says_why(acme: Tenant, issue: str) -> None:
    assert acme.client.put(issue, assignedTo="1")["subscriptionDetails"] == {"reason": "assigned"}
    assert acme.client.put(issue, isSubscribed=False)["isSubscribed"] is False
    assert acme.client.put(issue, status="resolved")["isSubscribed"] is False
    assert acme.client.put(issue, isSubscribed=True)["subscriptionDetails"] == {"reason": "unknown"}


def test_whoever_resolves_is_subscribed(acme: Tenant, issue: str) -> None:
    assert acme.client.put(issue, status="resolved")["subscriptionDetails"] == {"reason": "changed_status"}


def test_a_share_keeps_its_link_until_it_is_taken_away(acme: Tenant, issue: str) -> None:
    first = acme.client.put(issue, isPublic=True)
    assert first["isPublic"] is True
    assert len(first["shareId"]) == 32
    assert acme.client.put(issue, isPublic=True)["shareId"] == first["shareId"]
    gone = acme.client.put(issue, isPublic=False)
    assert (gone["isPublic"], gone["shareId"]) == (False, None)
    assert kinds(acme, issue) == ["set_private", "set_public", "first_seen"]
    assert acme.client.put(issue, isPublic=True)["shareId"] != first["shareId"]


def test_a_priority_is_locked_by_being_sent(world: World, acme: Tenant, issue: str) -> None:
    body = acme.client.put(issue, priority="low")
    assert (body["priority"], body["priorityLockedAt"]) == ("low", "2026-11-23T12:30:00Z")
    newest = log(acme, issue)[0]
    assert (newest["type"], newest["data"]) == ("set_priority", {"priority": "low", "reason": None})


def test_the_inbox_is_left_by_review_and_entered_by_hand(acme: Tenant, issue: str) -> None:
    assert acme.client.put(issue, inbox=False)["inbox"] is None
    assert kinds(acme, issue) == ["auto_set_ongoing", "mark_reviewed", "first_seen"]
    assert acme.client.put(issue, inbox=True)["inbox"]["reason"] == 3


def test_what_is_resolved_or_archived_leaves_the_inbox_whatever_is_said_beside_it(acme: Tenant, issue: str) -> None:
    for status in ("resolved", "ignored"):
        assert acme.client.put(issue, status=status, inbox=True)["inbox"] is None
        assert acme.client.put(issue, status="unresolved", inbox=True)["inbox"]["reason"] == 3


def test_a_resolved_issue_that_is_opened_and_reviewed_at_once_is_ongoing(acme: Tenant, issue: str) -> None:
    acme.client.put(issue, status="resolved")
    assert acme.client.put(issue, status="unresolved", inbox=False)["substatus"] == "ongoing"


def test_where_the_wish_came_from_is_kept_with_each_activity(acme: Tenant, issue: str) -> None:
    acme.client.put(issue, assignedTo="1", status="resolved", assignedBy="suggested_assignee", integration="msteams")
    entries = log(acme, issue)[:2]
    assert len(entries) == 2
    for entry in entries:
        assert entry["source"] == "api"
        assert entry["data"].items() >= {"assignedBy": "suggested_assignee", "integration": "msteams"}.items()


def test_a_token_without_a_user_keeps_nothing_personal(acme: Tenant, issue: str) -> None:
    body = acme.nobody.put(issue, hasSeen=True, isBookmarked=True, isSubscribed=True, isPublic=True, priority="low", inbox=False)
    assert (body["hasSeen"], body["isBookmarked"], body["isSubscribed"], body["isPublic"]) == (False, False, False, True)
    assert kinds(acme, issue)[0] == "auto_set_ongoing"


def test_merged_names_lead_to_the_oldest(world: World, acme: Tenant, two: str) -> None:
    acme.client.put("/api/0/issues/2/", isBookmarked=True)
    assert acme.client.put(two, merge=True) == {"merge": {"parent": "1", "children": ["2"]}}
    for name in ("2", "SHOP-2", "1"):
        body = acme.client.get(f"/api/0/issues/{name}/")
        assert (body["id"], body["count"], body["isBookmarked"]) == ("1", "2", True)
    assert acme.client.put("/api/0/issues/SHOP-2/", status="resolved")["id"] == "1"
    assert [one["id"] for one in acme.client.get(f"{BULK}?query=")] == ["1"]
    assert kinds(acme, "/api/0/issues/1/") == ["set_resolved", "merge", "first_seen", "first_seen"], "the whole history of both"


# statusDetails --------------------------------------------------------------------------------------------------------


def test_next_release_of_a_project_that_counts_by_semver(world: World, acme: Tenant, issue: str) -> None:
    world.release(acme, "shop@1.0.0")
    body = acme.client.put(issue, status="resolved", statusDetails={"inNextRelease": True})
    assert (body["status"], body["substatus"], body["statusDetails"]) == ("resolved", None, {"inNextRelease": True, "actor": ADA})
    newest = log(acme, issue)[0]
    assert (newest["type"], newest["data"]) == ("set_resolved_in_release", {"version": "", "current_release_version": "shop@1.0.0"})


def test_next_release_of_a_project_that_counts_by_dates(world: World, acme: Tenant, issue: str) -> None:
    world.release(acme, "blue")
    assert acme.client.put(issue, status="resolvedInNextRelease")["statusDetails"] == {"inNextRelease": True, "actor": ADA}
    world.release(acme, "green")
    assert acme.client.get(issue)["statusDetails"] == {"inRelease": "green", "actor": ADA}


def test_a_release_and_the_latest_one(world: World, acme: Tenant, issue: str) -> None:
    world.release(acme, "shop@1.0.0")
    world.release(acme, "shop@1.1.0")
    for asked, told in (("shop@1.0.0", "shop@1.0.0"), ("latest", "shop@1.1.0")):
        assert acme.client.put(issue, status="resolved", statusDetails={"inRelease": asked})["statusDetails"] == {"inRelease": told, "actor": ADA}
    assert acme.client.put(issue, status="resolved")["statusDetails"] == {}


def test_a_commit_that_is_in_a_release(world: World, acme: Tenant, issue: str) -> None:
    world.release(acme, "shop@1.0.0", commits=[{"id": SHA, "repository": "acme/shop", "message": "Divide by one"}])
    asked = {"repository": "acme/shop", "commit": SHA}
    details = acme.client.put(issue, status="resolved", statusDetails={"inCommit": asked})["statusDetails"]
    assert details["inCommit"].items() >= {"id": SHA, "repository": "acme/shop", "commit": SHA, "message": "Divide by one"}.items()
    assert (details["inRelease"], details["actor"]) == ("shop@1.0.0", ADA)
    assert kinds(acme, issue)[0] == "set_resolved_in_commit"
    acme.client.put(issue, status="unresolved")
    delta = acme.client.put(f"{BULK}?id=1", status="resolved", statusDetails={"inCommit": asked})
    assert delta["statusDetails"] == {"inCommit": {"id": SHA, **asked}, "actor": ADA}
    assert [entry["type"] for entry in delta["activity"]][:2] == ["set_resolved_in_commit", "set_unresolved"]


def test_an_archive_within_a_window_shows_the_whole_count(acme: Tenant, issue: str) -> None:
    asked = {"ignoreCount": 5, "ignoreWindow": 60, "ignoreUserCount": 3, "ignoreUserWindow": 10_080}
    details = acme.client.put(issue, status="ignored", statusDetails=asked)["statusDetails"]
    assert details == {**asked, "ignoreUntil": None, "actor": ADA}


def test_an_archive_until_it_escalates_says_so(acme: Tenant, issue: str) -> None:
    for body in ({"substatus": "archived_until_escalating"}, {"statusDetails": {"untilEscalating": True}}):
        shown = acme.client.put(issue, status="ignored", **body)
        assert (shown["substatus"], shown["statusDetails"]) == ("archived_until_escalating", {"ignoreUntilEscalating": True})
        acme.client.put(issue, status="unresolved")


def test_an_open_issue_becomes_ongoing_by_being_told_so(acme: Tenant, issue: str) -> None:
    assert acme.client.put(issue, status="unresolved")["substatus"] == "new"
    assert acme.client.put(issue, status="unresolved", substatus="ongoing")["substatus"] == "ongoing"
    newest = log(acme, issue)[0]
    assert (newest["type"], newest["user"], newest["data"]) == ("auto_set_ongoing", ADA, {"manually": True})


# What is refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"status": "open"}, ["status"]),
        ({"status": "resolved", "statusDetails": {"inNextRelease": True}}, ["statusDetails", "inNextRelease"]),
        ({"status": "resolved", "statusDetails": {"inRelease": "9.9"}}, ["statusDetails", "inRelease"]),
        ({"status": "resolved", "statusDetails": {"inRelease": "latest"}}, ["statusDetails", "inRelease"]),
        (
            {"status": "resolved", "statusDetails": {"inCommit": {"repository": "no/such", "commit": "a"}}},
            ["statusDetails", "inCommit", "repository"],
        ),
        ({"status": "resolved", "statusDetails": {"inCommit": {"repository": "no/such"}}}, ["statusDetails", "inCommit", "commit"]),
        ({"status": "resolved", "substatus": "ongoing"}, ["substatus"]),
        ({"substatus": "ongoing"}, ["substatus"]),
        ({"status": "ignored", "ignoreCount": 0}, ["ignoreCount"]),
        ({"status": "ignored", "statusDetails": {"ignoreWindow": 60}}, ["statusDetails", "ignoreWindow"]),
        ({"assignedTo": "team:nobody"}, ["assignedTo"]),
        ({"priority": "urgent"}, ["priority"]),
        ({"discard": True, "status": "resolved"}, ["discard"]),
        ({"discard": False, "hasSeen": True}, ["discard"]),
    ],
)
@pytest.mark.parametrize("address", ["/api/0/issues/1/", f"{BULK}?id=1"])
def test_the_error_catalogue_of_table_3_4(acme: Tenant, issue: str, address: str, body: JSON, where: list[str]) -> None:
    answer: Any = acme.client.refused(address, **body)
    for name in where:
        assert list(answer) == [name]
        answer = answer[name]
    assert isinstance(answer, list)
    assert acme.client.get(issue)["version"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"merge": True},
        {"status": "resolvedInNextRelease"},
        {"status": "resolved", "statusDetails": {"inRelease": "latest"}},
        {"priority": "low", "assignedTo": "1", "merge": True},
    ],
)
def test_what_needs_one_project_is_refused_for_several_before_anything_is_done(world: World, acme: Tenant, issue: str, body: JSON) -> None:
    world.event(world.core.directory.create_project("api", "acme", None), "elsewhere")
    assert list(acme.client.refused(f"{BULK}?id=1&id=2", **body)) == ["detail"]
    assert kinds(acme, issue) == ["first_seen"]


# Discard ends it -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/api/0/issues/1/", f"{BULK}?id=1", f"{BULK}?query=one"])
def test_a_discard_answers_nothing_and_ends_the_issue(acme: Tenant, issue: str, address: str) -> None:
    answer = acme.client.ask("PUT", address, {"discard": True})
    assert (answer.status, answer.json, answer.headers["X-Quell-Changed"]) == (204, None, "1")
    assert acme.client.ask("GET", issue).status == 404


def test_not_to_discard_is_no_change(acme: Tenant, issue: str) -> None:
    assert acme.client.put(issue, discard=False)["version"] == 1
    assert acme.client.put(f"{BULK}?id=1", discard=False) == {"discard": False}


# The response delta ----------------------------------------------------------------------------------------------------

NEXT = {"status": "resolved", "statusDetails": {"inNextRelease": True, "actor": ADA}, "inbox": None}


@pytest.mark.parametrize(
    ("body", "delta"),
    [
        ({}, {}),
        ({"status": "resolved"}, {"status": "resolved", "statusDetails": {}, "inbox": None}),
        ({"status": "unresolved"}, {"status": "unresolved", "statusDetails": {}}),
        (
            {"status": "unresolved", "substatus": "ongoing", "inbox": True},
            {"status": "unresolved", "statusDetails": {}, "substatus": "ongoing", "inbox": True},
        ),
        ({"status": "ignored"}, {"status": "ignored", "statusDetails": {}, "inbox": None}),
        (
            {"status": "ignored", "substatus": "archived_until_escalating"},
            {
                "status": "ignored",
                "substatus": "archived_until_escalating",
                "statusDetails": {"ignoreUntilEscalating": True},
                "inbox": None,
            },
        ),
        (
            {"status": "ignored", "ignoreDuration": 30, "ignoreCount": 3},
            {
                "status": "ignored",
                "statusDetails": {
                    "ignoreCount": 3,
                    "ignoreUntil": "2026-11-23T13:00:00Z",
                    "ignoreUserCount": None,
                    "ignoreUserWindow": None,
                    "ignoreWindow": None,
                    "actor": ADA,
                },
                "inbox": None,
            },
        ),
        ({"status": "resolvedInNextRelease"}, NEXT),
        ({"statusDetails": {"inRelease": "9"}}, {}),
        ({"isBookmarked": True}, {"isBookmarked": True}),
        ({"isSubscribed": True}, {"isSubscribed": True, "subscriptionDetails": {"reason": "unknown"}}),
        ({"isSubscribed": False}, {"isSubscribed": False, "subscriptionDetails": {"reason": "unknown"}}),
        ({"isPublic": False}, {"isPublic": False, "shareId": None}),
        ({"hasSeen": True}, {"hasSeen": True}),
        ({"inbox": True}, {"inbox": True}),
        ({"inbox": False}, {"inbox": False}),
        ({"priority": "low"}, {"priority": "low"}),
        ({"merge": False}, {"merge": False}),
        ({"assignedTo": "1"}, {"assignedTo": {"type": "user", **ADA}}),
        ({"assignedTo": ""}, {"assignedTo": None}),
        ({"inboxDetails": {}}, {}),
    ],
)
def test_the_response_delta_of_section_16_3(acme: Tenant, two: str, body: JSON, delta: JSON) -> None:
    answer = acme.client.put(two, **body)
    assert answer == delta
    issue_schemas.DeltaJson.model_validate(answer)


def test_an_only_issue_is_no_merge(acme: Tenant, issue: str) -> None:
    assert acme.client.put(f"{BULK}?id=1", merge=True) == {"merge": True}
    assert acme.client.put(issue, merge=True)["version"] == 1
