"""Additions to an issue's log over HTTP: comments, and the undo of activities."""

from __future__ import annotations

import pytest

from bot.api.schemas import issues as issue_schemas
from core.types import JSON
from tests.support.api import Answer, Clock, Tenant, World


@pytest.fixture
def issue(world: World, acme: Tenant) -> str:
    return f"/api/0/issues/{world.event(acme.project, 'one')}/"


def log(acme: Tenant, issue: str) -> list[JSON]:
    found: list[JSON] = acme.client.get(f"{issue}activities/")["activity"]
    return found


def undo(acme: Tenant, issue: str, kind: str) -> Answer:
    """Asks to undo the newest activity of that kind."""
    activity = next(entry for entry in log(acme, issue) if entry["type"] == kind)
    return acme.client.ask("POST", f"/api/0/activities/{activity['id']}/undo/")


def test_a_comment_is_a_note_in_the_log(acme: Tenant, issue: str) -> None:
    answer = acme.client.ask("POST", f"{issue}comments/", {"text": "Looks like <the> cellar again"})
    issue_schemas.ActivityJson.model_validate(answer.json)
    assert (answer.status, answer.json["type"], answer.json["data"]) == (201, "note", {"text": "Looks like <the> cellar again"})
    assert answer.json["user"]["name"] == "Ada Lovelace"
    assert log(acme, issue)[0] == answer.json
    body = acme.client.get(issue)
    assert (body["numComments"], body["version"], body["subscriptionDetails"]) == (1, 1, {"reason": "commented"})


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": " \n"}, {"text": None}, {"text": 1}, {"text": "x" * 10_001}, {"text": "a\0"}])
def test_a_comment_needs_a_text(acme: Tenant, issue: str, body: JSON) -> None:
    answer = acme.client.ask("POST", f"{issue}comments/", body)
    assert (answer.status, list(answer.json)) == (400, ["text"])
    assert acme.client.get(issue)["numComments"] == 0


def test_a_repeated_comment_is_one_comment(acme: Tenant, issue: str) -> None:
    headers = {"Idempotency-Key": "once"}
    first, again = (acme.client.ask("POST", f"{issue}comments/", {"text": "same"}, headers=headers) for _ in range(2))
    assert first.json == again.json
    assert acme.client.ask("POST", f"{issue}comments/", {"text": "other"}, headers=headers).status == 409
    assert acme.client.get(issue)["numComments"] == 1


def test_what_is_deleted_cannot_be_commented(world: World, acme: Tenant, clock: Clock, issue: str) -> None:
    acme.client.ask("DELETE", issue)
    assert acme.client.ask("POST", f"{issue}comments/", {"text": "too late"}).status == 404
    clock.move(seconds=61)
    world.core.timers.begin_purges()
    assert acme.client.ask("POST", f"{issue}comments/", {"text": "too late"}).status == 404


@pytest.mark.parametrize(
    ("body", "kind", "key", "before"),
    [
        ({"status": "resolved"}, "set_resolved", "status", "unresolved"),
        ({"status": "ignored", "ignoreCount": 3}, "set_ignored", "status", "unresolved"),
        ({"assignedTo": "1"}, "assigned", "assignedTo", None),
        ({"priority": "low"}, "set_priority", "priority", "high"),
        ({"inbox": False}, "mark_reviewed", "substatus", "new"),
    ],
)
def test_what_a_person_changed_can_be_undone(acme: Tenant, issue: str, body: JSON, kind: str, key: str, before: object) -> None:
    acme.client.put(issue, **body)
    answer = undo(acme, issue, kind)
    assert (answer.status, answer.json[key], answer.headers["X-Quell-Changed"]) == (200, before, "1")
    issue_schemas.IssueJson.model_validate(answer.json)


def test_a_deletion_and_a_discard_can_be_undone(world: World, acme: Tenant, issue: str) -> None:
    acme.client.ask("DELETE", issue)
    assert undo(acme, issue, "delete").json["status"] == "unresolved"
    acme.client.ask("PUT", issue, {"discard": True})
    assert undo(acme, issue, "discard").json["status"] == "unresolved"
    assert acme.client.get("/api/0/projects/acme/shop/tombstones/") == []
    assert world.event(acme.project, "one") == 1


def test_an_undo_does_not_overwrite_what_is_newer(acme: Tenant, issue: str) -> None:
    acme.client.put(issue, status="resolved")
    acme.client.put(issue, status="ignored")
    answer = undo(acme, issue, "set_resolved")
    assert (answer.status, answer.json["conflict"]["by"], answer.json["conflict"]["version"]) == (409, "Ada Lovelace", 3)
    issue_schemas.StaleJson.model_validate(answer.json)
    assert acme.client.get(issue)["status"] == "ignored"


def test_what_cannot_be_undone_is_refused(world: World, acme: Tenant, clock: Clock, issue: str) -> None:
    acme.client.ask("POST", f"{issue}comments/", {"text": "hm"})
    for kind in ("note", "first_seen"):
        assert (undo(acme, issue, kind).status, list(undo(acme, issue, kind).json)) == (400, ["detail"])
    for number in ("0", "99", "no", "9" * 30, "-1", "%00"):
        assert acme.client.ask("POST", f"/api/0/activities/{number}/undo/").status == 404
    acme.client.ask("DELETE", issue)
    clock.move(seconds=61)
    world.core.timers.begin_purges()
    assert undo(acme, issue, "delete").status == 410


@pytest.mark.parametrize("prefix", ["/api/0/issues/1/", "/api/0/organizations/acme/issues/SHOP-1/"])
def test_notes_is_the_other_name_of_comments_and_both_are_lists(world: World, acme: Tenant, prefix: str) -> None:
    world.event(acme.project, "one")
    assert acme.client.ask("POST", f"{prefix}notes/", {"text": "first"}).status == 201
    world.clock.move(minutes=1)
    assert acme.client.ask("POST", f"{prefix}comments/", {"text": "second"}).status == 201
    for word in ("notes", "comments"):
        assert [note["data"]["text"] for note in acme.client.get(f"{prefix}{word}/?per_page=25")] == ["second", "first"]
    assert [note["data"]["text"] for note in acme.client.get(f"{prefix}notes/?limit=1&cursor=0:1:0")] == ["first"]
    other = world.tenant("other")
    assert other.client.ask("GET", "/api/0/issues/1/notes/").status == 404
