"""The feed and the details in the answer to a bulk update that solves one issue."""

from __future__ import annotations

import pytest

from bot.api.schemas import issues as issue_schemas
from tests.support.api import Tenant, World

BULK = "/api/0/organizations/acme/issues/"
ADA = {"id": "1", "name": "Ada Lovelace", "email": "ada@acme.example"}


@pytest.fixture
def issue(world: World, acme: Tenant) -> str:
    return f"/api/0/issues/{world.event(acme.project, 'one')}/"


def test_one_issue_solved_in_a_release_answers_its_feed(world: World, acme: Tenant, issue: str) -> None:
    world.release(acme, "shop@1.0.0")
    for priority in ("low", "high"):
        acme.client.put(issue, priority=priority)
    for text in ("same", "same"):
        acme.client.ask("POST", f"{issue}comments/", {"text": text})
    delta = acme.client.put(f"{BULK}?id=1", status="resolved", statusDetails={"inRelease": "latest"})
    issue_schemas.DeltaJson.model_validate(delta)
    assert [entry["type"] for entry in delta["activity"]] == ["set_resolved_in_release", "note", "note", "set_priority", "set_priority", "first_seen"]
    assert (delta["activity"][-1]["id"], delta["activity"][-1]["data"]) == ("0", {"priority": "high"})
    assert delta["statusDetails"] == {"inRelease": "shop@1.0.0", "actor": ADA}


def test_an_answer_has_the_feed_of_the_one_issue_that_is_solved_in_whichever_way(acme: Tenant, issue: str) -> None:
    assert [entry["type"] for entry in acme.client.put(f"{BULK}?id=1", status="resolved")["activity"]] == ["set_resolved", "first_seen"]
    assert "activity" not in acme.client.put(f"{BULK}?id=1", status="unresolved")


def test_the_answer_to_a_repeated_request_names_the_release_that_was_the_latest_then(world: World, acme: Tenant, issue: str) -> None:
    world.release(acme, "shop@1.0.0")
    body = {"status": "resolved", "statusDetails": {"inRelease": "latest"}}
    first = acme.client.ask("PUT", f"{BULK}?id=1", body, headers={"Idempotency-Key": "k1"}).json
    world.release(acme, "shop@2.0.0")
    again = acme.client.ask("PUT", f"{BULK}?id=1", body, headers={"Idempotency-Key": "k1"}).json
    assert first["statusDetails"]["inRelease"] == again["statusDetails"]["inRelease"] == "shop@1.0.0"


@pytest.mark.slow
def test_a_feed_drops_what_only_repeats_the_entry_before_it_and_has_a_hundred_entries_at_most(world: World, acme: Tenant, issue: str) -> None:
    world.release(acme, "shop@1.0.0")
    for _ in range(51):
        acme.client.put(issue, assignedTo="1")
        acme.client.put(issue, assignedTo="")
    delta = acme.client.put(f"{BULK}?id=1", status="resolvedInNextRelease")
    assert len(delta["activity"]) == 100
    for status in ("unresolved", "resolved") * 2:
        acme.client.put(issue, status=status)
    acme.client.put(issue, status="unresolved")
    newest = acme.client.put(f"{BULK}?id=1", status="resolvedInNextRelease")["activity"]
    assert [entry["type"] for entry in newest[:3]] == ["set_resolved_in_release", "set_unresolved", "set_resolved"]


def test_a_snooze_that_ended_is_told_with_the_inbox(world: World, acme: Tenant, issue: str) -> None:
    acme.client.put(issue, status="ignored", statusDetails={"ignoreCount": 1, "ignoreUserCount": 5, "ignoreUserWindow": 60})
    world.event(acme.project, "one")
    body = acme.client.get(issue)
    issue_schemas.IssueJson.model_validate(body)
    assert body["inbox"]["reason"] == 5
    assert body["inbox"]["reason_details"] == {"until": None, "count": 1, "window": None, "user_count": 5, "user_window": 60}
    assert acme.client.put(issue, inbox=body["inbox"])["inbox"] == body["inbox"]


def test_a_regression_is_told_with_the_release_that_should_have_fixed_it(world: World, acme: Tenant, issue: str) -> None:
    world.release(acme, "shop@1.0.0")
    acme.client.put(issue, status="resolved", statusDetails={"inRelease": "latest"})
    world.clock.move(minutes=1)
    world.issues(acme.project, ["one"], release="shop@1.0.1")
    newest = acme.client.get(f"{issue}activities/")["activity"][0]
    assert newest["type"] == "set_regression"
    assert newest["data"].items() >= {"version": "shop@1.0.1", "follows_semver": True, "resolved_in_version": "shop@1.0.0"}.items()


def test_the_log_and_the_copies_are_pages(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    for text in ("first", "second", "third"):
        acme.client.ask("POST", "/api/0/issues/1/comments/", {"text": text})
        world.clock.move(minutes=1)
    log = "/api/0/issues/1/activities/"
    assert [entry["data"].get("text") for entry in acme.client.get(f"{log}?limit=2")["activity"]] == ["third", "second"]
    answer = acme.client.ask("GET", f"{log}?per_page=2&cursor=0:2:0")
    assert [entry["type"] for entry in answer.json["activity"]] == ["note", "first_seen"]
    assert 'rel="next"; results="false"' in answer.headers["Link"]
    assert acme.client.get(f"{log}?limit=500&cursor=0:1000000000:0") == {"activity": []}
    assert acme.client.get("/api/0/issues/1/messages/?limit=500") == []
    for name in ("query", "sort", "environment"):
        assert list(acme.client.ask("GET", f"{log}?{name}=x").json) == [name]
