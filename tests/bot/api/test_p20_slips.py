"""A slip never hits more than was meant: what nobody knows is refused, with nothing changed, on every writing route.

Each request here is one letter or one word away from one that is right. A dump of the whole database before and after shows that it did nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select

from bot.api.writing.parameters import ACCEPTED
from core.accounts.directory import Newcomer
from core.bootstrap import Core, CoreSettings, open_core
from core.db.columns import Base
from core.types import Role
from tests.support.api import Answer, Clock, Tenant, World, the_api

ROUTES = [route for route in the_api().routes if isinstance(route, APIRoute)]
WRITING = [(method, route.path) for route in ROUTES for method in route.methods or () if method != "GET"]
FORMS = {("POST", route.path) for route in ROUTES if "multipart/form-data" in str(route.openapi_extra)}
"""Those that take a form and no JSON."""
READING = [route.path for route in ROUTES if "GET" in (route.methods or ())]
MANY = "/api/0/organizations/acme/issues/"
SHOP = "/api/0/projects/acme/shop/issues/"
ONE = "/api/0/issues/1/"
RELEASES = "/api/0/organizations/acme/releases/"
RESOLVED: dict[str, Any] = {"status": "resolved"}


KNOWN = {
    "org": "acme",
    "project": "shop",
    "issue": "1",
    "version": "shop@1.0.0",
    "activity": "2",
    "tombstone": "1",
    "event": f"{1:032x}",
    "team": "payments",
    "key": "environment",
    "short_id": "SHOP-1",
    "file": "1",
}


@pytest.fixture
def core(database_url: str, clock: Clock) -> Iterator[Core]:
    core = open_core(CoreSettings(database_url, deletion_grace=60), clock)
    yield core
    core.close()


@pytest.fixture
def house(world: World, acme: Tenant) -> Tenant:
    """Four open issues, one of them deleted, a release, and a tombstone: everything that a route can be about."""
    world.release(acme, "shop@1.0.0", commits=[{"id": "a" * 40, "repository": "acme/shop"}])
    world.issues(acme.project, ["one", "two", "three", "four", "five"], release="shop@1.0.0", environment="production")
    acme.client.ask("PUT", "/api/0/issues/4/", {"discard": True})
    acme.client.ask("DELETE", "/api/0/issues/5/")
    world.core.directory.create_team("payments", acme.id, [acme.project.id])
    return acme


def dump(core: Core) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with core.database.read() as work:
        return {table.name: sorted(map(tuple, work.session.execute(select(table))), key=repr) for table in Base.metadata.sorted_tables}


def address(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: KNOWN[match[1]], path)


def form_of(name: str) -> aiohttp.FormData:
    """A form with a part of this name."""
    made = aiohttp.FormData(default_to_multipart=True)
    made.add_field(name, "1")
    return made


def slip(world: World, house: Tenant, method: str, path: str, body: object = None, **more: Any) -> Answer:
    """A request that must change nothing."""
    before = dump(world.core)
    answer = house.client.ask(method, path, body, **more)
    assert dump(world.core) == before, (method, path, body)
    return answer


def test_every_writing_route_refuses_what_it_does_not_know(world: World, house: Tenant) -> None:
    assert len(WRITING) > 15
    for method, path in WRITING:
        answer = slip(world, house, method, f"{address(path)}?nosuchthing=1")
        assert (answer.status, list(answer.json)) == (400, ["nosuchthing"]), (method, path, answer)
        answer = slip(world, house, method, address(path), {"nosuchthing": 1})
        if (method, path) in FORMS:
            assert answer.status == 415, (method, path, answer)
            answer = slip(world, house, method, address(path), data=form_of("nosuchthing"))
        assert (answer.status, list(answer.json)) == (400, ["nosuchthing"]), (method, path, answer)
        assert answer.json["nosuchthing"][0].endswith("Nothing was changed.")


@pytest.mark.slow
def test_every_list_refuses_what_it_does_not_know_but_for_what_real_clients_send(world: World, house: Tenant) -> None:
    lists = [path for path in READING if isinstance(house.client.get(address(path)), list)]
    assert len(lists) > 8
    for path in lists:
        answer = house.client.ask("GET", f"{address(path)}?nosuchthing=1")
        assert (answer.status, list(answer.json)) == (400, ["nosuchthing"]), path
        assert house.client.ask("GET", f"{address(path)}?{'&'.join(f'{name}=x&{name}=y' for name in ACCEPTED)}").status == 200, path
        for name in ("limit", "per_page", "cursor", "query", "status", "sort", "environment", "statsPeriod", "start", "end", "project"):
            # Honored, or refused by its name: that it makes no difference cannot be told from here.
            refused = house.client.ask("GET", f"{address(path)}?{name}=%00&{name}=%00")
            assert (refused.status, list(refused.json)) in ((400, [name]), (404, ["detail"]), (400, ["detail"])), (path, name, refused)


SLIPS: list[tuple[str, str, Any, str]] = [
    ("PUT", f"{MANY}?ids=1", RESOLVED, "ids"),
    ("PUT", f"{MANY}?issue=SHOP-1", RESOLVED, "issue"),
    ("PUT", f"{MANY}?id[]=1", RESOLVED, "id[]"),
    ("PUT", f"{MANY}?ID=1", RESOLVED, "ID"),
    ("PUT", f"{MANY}?id=", RESOLVED, "id"),
    ("PUT", f"{MANY}?id=1&id=", RESOLVED, "id"),
    ("PUT", f"{MANY}?id=1,2", RESOLVED, "id"),
    ("PUT", MANY, {"id": ["1"], **RESOLVED}, "id"),
    ("PUT", MANY, {"issues": ["1"], **RESOLVED}, "issues"),
    ("PUT", MANY, {"ids": None, **RESOLVED}, "ids"),
    ("PUT", MANY, {"ids": "1", **RESOLVED}, "ids"),
    ("PUT", MANY, {"ids": {"1": True}, **RESOLVED}, "ids"),
    ("PUT", MANY, {"ids": [None], **RESOLVED}, "ids"),
    ("PUT", f"{MANY}?id=1", {"ids": ["2"], **RESOLVED}, "ids"),
    ("PUT", f"{MANY}?id=1&query=is:unresolved", RESOLVED, "id"),
    ("PUT", f"{MANY}?id=1&status=unresolved", RESOLVED, "id"),
    ("PUT", f"{MANY}?query=one&query=two", RESOLVED, "query"),
    ("PUT", f"{MANY}?status=unresolved&status=resolved", RESOLVED, "status"),
    ("PUT", f"{MANY}?status=", RESOLVED, "status"),
    ("PUT", f"{MANY}?environment=", RESOLVED, "environment"),
    ("PUT", f"{MANY}?project=", RESOLVED, "project"),
    ("PUT", f"{MANY}?query=one&limit=1", RESOLVED, "limit"),
    ("PUT", f"{MANY}?query=one&sort=new", RESOLVED, "sort"),
    ("PUT", f"{MANY}?query=one&start=2026-11-01", RESOLVED, "start"),
    ("PUT", f"{MANY}?query=one&statsPeriod=soon", RESOLVED, "statsPeriod"),
    ("PUT", f"{SHOP}?project=web", RESOLVED, "project"),
    ("PUT", f"{MANY}?id=1", {"status": "resolved", "statusDetails": {"inRelase": "shop@1.0.0"}}, "statusDetails"),
    ("PUT", f"{MANY}?id=1", {"status": "ignored", "ignoreDuraton": 30}, "ignoreDuraton"),
    ("PUT", f"{MANY}?id=1", {"status": "resolved", "inNextRelease": True}, "inNextRelease"),
    ("PUT", f"{MANY}?query=!nosuchkey:x", RESOLVED, "detail"),
    ("PUT", f"{MANY}?query=!firstRelease:", RESOLVED, "detail"),
    ("PUT", f"{MANY}?query=NOT%20level:error", RESOLVED, "detail"),
    ("PUT", f"{MANY}?query=!(level:error)", RESOLVED, "detail"),
    ("PUT", f"{MANY}?query=!nosuchkey:x", {"merge": True}, "detail"),
    ("PUT", f"{MANY}?query=!level:info", {"merge": True}, "detail"),
    ("PUT", f"{MANY}?query=!level:info", {"discard": True}, "detail"),
    ("DELETE", f"{MANY}?query=!firstRelease:x", None, "detail"),
    ("DELETE", f"{MANY}?query=!nosuchkey:x", None, "detail"),
    ("DELETE", f"{MANY}?query=!has:nosuchkey", None, "detail"),
    ("DELETE", f"{MANY}?query=!level:info", None, "detail"),
    ("DELETE", f"{MANY}?query=*", None, "detail"),
    ("DELETE", f"{MANY}?query=is:unresolved%20OR%20is:resolved", None, "detail"),
    ("DELETE", f"{MANY}?ids=1", None, "ids"),
    ("DELETE", f"{MANY}?status=unresolved", None, "detail"),
    ("DELETE", MANY, {"id": ["1"]}, "id"),
    ("DELETE", MANY, {"ids": None}, "ids"),
    ("DELETE", ONE, {"ids": ["1"]}, "ids"),
    ("PUT", f"{ONE}?expectedVersion=1", RESOLVED, "expectedVersion"),
    ("PUT", ONE, {"ids": ["2"], **RESOLVED}, "ids"),
    ("PUT", ONE, {"expectedVersion": None, **RESOLVED}, "expectedVersion"),
    ("PUT", f"{ONE}hashes/?hash=one", None, "hash"),
    ("PUT", f"{ONE}hashes/", {"ids": ["one"]}, "ids"),
    ("POST", f"{ONE}comments/", {"text": "hm", "txt": "hm"}, "txt"),
    ("POST", RELEASES, {"version": "2", "projects": ["shop"], "project": "shop"}, "project"),
    ("POST", RELEASES, {"version": "2", "projects": ["shop"], "commits": [{"id": "b" * 40, "repo": "x"}]}, "commits"),
    ("PUT", f"{RELEASES}shop@1.0.0/", {"refs": [{"repository": "acme/shop", "commit": "HEAD", "previous": "x"}]}, "refs"),
    ("POST", f"{RELEASES}shop@1.0.0/deploys/", {"environment": "prod", "env": "prod"}, "env"),
]
"""Method, address, body, and the name that the refusal stands under."""


@pytest.mark.parametrize("number", range(0, len(SLIPS), 10))
def test_a_slip_is_refused_by_name_and_changes_nothing(world: World, house: Tenant, number: int) -> None:
    for method, path, body, name in SLIPS[number : number + 10]:
        answer = slip(world, house, method, path, body)
        assert (answer.status, list(answer.json)) == (400, [name]), (method, path, body, answer)


def test_the_nearest_name_is_offered(house: Tenant) -> None:
    said = {
        f"{MANY}?ids=1": ("ids", 'did you mean "id"?'),
        f"{MANY}?id[]=1": ("id[]", 'did you mean "id"?'),
        f"{MANY}?quary=x": ("quary", 'did you mean "query"?'),
        f"{MANY}?issue=1": ("issue", "known are: environment, id, project, query, stats"),
    }
    for path, (name, hint) in said.items():
        assert hint in house.client.refused(path, **RESOLVED)[name][0]
    assert 'did you mean "ids"?' in house.client.refused(MANY, id=["1"])["id"][0]
    details = house.client.refused(ONE, status="resolved", statusDetails={"inRelase": "x"})
    assert 'did you mean "inRelease"?' in details["statusDetails"]["inRelase"][0]
    assert "the nearest is “firstRelease”" in house.client.refused(f"{MANY}?query=!firstRelese:x", **RESOLVED)["detail"]


def test_many_unknown_names_cost_little_and_are_told_in_part(world: World, house: Tenant) -> None:
    body = {f"{number}{'x' * 200}": number for number in range(3_000)}
    answer = slip(world, house, "PUT", ONE, body)
    assert (answer.status, len(answer.json)) == (400, 10)
    assert all(len(name) < 70 for name in answer.json)


def test_a_period_selects_only_what_was_seen_in_it(world: World, house: Tenant) -> None:
    world.clock.move(days=3)
    world.event(house.project, "one")
    assert [issue["id"] for issue in house.client.get(f"{MANY}?statsPeriod=24h")] == ["1"]
    answer = house.client.ask("PUT", f"{MANY}?statsPeriod=2d&query=", RESOLVED)
    assert answer.headers["X-Quell-Matched"] == "1"


def test_more_than_a_hundred_on_a_page_mean_a_hundred(world: World, house: Tenant) -> None:
    world.issues(house.project, [f"issue {number}" for number in range(101)])
    for asked in ("limit=101", "per_page=1000", "limit=99999999999999999999", "limit=100&per_page=500"):
        assert len(house.client.get(f"{MANY}?query=&{asked}")) == 100, asked
    assert len(house.client.get(f"{MANY}?query=&limit=7&per_page=9")) == 7


# The same key for something else ------------------------------------------------------------------------------------


def test_a_key_is_for_one_request_of_one_person(world: World, house: Tenant) -> None:
    ben = world.core.directory.create_user(house.id, Newcomer("Ben", "ben@acme.example", None), Role.ADMIN)
    others = [world.client(world.core.directory.create_token(house.id, ben)), house.nobody]
    headers = {"Idempotency-Key": "k"}
    first = house.client.ask("PUT", f"{MANY}?id=1", RESOLVED, headers=headers)
    assert first.headers["X-Quell-Changed"] == "1"
    reused: list[tuple[str, str, Any]] = [
        ("PUT", f"{MANY}?id=2", RESOLVED),
        ("PUT", f"{MANY}?id=1&id=2", RESOLVED),
        ("PUT", f"{MANY}?id=1", {"status": "ignored"}),
        ("PUT", f"{MANY}?query=is:unresolved", RESOLVED),
        ("PUT", f"{SHOP}?id=1", RESOLVED),
        ("PUT", ONE, RESOLVED),
        ("DELETE", f"{MANY}?id=1", None),
        ("DELETE", ONE, None),
        ("DELETE", f"{MANY}?query=is:unresolved", None),
        ("POST", f"{ONE}comments/", {"text": "hm"}),
        ("POST", "/api/0/issues/5/restore/", None),
        ("POST", "/api/0/activities/2/undo/", None),
    ]
    for method, path, body in reused:
        answer = slip(world, house, method, path, body, headers=headers)
        assert (answer.status, list(answer.json)) == (409, ["detail"]), (method, path, answer)
    before = dump(world.core)
    for other in others:
        assert other.ask("PUT", f"{MANY}?id=1", RESOLVED, headers=headers).status == 409
    again = house.client.ask("PUT", f"{MANY}?id=1", RESOLVED, headers=headers)
    assert (again.status, again.json, again.headers["X-Quell-Changed"]) == (200, first.json, "0")
    assert dump(world.core) == before


def test_a_change_of_what_a_query_finds_is_answered_again_as_a_whole(world: World, house: Tenant) -> None:
    headers = {"Idempotency-Key": "by query"}
    first = house.client.ask("PUT", f"{MANY}?query=is:unresolved", RESOLVED, headers=headers)
    assert first.headers["X-Quell-Changed"] == "3"
    world.event(house.project, "another")
    again = slip(world, house, "PUT", f"{MANY}?query=is:unresolved", RESOLVED, headers=headers)
    assert (again.json, again.headers["X-Quell-Matched"], again.headers["X-Quell-Changed"]) == (first.json, "3", "0")
    assert slip(world, house, "PUT", f"{MANY}?query=is:unresolved", {"status": "ignored"}, headers=headers).status == 409
    assert slip(world, house, "PUT", f"{MANY}?id=1", RESOLVED, headers=headers).status == 409


# Who may what -------------------------------------------------------------------------------------------------------


def test_a_members_token_does_nothing_that_chats_keep_for_admins(world: World, house: Tenant) -> None:
    ben = world.core.directory.create_user(house.id, Newcomer("Ben", "ben@acme.example", None), Role.MEMBER)
    deleted = house.client.get("/api/0/issues/5/activities/")["activity"][0]["id"]
    member = [
        world.client(world.core.directory.create_token(house.id, ben)),
        world.client(world.core.directory.create_token(house.id, None, ["event:write"])),
    ]
    grave: list[tuple[str, str, Any]] = [
        ("PUT", f"{MANY}?id=1&id=2", {"merge": True}),
        ("PUT", f"{MANY}?id=1&id=2", {"merge": "true", "status": "nonsense"}),
        ("PUT", f"{MANY}?query=level:error", {"merge": 1}),
        ("PUT", f"{MANY}?id=1", {"discard": True}),
        ("PUT", ONE, {"discard": "1"}),
        ("DELETE", ONE, None),
        ("DELETE", f"{MANY}?id=1", None),
        ("POST", "/api/0/issues/5/restore/", None),
        ("POST", f"/api/0/activities/{deleted}/undo/", None),
        ("PUT", f"{ONE}hashes/?id=one", None),
        ("DELETE", "/api/0/projects/acme/shop/tombstones/1/", None),
    ]
    before = dump(world.core)
    for client in member:
        for method, path, body in grave:
            answer = client.ask(method, path, body)
            assert answer.status == 403, (method, path, answer)
            assert "Nothing was changed." in answer.json["detail"]
    assert dump(world.core) == before
    assert member[0].ask("PUT", ONE, RESOLVED).status == 200
    assert house.client.ask("POST", f"/api/0/activities/{deleted}/undo/").status == 200
