"""Events that a search, a time and environments choose: of an issue, and of a project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.bootstrap import Core, CoreSettings, open_core
from core.events import stored
from core.types import JSON
from tests.support.api import Clock, Tenant, World

ISSUE = "/api/0/issues/1/events/"
OURS = "/api/0/organizations/acme/issues/SHOP-1/events/"
SHOP = "/api/0/projects/acme/shop/events/"
TABLE = "/api/0/organizations/acme/events/"


@pytest.fixture
def core(database_url: str, clock: Clock) -> Iterator[Core]:
    core = open_core(CoreSettings(database_url, deletion_grace=60), clock)
    yield core
    core.close()


ADA: JSON = {"level": "error", "tags": {"plan": "free"}}
GRACE: JSON = {"level": "warning", "tags": {"plan": "pro"}, "contexts": {"browser": {"name": "Firefox", "version": "130"}}}
BEN: JSON = {"level": "fatal", "platform": "node", "transaction": "/pay", "request": {"method": "POST", "url": "https://shop.example/pay?x=1"}}


@pytest.fixture
def three(world: World, acme: Tenant) -> Tenant:
    """Three events of one issue, an hour apart, each different in everything that can be asked for. Their ids are 1, 2 and 3."""
    for name, release, environment, payload in (
        ("ada", "shop@1.0.0", "production", ADA),
        ("grace", "shop@1.1.0", "staging", GRACE),
        ("ben", None, None, BEN),
    ):
        tags = tuple(payload.get("tags", {}).items())
        world.event(acme.project, "one", release=release, environment=environment, payload=_payload(name, payload), tags=tags)
        world.clock.move(hours=1)
    return acme


def _payload(name: str, more: JSON) -> JSON:
    frame = {"filename": f"{name}.py", "function": "total", "in_app": True}
    raised = {"type": f"{name.title()}Error", "value": f"{name} is out", "stacktrace": {"frames": [frame]}}
    return {"exception": {"values": [raised]}, "user": {"id": name, "email": f"{name}@example.com"}, **more}


def found(acme: Tenant, path: str, query: str) -> list[int]:
    """The numbers of the events that are found."""
    return [int(event["id"], 16) for event in acme.client.get(f"{path}?{query}")]


QUERIES: dict[str, list[int]] = {
    "": [3, 2, 1],
    "environment:production": [1],
    "!environment:production": [3, 2],
    "environment:[production,staging]": [2, 1],
    "has:environment": [2, 1],
    "level:error": [1],
    "level:>=error": [3, 1],
    "release:shop@1.1.0": [2],
    "release:shop@1.*": [2, 1],
    "!has:release": [3],
    "user.email:ada@example.com": [1],
    "user:ben": [3],
    "user.id:gr*": [2],
    "plan:pro": [2],
    "tags[plan]:free": [1],
    "browser.name:Firefox": [2],
    "url:*/pay": [3],
    "error.type:GraceError": [2],
    "error.value:*out": [3, 2, 1],
    "stack.filename:*ben.py": [3],
    "event.type:error": [3, 2, 1],
    "http.method:POST": [3],
    "platform:node": [3],
    "transaction:pay": [3],
    "message:ADA": [1],
    '"grace is out"': [2],
    "title:benerror": [3],
    "project:shop": [3, 2, 1],
    "issue:SHOP-1 plan:free": [1],
    "issue.id:1": [3, 2, 1],
    "issue:SHOP-9": [],
    "level:error environment:staging": [],
}


def test_a_query_finds_events_and_not_issues(world: World, three: Tenant) -> None:
    for query, numbers in QUERIES.items():
        for path in (ISSUE, OURS, SHOP):
            assert found(three, path, f"query={world.quoted(query)}") == numbers, (path, query)


def test_time_environment_and_order_are_honored(three: Tenant) -> None:
    for query, numbers in {
        "environment=production": [1],
        "environment=production&environment=staging": [2, 1],
        "statsPeriod=90m": [3],
        "statsPeriod=14d&full=true&collapse=x": [3, 2, 1],
        "start=2026-11-23T13:00:00": [3, 2],
        "end=2026-11-23T13:30:00Z": [2, 1],
        "start=2026-11-23T13:30:00%2B00:00&end=2026-11-23T13:30:00%2B00:00": [2],
        "start=2026-11-24": [],
        "sort=timestamp": [1, 2, 3],
        "sort=-timestamp&per_page=2": [3, 2],
        "query=level:>=error&environment=production&statsPeriod=1d&sort=timestamp": [1],
    }.items():
        for path in (ISSUE, OURS, SHOP):
            assert found(three, path, query) == numbers, (path, query)


REFUSED = {
    "query=is:unresolved": "about issues",
    "query=assigned:me": "about issues",
    "query=times_seen:>5": "about issues",
    "query=age:-24h": "about issues",
    "query=release:latest": "about issues",
    "query=timestamp:-24h": "start, end and statsPeriod",
    "query=!nosuchkey:x": "no such key",
    "query=project:nosuch": "no project nosuch",
    "query=level:loud": "cannot search",
    "query=sort:freq": "no such order",
    "sort=-count": "no order of events",
    "statsPeriod=soon": "no length of time",
    "statsPeriod=99999w": "hundred years",
    "statsPeriod=1d&start=2026-11-01": "only one of them",
    "start=2026-12-01&end=2026-11-01": "after end",
    "end=tomorrow": "not a time",
    "nosuchthing=1": "no parameter",
}


def test_what_cannot_be_honored_is_refused(three: Tenant) -> None:
    for query, sentence in REFUSED.items():
        for path in (ISSUE, SHOP, TABLE, f"{ISSUE}latest/", f"{ISSUE}oldest/", f"{OURS}recommended/"):
            answer = three.client.ask("GET", f"{path}?{query}")
            assert answer.status == 400, (path, query, answer)
            has_order = path.endswith("events/") or not query.startswith("sort=")
            assert (sentence if has_order else "no parameter") in str(answer.json), (path, query, answer)


def test_the_newest_and_the_oldest_event_are_those_of_the_chosen_ones(three: Tenant) -> None:
    def one(rest: str) -> int:
        return int(three.client.get(f"{OURS}{rest}")["id"], 16)

    assert (one("latest/"), one("recommended/"), one("oldest/")) == (3, 3, 1)
    assert (one("latest/?environment=staging"), one("oldest/?query=level:>=error%20!plan:free")) == (2, 3)
    assert one("latest/?end=2026-11-23T13:00:00") == 1
    answer = three.client.ask("GET", f"{OURS}latest/?environment=nowhere")
    assert (answer.status, answer.json) == (404, {"detail": "There is no event of this issue that fits."})


def test_a_search_goes_on_where_its_page_ended(world: World, acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MAX_SCANNED_EVENTS", 10)
    monkeypatch.setattr(stored, "_CHUNK_EVENTS", 4)
    for number in range(25):
        world.event(acme.project, "one", payload={"message": f"number {number}", "tags": {"odd": str(number % 2)}}, tags=(("odd", "1"),))
        world.clock.move(seconds=1)
    pages: list[list[Any]] = []
    path = f"{ISSUE}?query=odd:1&per_page=4"
    while path:
        answer = acme.client.ask("GET", path)
        pages.append([event["message"] for event in answer.json])
        (following,) = [part for part in answer.headers["Link"].split(", ") if 'rel="next"' in part]
        path = following.partition("<https://quell.example.com")[2].partition(">")[0] if 'results="true"' in following else ""
    assert [message for page in pages for message in page] == [f"number {number}" for number in range(23, 0, -2)]
    assert max(map(len, pages)) == 4
    assert acme.client.get(f"{ISSUE}latest/?query=%22number%201%22%20odd:1")["message"] == "number 19"
    assert acme.client.get(f"{ISSUE}latest/?query=%22number%202%22%20odd:0%20!message:*2*2*")["message"] == "number 24"
    assert acme.client.get(f"{ISSUE}oldest/?query=%22number%2024%22")["message"] == "number 24"


def test_an_event_is_found_by_its_id_alone(world: World, three: Tenant) -> None:
    event = f"{2:032x}"
    answer = three.client.get(f"/api/0/organizations/acme/eventids/{event}/")
    assert (answer["organizationSlug"], answer["projectSlug"], answer["groupId"], answer["eventId"]) == ("acme", "shop", "1", event)
    assert answer["event"]["release"] == {"version": "shop@1.1.0", "shortVersion": "1.1.0"}
    issues = "/api/0/organizations/acme/issues/"
    assert [issue["id"] for issue in three.client.get(f"{issues}?limit=10&statsPeriod=30d&query={event}")] == ["1"]
    assert three.client.get(f"{issues}?query={event}&project=-1&status=resolved") == []
    assert three.client.get(f"{issues}?query={'f' * 32}") == []
    other = world.tenant("other")
    assert other.client.ask("GET", f"/api/0/organizations/other/eventids/{event}/").status == 404
    assert other.client.get(f"/api/0/organizations/other/issues/?query={event}") == []


ROW = {
    "issue": "SHOP-1",
    "issue.id": 1,
    "id": f"{1:032x}",
    "title": "AdaError: ada is out",
    "project": "shop",
    "project.name": "shop",
    "timestamp": "2026-11-23T12:30:00+00:00",
    "level": "error",
    "message": "ada is out",
    "error.type": ["AdaError"],
    "culprit": "ada.py in total",
    "user.email": "ada@example.com",
    "user.id": "ada",
    "plan": "free",
    "release": "shop@1.0.0",
    "nosuchtag": None,
}


def test_fields_of_events_are_a_table(world: World, three: Tenant) -> None:
    fields = "&".join(f"field={field}" for field in ROW)
    answer = three.client.get(f"{TABLE}?dataset=errors&per_page=1&sort=timestamp&statsPeriod=14d&project=1&referrer=x&query=level:error&{fields}")
    assert answer["data"] == [ROW]
    assert answer["meta"]["fields"]["timestamp"] == "date"
    assert [row["title"][:3] for row in three.client.get(TABLE)["data"]] == ["Ben", "Gra", "Ada"]
    other = world.tenant("other")
    assert other.client.get("/api/0/organizations/other/events/")["data"] == []
    assert other.client.ask("GET", "/api/0/organizations/other/events/?project=1").status == 404


def test_a_table_of_what_is_not_kept_is_refused_by_name(three: Tenant) -> None:
    for query, field in (("dataset=spans", "detail"), ("field=count()", "detail"), ("field=title&sort=-count()", "sort"), ("field=%00", "field")):
        answer = three.client.ask("GET", f"{TABLE}?{query}")
        assert (answer.status, list(answer.json)) == (400, [field])


def test_a_table_can_be_checked_before_it_is_asked_for(three: Tenant) -> None:
    check = f"{TABLE}validate/"
    fine = three.client.get(f"{check}?dataset=errors&project=1&query=level:error&statsPeriod=14d&field=title&field=plan&orderby=-timestamp")
    assert (fine["valid"], [field["valid"] for field in fine["field"]], fine["orderby"][0]["valid"]) == (True, [True, True], True)
    wrong = three.client.get(f"{check}?dataset=logs&query=is:unresolved&field=count()&orderby=-count()")
    assert wrong["valid"] is False
    assert [wrong[part][0]["valid"] for part in ("dataset", "field", "orderby")] == [False, False, False]
    assert "about issues" in wrong["query"]["error"]
