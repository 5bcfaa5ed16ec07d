"""Stored events over HTTP, in Sentry's shape."""

from __future__ import annotations

import pytest

from bot.api.schemas.events import EventJson, WholeEventJson
from core.mapping import mapper
from core.types import JSON
from tests.support.api import Tenant, World
from tests.support.artifacts.bundles import DEBUG_ID, assert_uploaded, bundle, map_file, script_file
from tests.support.artifacts.source_maps import bundle_of, js_event

SHOP = "/api/0/projects/acme/shop/events/"
FRAME = {
    "filename": "cart.py",
    "function": "total",
    "lineno": 7,
    "pre_context": ["a", "b"],
    "context_line": "c",
    "post_context": ["d"],
    "in_app": True,
}
PAYLOAD: JSON = {
    "platform": "python",
    "level": "error",
    "transaction": "/pay",
    "exception": {"values": [{"type": "ValueError", "value": "no", "stacktrace": {"frames": [FRAME, {"function": "run", "in_app": False}]}}]},
    "breadcrumbs": {"values": [{"category": "http", "message": "GET /", "timestamp": 1.5}]},
    "request": {"url": "https://shop.example/pay", "method": "POST", "headers": {"Host": "shop.example"}, "query_string": "a=1"},
    "contexts": {"runtime": {"name": "CPython"}, "odd": 1},
    "tags": {"browser": "Firefox"},
    "user": {"id": 42, "email": "grace@example.com"},
    "extra": {"cart": [1]},
}


@pytest.fixture
def issue(world: World, acme: Tenant) -> str:
    world.event(acme.project, "one", release="shop@1.0.0", environment="production", payload=PAYLOAD)
    return "/api/0/issues/1/"


def test_events_are_listed_newest_first(world: World, acme: Tenant, issue: str) -> None:
    world.clock.move(minutes=1)
    world.event(acme.project, "one")
    world.event(acme.project, "two")
    assert [event["id"] for event in acme.client.get(f"{issue}events/")] == [f"{2:032x}", f"{1:032x}"]
    listed = acme.client.get(f"{SHOP}?cursor=")
    assert [event["groupID"] for event in listed] == ["2", "1", "1"]
    for event in listed:
        EventJson.model_validate(event)
    assert listed[1]["title"] == "ValueError: one"


def test_an_event_of_a_list_has_the_keys_of_the_contract(acme: Tenant, issue: str) -> None:
    (event,) = acme.client.get(f"{issue}events/")
    assert event == {
        "id": f"{1:032x}",
        "eventID": f"{1:032x}",
        "groupID": "1",
        "projectID": "1",
        "title": "ValueError: no",
        "message": "no",
        "platform": "python",
        "dateCreated": "2026-11-23T12:30:00Z",
        "dateReceived": "2026-11-23T12:30:00Z",
        "tags": [
            {"key": "browser", "value": "Firefox"},
            {"key": "environment", "value": "production"},
            {"key": "level", "value": "error"},
            {"key": "release", "value": "shop@1.0.0"},
        ],
        "user": {"id": "42", "email": "grace@example.com", "username": None, "ip_address": None, "name": None},
        "release": "shop@1.0.0",
        "environment": "production",
    }


@pytest.mark.parametrize("rest", ["latest/", "recommended/", "oldest/", f"{1:032x}/"])
@pytest.mark.parametrize("prefix", ["/api/0/issues/SHOP-1/", "/api/0/organizations/acme/issues/1/"])
def test_one_event_has_its_entries_and_contexts(acme: Tenant, issue: str, prefix: str, rest: str) -> None:
    event = acme.client.get(f"{prefix}events/{rest}")
    WholeEventJson.model_validate(event)
    entries = {entry["type"]: entry["data"] for entry in event["entries"]}
    assert list(entries) == ["exception", "breadcrumbs", "request"]
    raised = entries["exception"]["values"][0]
    assert (raised["type"], raised["stacktrace"]["frames"][0]["context"]) == ("ValueError", [[5, "a"], [6, "b"], [7, "c"], [8, "d"]])
    assert raised["stacktrace"]["frames"][0]["inApp"] is True
    assert entries["request"]["headers"] == [["Host", "shop.example"]]
    assert event["contexts"] == {"runtime": {"type": "runtime", "name": "CPython"}}
    # Below an organization the release is an object, as Sentry's clients read it.
    is_sentrys = "organizations" in prefix
    assert event["release"] == ({"version": "shop@1.0.0", "shortVersion": "1.0.0"} if is_sentrys else "shop@1.0.0")
    assert acme.client.get(f"{SHOP}{event['eventID']}/") == {**event, "release": "shop@1.0.0"}


