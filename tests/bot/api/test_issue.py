"""One issue over HTTP: look, change, delete, restore."""

from __future__ import annotations

import pytest

from bot.api.schemas import issues as issue_schemas
from core.issues.timers import Timers
from core.types import Origin
from tests.support.api import Clock, Tenant, World

KEYS = [
    "id",
    "shortId",
    "title",
    "culprit",
    "permalink",
    "level",
    "status",
    "statusDetails",
    "substatus",
    "isPublic",
    "platform",
    "project",
    "type",
    "metadata",
    "numComments",
    "assignedTo",
    "isBookmarked",
    "isSubscribed",
    "subscriptionDetails",
    "hasSeen",
    "priority",
    "priorityLockedAt",
    "issueType",
    "issueCategory",
    "count",
    "userCount",
    "firstSeen",
    "lastSeen",
    "stats",
    "inbox",
    "shareId",
    "annotations",
    "version",
    "tags",
]


@pytest.fixture
def issue(world: World, acme: Tenant) -> str:
    return f"/api/0/issues/{world.event(acme.project, 'one')}/"


def test_an_issue_has_exactly_the_keys_of_the_contract(world: World, acme: Tenant, issue: str) -> None:
    world.event(acme.project, "one", person="grace")
    body = acme.client.get(issue)
    assert set(body) == set(KEYS)
    issue_schemas.IssueJson.model_validate(body)
    assert body["shortId"] == "SHOP-1"
    assert body["permalink"] == "https://quell.example.com/issues/1/"
    assert body["project"] == {"id": "1", "slug": "shop", "name": "shop", "platform": "python"}
    assert (body["status"], body["substatus"], body["count"], body["userCount"]) == ("unresolved", "new", "2", 1)
    assert (body["firstSeen"], body["level"], body["priority"]) == ("2026-11-23T12:30:00Z", "error", "high")
    assert body["inbox"] == {"reason": 0, "reason_details": None, "date_added": "2026-11-23T12:30:00Z"}
    assert body["stats"]["24h"][-1] == [int(world.clock.now.timestamp()) - 1800, 2]
    assert len(body["stats"]["24h"]) == 24


@pytest.mark.parametrize("name", ["1", "SHOP-1", "shop-1", "shop-01"])
@pytest.mark.parametrize("prefix", ["/api/0/issues/", "/api/0/organizations/acme/issues/"])
def test_an_issue_is_found_by_number_and_by_short_id_at_both_addresses(acme: Tenant, issue: str, prefix: str, name: str) -> None:
    assert acme.client.get(f"{prefix}{name}/")["id"] == "1"
    assert acme.client.put(f"{prefix}{name}/", status="resolved")["status"] == "resolved"


NO_ISSUE = ["2", "0", "99999999999999999999", "SHOP-9", "SHOP-ZZZZZZZZZZZZZ", "nonsense", "%00", "%F0%9F%90%9B", "9" * 5000]
ROUTES = [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "restore/"), ("GET", "activities/"), ("GET", "messages/")]


def test_an_issue_that_does_not_exist_is_not_found(acme: Tenant, issue: str) -> None:
    for name in NO_ISSUE:
        for method, rest in ROUTES:
            answer = acme.client.ask(method, f"/api/0/issues/{name}/{rest}")
            assert (answer.status, list(answer.json)) == (404, ["detail"]), (name, method, rest)


def test_an_update_answers_the_whole_issue_and_how_much_changed(acme: Tenant, issue: str) -> None:
    first, again = (acme.client.ask("PUT", issue, {"status": "resolved"}) for _ in range(2))
    assert (first.json["status"], first.json["version"], first.json["inbox"]) == ("resolved", 2, None)
    assert (first.headers["X-Quell-Matched"], first.headers["X-Quell-Changed"]) == ("1", "1")
    assert (again.json["version"], again.headers["X-Quell-Changed"]) == (2, "0")
    assert acme.client.put(issue)["version"] == 2


