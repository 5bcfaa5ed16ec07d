"""Many issues over HTTP: lists, pages, bulk changes."""

from __future__ import annotations

import re

import pytest

from bot.api.schemas import issues as issue_schemas
from tests.support.api import Answer, Tenant, World

ISSUES = "/api/0/organizations/acme/issues/"
SHOP = "/api/0/projects/acme/shop/issues/"


@pytest.fixture
def three(world: World, acme: Tenant) -> list[str]:
    """Three issues, the last one newest."""
    found = []
    for name in ("one", "two", "three"):
        world.clock.move(minutes=1)
        found.append(str(world.event(acme.project, name)))
    return found


def ids(answer: list[dict[str, str]]) -> list[str]:
    return [issue["id"] for issue in answer]


def changed(answer: Answer) -> tuple[str, str]:
    return answer.headers["X-Quell-Matched"], answer.headers["X-Quell-Changed"]


def cursors(answer: Answer) -> dict[str, tuple[str, str, str]]:
    """The Link header: url, results and cursor by rel."""
    form = r'<([^>]+)>; rel="(\w+)"; results="(true|false)"; cursor="([^"]+)"'
    return {rel: (url, results, cursor) for url, rel, results, cursor in re.findall(form, answer.headers["Link"])}


@pytest.mark.parametrize("address", [ISSUES, SHOP])
def test_a_list_shows_the_open_issues_unless_asked_otherwise(acme: Tenant, three: list[str], address: str) -> None:
    one, two, last = three
    acme.client.put(f"/api/0/issues/{one}/", status="resolved")
    acme.client.put(f"/api/0/issues/{two}/", status="ignored")
    expected = {
        "": [last],
        "?query=": [last, two, one],
        "?query=&cursor=": [last, two, one],
        "?query=is:unresolved": [last],
        "?query=is:resolved": [one],
        "?query=is:ignored": [two],
        "?query=is:archived%20is:muted": [two],
        "?query=is:archived&status=resolved": [],
        "?status=": [last],
        "?status=unresolved": [last],
        "?status=resolved": [one],
        "?status=muted&query=": [two],
        f"?id={one}&id=SHOP-3&id=99": [one, last],
    }
    for query, wanted in expected.items():
        assert ids(acme.client.get(address + query)) == wanted, query
    for issue in acme.client.get(f"{address}?query="):
        issue_schemas.IssueJson.model_validate(issue)


def test_a_list_of_the_organization_can_be_narrowed_to_a_project(world: World, acme: Tenant, three: list[str]) -> None:
    world.event(world.core.directory.create_project("api", "acme", None), "elsewhere")
    for name in ("shop", acme.project.id):
        assert ids(acme.client.get(f"{ISSUES}?project={name}")) == three[::-1]
    assert len(acme.client.get(f"{ISSUES}?project=-1")) == 4
    assert acme.client.ask("GET", f"{ISSUES}?project=nothing").status == 404
    assert len(acme.client.get(f"{ISSUES}?project=shop&project=api")) == 4
    assert ids(acme.client.get(f"{ISSUES}?project=api&id=1")) == []
    assert ids(acme.client.get(f"{ISSUES}?project=api&project=shop&id=1&id=SHOP-2")) == ["1", "2"]