@pytest.mark.parametrize("odd", [None, 1, "text", [], [1], {"values": 1}, {"values": [1, {}]}, {"values": [{"stacktrace": {"frames": [1, {}]}}]}])
def test_payloads_of_any_shape_are_shown(world: World, acme: Tenant, odd: object) -> None:
    parts = ("exception", "breadcrumbs", "threads", "request", "contexts", "tags", "user", "extra", "sdk", "modules", "logentry", "level")
    world.event(acme.project, "odd", payload=dict.fromkeys(parts, odd))
    WholeEventJson.model_validate(acme.client.get("/api/0/issues/1/events/latest/"))


def test_an_event_that_is_not_there_is_not_found(world: World, acme: Tenant, issue: str) -> None:
    world.event(acme.project, "two")
    for path in (f"{issue}events/{2:032x}/", f"{issue}events/{'f' * 32}/", f"{issue}events/no/", f"{SHOP}{'g' * 33}/", f"{SHOP}%00/"):
        assert acme.client.ask("GET", path).status == 404
    acme.client.ask("DELETE", issue)
    for path in (f"{SHOP}{1:032x}/", f"{issue}events/", f"{issue}events/latest/"):
        assert acme.client.ask("GET", path).status == 404
    assert [event["groupID"] for event in acme.client.get(SHOP)] == ["2"]


def test_events_of_a_merged_issue_are_the_primarys_at_once(world: World, acme: Tenant, issue: str) -> None:
    world.clock.move(minutes=1)
    world.event(acme.project, "two")
    acme.client.put("/api/0/organizations/acme/issues/?id=1&id=2", merge=True)
    assert [event["groupID"] for event in acme.client.get(f"{issue}events/")] == ["1", "1"]
    assert [event["groupID"] for event in acme.client.get(SHOP)] == ["1", "1"]
    assert acme.client.get(f"{issue}events/{2:032x}/")["groupID"] == "1"


def test_the_tags_of_an_issue_are_counted(world: World, acme: Tenant, issue: str) -> None:
    world.event(acme.project, "one", environment="production")
    tags = {tag["key"]: tag for tag in acme.client.get(issue)["tags"]}
    assert tags["environment"] == {
        "key": "environment",
        "name": "environment",
        "totalValues": 2,
        "topValues": [{"value": "production", "count": 2}],
    }


def test_an_event_that_came_before_its_map_has_the_frames_of_the_original_code(world: World, acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapper, "VIEW_SECONDS", 60.0)
    bundled = bundle_of("webpack")
    world.event(acme.project, "one", payload=js_event(bundled.frames, {bundled.url: DEBUG_ID}))
    before = acme.client.get("/api/0/issues/1/events/latest/")
    assert [error["message"] for error in before["errors"]] == [f"No source map for {bundled.url} (debug id {DEBUG_ID})."]
    files = [(script_file(bundled.url, DEBUG_ID), bundled.script.encode()), (map_file(f"{bundled.url}.map", DEBUG_ID), bundled.map.encode())]
    assert_uploaded(world.core, bundle(files), acme.project)
    paths = ("/api/0/issues/1/events/latest/", f"/api/0/issues/1/events/{before['id']}/", f"{SHOP}{before['id']}/")
    after = [acme.client.get(path) for path in paths]
    WholeEventJson.model_validate(after[0])
    assert after[0] == after[1] == after[2]
    (raised,) = after[0]["entries"][0]["data"]["values"]
    newest, raw = raised["stacktrace"]["frames"][-1], raised["rawStacktrace"]["frames"][-1]
    assert (newest["filename"], newest["function"], newest["lineNo"], len(newest["context"])) == ("src/cart/total.ts", "Cart.checkout", 11, 11)
    assert (raw["absPath"], raw["colNo"]) == (bundled.url, bundled.frames[-1]["colno"])
    assert (after[0]["errors"], after[0]["metadata"]["filename"]) == ([], "src/cart/total.ts")
    assert acme.client.get("/api/0/issues/1/")["title"] == "ValueError: one", "the issue stays as it was made"