def test_an_archive_says_what_is_still_missing_until_it_ends(world: World, acme: Tenant, issue: str) -> None:
    details = {"ignoreCount": 5, "ignoreUserCount": 3, "ignoreDuration": 30}
    acme.client.put(issue, status="ignored", statusDetails=details)
    world.event(acme.project, "one", person="grace")
    body = acme.client.get(issue)
    assert (body["status"], body["substatus"]) == ("ignored", "archived_until_condition_met")
    assert body["statusDetails"] == {
        "ignoreCount": 4,
        "ignoreUserCount": 2,
        "ignoreUntil": "2026-11-23T13:00:00Z",
        "ignoreWindow": None,
        "ignoreUserWindow": None,
        "actor": {"id": "1", "name": "Ada Lovelace", "email": "ada@acme.example"},
    }
    issue_schemas.IssueJson.model_validate(body)
    assert acme.client.put(issue, status="ignored")["statusDetails"] == {}


def test_an_assignee_can_be_spelled_in_every_way(world: World, acme: Tenant, issue: str) -> None:
    team = world.core.directory.create_team("backend", acme.id)
    ada = {"type": "user", "id": "1", "name": "Ada Lovelace", "email": "ada@acme.example"}
    for spelling in ("1", 1, "user:1", "ADA@acme.example", "ada lovelace", "user:Ada Lovelace", "user:ada@acme.example"):
        assert acme.client.put(issue, assignedTo=spelling)["assignedTo"] == ada
        assert acme.client.put(issue, assignedTo="")["assignedTo"] is None
    for spelling in (f"team:{team.id}", "team:backend", "#backend"):
        assert acme.client.put(issue, assignedTo=spelling)["assignedTo"] == {"type": "team", "id": str(team.id), "name": "backend"}
        assert acme.client.put(issue, assignedTo=None)["assignedTo"] is None


NOBODY = ["9", "user:9", "user:99999999999999999999", "team:9", "team:nobody", "ada", "nobody@acme.example", "team:", " ", True, 1.5, -1, ["1"], "\0"]


def test_an_assignee_that_is_nobody_is_refused_under_its_field(acme: Tenant, issue: str) -> None:
    for name in NOBODY:
        assert list(acme.client.refused(issue, assignedTo=name)) == ["assignedTo"], name
    assert acme.client.get(issue)["assignedTo"] is None


def test_somebody_of_another_organization_is_nobody(world: World, acme: Tenant, issue: str) -> None:
    other = world.tenant("other")
    team = world.core.directory.create_team("theirs", other.id)
    for name in (other.ada.id, f"user:{other.ada.id}", "ada@other.example", f"team:{team.id}", "team:theirs"):
        assert list(acme.client.refused(issue, assignedTo=name)) == ["assignedTo"]


def test_a_review_takes_the_issue_out_of_the_inbox(acme: Tenant, issue: str) -> None:
    body = acme.client.put(issue, inbox=False)
    assert (body["inbox"], body["substatus"]) == (None, "ongoing")


def test_a_stale_change_is_refused_with_the_newer_one(acme: Tenant, issue: str) -> None:
    seen = acme.client.get(issue)["version"]
    acme.client.put(issue, status="resolved")
    answer = acme.client.ask("PUT", issue, {"status": "ignored", "expectedVersion": seen})
    assert answer.status == 409
    issue_schemas.StaleJson.model_validate(answer.json)
    assert answer.json["conflict"] == {"issue": "SHOP-1", "facet": "status", "by": "Ada Lovelace", "at": "2026-11-23T12:30:00Z", "version": 2}
    assert acme.client.put(issue, assignedTo="1", expectedVersion=seen)["assignedTo"]["id"] == "1"
    assert acme.client.get(issue)["status"] == "resolved"


def test_a_token_without_a_user_acts_as_nobody(acme: Tenant, issue: str) -> None:
    assert acme.nobody.put(issue, status="ignored", statusDetails={"ignoreCount": 2})["statusDetails"]["actor"] is None
    newest = acme.nobody.get(f"{issue}activities/")["activity"][0]
    assert (newest["type"], newest["user"], newest["source"]) == ("set_ignored", None, "api")


