"""Fingerprints over HTTP: what leads events to an issue, unmerge, and what a discard leaves behind."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from bot.api.schemas.events import FingerprintJson, TombstoneJson, UnmergedJson
from bot.api.schemas.issues import ActivitiesJson
from core.db.models import Event
from tests.support.api import Tenant, World

BULK = "/api/0/organizations/acme/issues/"
STONES = "/api/0/projects/acme/shop/tombstones/"
ONE = "/api/0/issues/1/"


@pytest.fixture
def merged(world: World, acme: Tenant) -> str:
    """An issue that was made of two."""
    world.event(acme.project, "one")
    world.clock.move(minutes=1)
    world.event(acme.project, "two", person="grace")
    acme.client.put(f"{BULK}?id=1&id=2", merge=True)
    return ONE


def test_an_issue_tells_its_fingerprints(acme: Tenant, merged: str) -> None:
    found = acme.client.get(f"{merged}hashes/")
    for fingerprint in found:
        FingerprintJson.model_validate(fingerprint)
    assert [(fingerprint["id"], fingerprint["latestEvent"]["title"]) for fingerprint in found] == [
        ("one", "ValueError: one"),
        ("two", "ValueError: two"),
    ]


def test_a_fingerprint_without_stored_events_has_no_latest_one(world: World, acme: Tenant, merged: str) -> None:
    with world.core.database.write() as work:
        work.session.execute(delete(Event).where(Event.hash == "two"))
    assert [fingerprint["latestEvent"] is None for fingerprint in acme.client.get(f"{merged}hashes/")] == [False, True]
    assert [fingerprint["id"] for fingerprint in acme.client.get(f"{merged}hashes/?per_page=1&cursor=0:1:0")] == ["two"]


def test_a_fingerprint_is_taken_out_into_an_issue_of_its_own(world: World, acme: Tenant, merged: str) -> None:
    answer = acme.client.ask("PUT", f"{merged}hashes/?id=two&id=unknown")
    assert (answer.status, answer.json) == (202, {"id": "3", "shortId": "SHOP-3"})
    UnmergedJson.model_validate(answer.json)
    new, old = acme.client.get("/api/0/issues/3/"), acme.client.get(merged)
    assert (new["count"], new["userCount"], old["count"], old["userCount"]) == ("1", 1, "1", 0)
    assert world.event(acme.project, "two") == 3
    assert [entry["type"] for entry in acme.client.get("/api/0/issues/3/activities/")["activity"]] == ["unmerge_destination", "first_seen"]
    newest = acme.client.get(f"{merged}activities/")["activity"][0]
    assert (newest["type"], newest["data"]) == ("unmerge_source", {"destination_id": 3, "fingerprints": ["two"]})


def test_the_log_of_a_primary_marks_what_happened_to_a_merged_issue(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    world.clock.move(minutes=1)
    world.event(acme.project, "two")
    acme.client.put("/api/0/issues/2/", assignedTo="ada@acme.example")
    acme.client.ask("POST", "/api/0/issues/2/comments/", {"text": "seen on the stairs"})
    acme.client.put(f"{BULK}?id=1&id=2", merge=True)
    entries = acme.client.get(f"{ONE}activities/")["activity"]
    ActivitiesJson.model_validate({"activity": entries})
    marks = [(entry["type"], entry.get("mergedFrom")) for entry in entries]
    assert marks == [("merge", None), ("note", "SHOP-2"), ("assigned", "SHOP-2"), ("first_seen", "SHOP-2"), ("first_seen", None)]
    assert "mergedFrom" not in entries[0]
    refused = acme.client.ask("POST", f"/api/0/activities/{entries[2]['id']}/undo/")
    assert (refused.status, refused.json["detail"]) == (400, "That cannot be undone: it happened to SHOP-2 before that was merged.")
    answer = acme.client.ask("POST", f"{ONE}comments/", {"text": "seen on the stairs"})
    assert (answer.status, answer.json.get("mergedFrom")) == (201, None)


def test_what_the_issue_has_not_cannot_be_taken_out(acme: Tenant, merged: str) -> None:
    assert (acme.client.ask("PUT", f"{merged}hashes/").status, acme.client.ask("PUT", f"{merged}hashes/").json) == (200, {})
    for wrong in ("id=three", "id=%00", f"id={'x' * 500}"):
        assert acme.client.ask("PUT", f"{merged}hashes/?{wrong}").status == 409
    assert acme.client.ask("PUT", f"{merged}hashes/?id=").status == 400
    assert acme.client.ask("PUT", f"{merged}hashes/?id=two").status == 202
    assert acme.client.ask("PUT", f"{merged}hashes/?id=two").status == 409
    acme.client.ask("DELETE", merged)
    assert acme.client.ask("GET", f"{merged}hashes/").status == 404
    assert acme.client.ask("PUT", f"{merged}hashes/?id=one").status == 404


def test_a_discard_leaves_a_tombstone_that_counts_what_it_keeps_out(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    acme.client.ask("PUT", ONE, {"discard": True})
    assert world.event(acme.project, "one") == 0
    (stone,) = acme.client.get(STONES)
    TombstoneJson.model_validate(stone)
    assert (stone["title"], stone["timesSeen"], stone["actor"]["name"], stone["issueId"]) == ("ValueError: one", 1, "Ada Lovelace", "1")


def test_without_its_tombstone_an_error_opens_a_new_issue(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    acme.client.ask("PUT", ONE, {"discard": True})
    (stone,) = acme.client.get(STONES)
    assert acme.client.ask("DELETE", f"{STONES}{stone['id']}/").status == 204
    for name in (stone["id"], "0", "no", "9" * 30):
        assert acme.client.ask("DELETE", f"{STONES}{name}/").status == 404
    assert acme.client.get(STONES) == []
    assert world.event(acme.project, "one") == 2
    assert acme.client.ask("GET", ONE).status == 404
    assert acme.client.get(f"{ONE}activities/")["activity"][0]["type"] == "undo"