@pytest.mark.parametrize("word", ["level:loud", "is:open", "age:soon", "assigned:#nobody", "project:nothing", "sort:sideways"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_query_that_cannot_be_read_is_refused_with_the_word(acme: Tenant, three: list[str], method: str, word: str) -> None:
    answer = acme.client.ask(
        method, f"{ISSUES}?query=is:unresolved%20{word.replace('#', '%23')}", {"status": "resolved"} if method == "PUT" else None
    )
    assert (answer.status, list(answer.json)) == (400, ["detail"])
    assert word.partition(":")[2].lstrip("#") in answer.json["detail"]
    assert ids(acme.client.get(ISSUES)) == three[::-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=open", "status"),
        ("cursor=banana", "cursor"),
        ("cursor=0:x:0", "cursor"),
        ("cursor=0:99999999999:0", "cursor"),
        ("limit=0", "limit"),
        ("per_page=0", "per_page"),
        ("limit=x", "limit"),
        ("id=", "id"),
        ("id=no%20id", "id"),
    ],
)
def test_a_wrong_parameter_is_refused_under_its_name(acme: Tenant, query: str, field: str) -> None:
    answer = acme.client.ask("GET", f"{ISSUES}?{query}")
    assert (answer.status, list(answer.json)) == (400, [field])


def test_pages_follow_each_other_by_the_link_header(world: World, acme: Tenant) -> None:
    made = [str(number) for number in world.issues(acme.project, [f"issue {number}" for number in range(205)])]
    first = acme.client.ask("GET", f"{SHOP}?query=")
    assert first.headers["Link"].startswith(
        '<https://quell.example.com/api/0/projects/acme/shop/issues/?query=&cursor=0%3A0%3A1>; rel="previous"; results="false"; cursor="0:0:1", '
        "<https://quell.example.com/api/0/projects/acme/shop/issues/?query=&cursor="
    )
    found, answer = ids(first.json), first
    while cursors(answer)["next"][1] == "true":
        answer = acme.client.ask("GET", f"{SHOP}?query=&cursor={cursors(answer)['next'][2]}")
        found += ids(answer.json)
    assert found == made[::-1]
    assert len(answer.json) == 5
    before = acme.client.ask("GET", f"{SHOP}?query=&cursor={cursors(answer)['previous'][2]}")
    assert ids(before.json) == found[100:200]
    assert cursors(before)["previous"][1] == cursors(before)["next"][1] == "true"
    assert ids(acme.client.ask("GET", f"{SHOP}?limit=2&cursor=0:2:0").json) == found[2:4]
    assert cursors(acme.client.ask("GET", f"{SHOP}?limit=100&cursor=0:105:0"))["next"][1] == "false"
    assert (
        cursors(acme.client.ask("GET", f"{SHOP}?query=&cursor=0:100:0"))["next"]
        == cursors(acme.client.ask("GET", cursors(first)["next"][0][25:]))["next"]
    )


@pytest.mark.parametrize("address", [ISSUES, SHOP])
def test_a_bulk_change_answers_the_delta_and_how_much_changed(acme: Tenant, three: list[str], address: str) -> None:
    one, two, _ = three
    answer = acme.client.ask("PUT", f"{address}?id={one}&id=shop-2&id={two}&id=99&id=SHOP-ZZ&id=99999999999999999999", {"status": "resolved"})
    assert (answer.status, answer.json) == (200, {"status": "resolved", "statusDetails": {}, "inbox": None})
    assert changed(answer) == ("2", "2")
    answer = acme.client.ask("PUT", address, {"ids": [one, 3, "SHOP-2"], "status": "resolved", "assignedTo": "ada@acme.example"})
    assert answer.json["assignedTo"] == {"type": "user", "id": "1", "name": "Ada Lovelace", "email": "ada@acme.example"}
    issue_schemas.DeltaJson.model_validate(answer.json)
    assert changed(answer) == ("3", "3")
    assert changed(acme.client.ask("PUT", f"{address}?id=1", {"status": "resolved"})) == ("1", "0")


def test_the_delta_holds_only_what_was_asked_for(acme: Tenant, three: list[str]) -> None:
    asked: list[tuple[dict[str, object], object]] = [
        ({}, {}),
        ({"status": "unresolved"}, {"status": "unresolved", "statusDetails": {}}),
        ({"status": "muted", "snoozeDuration": None}, {"status": "ignored", "statusDetails": {}, "inbox": None}),
        (
            {"status": "ignored", "substatus": "archived_forever"},
            {"status": "ignored", "statusDetails": {}, "inbox": None, "substatus": "archived_forever"},
        ),
        ({"assignedTo": ""}, {"assignedTo": None}),
        ({"inbox": False}, {"inbox": False}),
    ]
    for body, delta in asked:
        assert acme.client.put(f"{ISSUES}?id=1&id=2", **body) == delta


@pytest.mark.parametrize("address", [ISSUES, SHOP])
def test_where_nothing_is_named_that_exists_nothing_happens(acme: Tenant, three: list[str], address: str) -> None:
    bodies: list[dict[str, object]] = [{"status": "resolved"}, {"assignedTo": "1"}, {"inbox": False}, {}]
    for body in bodies:
        assert acme.client.ask("PUT", f"{address}?id=99", body).status == 204
        assert acme.client.ask("PUT", address, {"ids": [], **body}).status == 204
    for named in ("?id=99", "?id=SHOP-ZZ"):
        answer = acme.client.ask("DELETE", address + named)
        assert (answer.status, changed(answer)) == (204, ("0", "0"))
    assert ids(acme.client.get(ISSUES)) == three[::-1]


def test_one_wrong_id_refuses_the_whole_request(acme: Tenant, three: list[str]) -> None:
    for wrong in ("", "no id", "1.5", "-1", "1,2"):
        answer = acme.client.ask("PUT", f"{ISSUES}?id=1&id={wrong}", {"status": "resolved"})
        assert (answer.status, list(answer.json)) == (400, ["id"])
    for wrong_body in ("1", {"1": 1}, [1, None], [True], [1.5], [-1], ["no id"], [[1]], list(range(1, 10_002))):
        assert list(acme.client.refused(ISSUES, ids=wrong_body, status="resolved")) == ["ids"]
    assert ids(acme.client.get(ISSUES)) == three[::-1]


def test_ten_thousand_ids_are_one_request(acme: Tenant, three: list[str]) -> None:
    assert changed(acme.client.ask("PUT", ISSUES, {"ids": list(range(1, 10_001)), "status": "resolved"})) == ("3", "3")


def test_a_project_touches_only_its_own_issues(world: World, acme: Tenant, three: list[str]) -> None:
    other = str(world.event(world.core.directory.create_project("api", "acme", None), "elsewhere"))
    answer = acme.client.ask("PUT", f"{SHOP}?id={other}&id=API-1&id=1", {"status": "resolved"})
    assert changed(answer) == ("1", "1")
    for address in (SHOP, f"{ISSUES}?project=shop"):
        assert acme.client.ask("DELETE", f"{address}{'&' if '?' in address else '?'}id={other}").status == 204
    assert acme.client.get(f"/api/0/issues/{other}/")["status"] == "unresolved"
    assert ids(acme.client.get(f"{SHOP}?id={other}")) == []


def test_a_bulk_deletion_takes_issues_out_of_every_list(acme: Tenant, three: list[str]) -> None:
    one, two, last = three
    answer = acme.client.ask("DELETE", SHOP, {"ids": [one, "SHOP-2"]})
    assert (answer.status, changed(answer)) == (204, ("2", "2"))
    assert ids(acme.client.get(f"{SHOP}?query=")) == [last]
    assert ids(acme.client.get(f"{SHOP}?id={one}&id={two}")) == []
    assert acme.client.ask("PUT", f"{SHOP}?id={two}", {"status": "resolved"}).status == 204
    assert changed(acme.client.ask("DELETE", f"{SHOP}?id={two}")) == ("0", "0")


def test_a_repeated_bulk_change_is_answered_as_before(acme: Tenant, three: list[str]) -> None:
    body, headers = {"ids": three, "status": "resolved"}, {"Idempotency-Key": "bulk"}
    first, again = (acme.client.ask("PUT", ISSUES, body, headers=headers) for _ in range(2))
    assert first.json == again.json
    assert (changed(first), changed(again)) == (("3", "3"), ("3", "0"))


def test_a_stale_bulk_change_is_refused_whole(acme: Tenant, three: list[str]) -> None:
    acme.client.put("/api/0/issues/2/", status="resolved")
    answer = acme.client.ask("PUT", f"{ISSUES}?id=1&id=2", {"status": "ignored", "expectedVersion": 1})
    assert (answer.status, answer.json["conflict"]["issue"]) == (409, "SHOP-2")
    assert acme.client.get("/api/0/issues/1/")["status"] == "unresolved"