def test_activities_tell_who_did_what_newest_first(acme: Tenant, issue: str) -> None:
    acme.client.put(issue, status="resolved", assignedTo="1", integration="slack")
    body = acme.client.get(f"{issue}activities/")
    issue_schemas.ActivitiesJson.model_validate(body)
    assert [entry["type"] for entry in body["activity"]] == ["assigned", "set_resolved", "first_seen"]
    assert body["activity"][0]["user"] == {"id": "1", "name": "Ada Lovelace", "email": "ada@acme.example"}
    assert body["activity"][0]["data"]["integration"] == "slack"
    assert body["activity"][2]["source"] == "ingest"


def test_messages_tell_where_each_copy_stands(world: World, acme: Tenant, issue: str) -> None:
    assert acme.client.get(f"{issue}messages/") == []
    world.core.outbox.show(acme.id, 1, "slack", Origin("T1", "C1"))
    acme.client.put(issue, status="resolved")
    (copy,) = acme.client.get(f"{issue}messages/")
    issue_schemas.MessageJson.model_validate(copy)
    assert (copy["platform"], copy["channel"], copy["state"], copy["shownVersion"], copy["wantedVersion"]) == ("slack", "C1", "behind", 0, 2)


def test_a_deleted_issue_is_gone_until_it_is_restored(acme: Tenant, issue: str) -> None:
    acme.client.put(issue, status="resolved")
    assert acme.client.ask("DELETE", issue).status == 202
    for method in ("GET", "PUT", "DELETE"):
        assert acme.client.ask(method, issue).status == 404
    assert acme.client.get(f"{issue}activities/")["activity"][0]["type"] == "delete"
    assert acme.client.get("/api/0/organizations/acme/issues/?query=") == []
    for _ in range(2):
        answer = acme.client.ask("POST", f"{issue}restore/")
        assert (answer.status, answer.json["status"]) == (200, "resolved")
    assert answer.headers["X-Quell-Changed"] == "0"


def test_a_purged_issue_cannot_be_restored(world: World, acme: Tenant, clock: Clock, issue: str) -> None:
    acme.client.ask("DELETE", issue)
    clock.move(seconds=61)
    due: Timers = world.core.timers
    assert due.begin_purges() == 1
    assert acme.client.ask("POST", f"{issue}restore/").status == 410
    for method in ("GET", "PUT", "DELETE"):
        assert acme.client.ask(method, issue).status == 404


def test_a_repeated_key_changes_nothing_and_is_answered_as_before(acme: Tenant, issue: str) -> None:
    headers = {"Idempotency-Key": "once"}
    acme.client.ask("PUT", issue, {"status": "resolved"}, headers=headers)
    acme.client.put(issue, status="unresolved")
    again = acme.client.ask("PUT", issue, {"status": "resolved"}, headers=headers)
    assert (again.status, again.json["status"], again.headers["X-Quell-Changed"]) == (200, "unresolved", "0")


def test_a_repeated_deletion_is_answered_as_before(acme: Tenant, issue: str) -> None:
    answers = [acme.client.ask("DELETE", issue, headers={"Idempotency-Key": "d"}) for _ in range(2)]
    assert [answer.status for answer in answers] == [202, 202]


def test_a_key_is_good_for_one_issue_of_one_organization(world: World, acme: Tenant, issue: str) -> None:
    headers = {"Idempotency-Key": "once"}
    acme.client.ask("PUT", issue, {"status": "resolved"}, headers=headers)
    world.event(acme.project, "two")
    assert acme.client.ask("PUT", "/api/0/issues/2/", {"status": "resolved"}, headers=headers).status == 409
    assert acme.client.get("/api/0/issues/2/")["status"] == "unresolved"
    other = world.tenant("other")
    theirs = world.event(other.project, "theirs")
    assert other.client.ask("PUT", f"/api/0/issues/{theirs}/", {"status": "resolved"}, headers=headers).json["status"] == "resolved"


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
def test_a_key_that_cannot_be_kept_is_refused(acme: Tenant, issue: str, key: str) -> None:
    answer = acme.client.ask("PUT", issue, {}, headers={"Idempotency-Key": key})
    assert (answer.status, list(answer.json)) == (400, ["Idempotency-Key"])
