"""What nobody sends by accident, on both databases: refused in words, never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.security.invisible import escaped
from core.bootstrap import Core, CoreSettings, open_core
from tests.support.api import Clock, Tenant, World

TEXTS = ["\0", "a\0b", "\x1b[31m", "9" * 400, "'; DROP TABLE issues; --", "%", "é" * 500, "../../etc", "\u202e", "SHOP-\0", "1\nx"]

PATHS = ["issues/{}/", "organizations/{}/issues/", "projects/acme/{}/issues/", "organizations/acme/issues/?project={}"]
NONSENSE = ["hasSeen", "isBookmarked", "isSubscribed", "isPublic", "merge"]
FIELDS = [
    *NONSENSE,
    "status",
    "substatus",
    "assignedTo",
    "statusDetails",
    "ignoreUntil",
    "ignoreCount",
    "inbox",
    "expectedVersion",
    "priority",
    "discard",
]


@pytest.fixture
def core(database_url: str, clock: Clock) -> Iterator[Core]:
    core = open_core(CoreSettings(database_url, deletion_grace=60), clock)
    yield core
    core.close()


def test_hostile_text_is_refused_wherever_it_stands(world: World, acme: Tenant) -> None:
    issue = f"/api/0/issues/{world.event(acme.project, 'one')}/"
    for text in TEXTS:
        quoted = world.quoted(text)
        for path in PATHS:
            assert acme.client.ask("GET", f"/api/0/{path.format(quoted)}").status == 404, (text, path)
        for name in ("query", "environment"):
            assert acme.client.ask("GET", f"/api/0/organizations/acme/issues/?query=&{name}={quoted}").status in (200, 400), (text, name)
        for name in ("status", "cursor", "limit", "id", "sort"):
            answer = acme.client.ask("GET", f"/api/0/organizations/acme/issues/?{name}={quoted}")
            assert answer.status == 400 or (name, answer.json) == ("id", []) or (name == "limit" and text.isdecimal()), (text, name)
        for field in FIELDS:
            assert list(acme.client.refused(issue, **{field: text})) == [field]
        assert acme.client.ask("GET", "/api/0/", headers={"Authorization": f"Bearer {quoted}"}).status == 401
    assert acme.client.get(issue)["version"] == 1


REPEATING = [
    "organizations/{}/",
    "projects/acme/{}/",
    "issues/{}/",
    "organizations/acme/releases/{}/",
    "organizations/acme/releases/1/files/{}/",
    "organizations/acme/issues/?project={}",
    "organizations/acme/issues/?cursor={}",
    "organizations/acme/issues/?query=is:{}",
    "organizations/acme/issues/?{}=1",
    "organizations/acme/{}/",
]
"""Addresses whose refusal repeats a part of them."""


@pytest.mark.parametrize("path", REPEATING)
def test_a_refusal_holds_nothing_that_a_terminal_would_obey(world: World, acme: Tenant, path: str) -> None:
    method = "DELETE" if "files" in path else "GET"
    answer = acme.client.ask(method, f"/api/0/{path.format(world.quoted(chr(27) + '[31m' + chr(0x202E) + 'x'))}")
    said = json.dumps(answer.json, ensure_ascii=False)
    assert (answer.status in (400, 404), said) == (True, escaped(said))
    assert "\\u001b" not in said


def test_the_largest_numbers_there_are_fit(world: World, acme: Tenant) -> None:
    issue = f"/api/0/issues/{world.event(acme.project, 'one')}/"
    most = 10**9
    details = {"ignoreCount": most, "ignoreUserCount": most, "ignoreDuration": most}
    assert acme.client.put(issue, status="ignored", statusDetails=details, expectedVersion=2**31 - 1)["statusDetails"]["ignoreCount"] == most
    assert acme.client.put(issue, status="ignored", ignoreUntil="9999-12-31T00:00:00Z")["statusDetails"]["ignoreUntil"] == "9999-12-31T00:00:00Z"
    assert acme.client.ask("PUT", f"/api/0/organizations/acme/issues/?id={2**63 - 1}&id={2**63}&id=SHOP-7ZZZZZZZZZZZZ", {}).status == 204
    assert acme.client.ask("GET", "/api/0/organizations/acme/issues/?query=&cursor=0:1000000000:0").status == 400
    for sort in ("date", "new", "freq", "user", "priority"):
        for cursor in (f"{10**18 - 1}:{10**18 - 1}:0", f"-{10**18 - 1}:1:1", "0:0:1", "32768:1:0", "75:1:0"):
            assert acme.client.ask("GET", f"/api/0/organizations/acme/issues/?query=&sort={sort}&cursor={cursor}").status in (200, 400)


@pytest.mark.parametrize("query", ["%00", "%20", "sort:freq", "%00%00", "%0A"])
def test_a_query_that_says_nothing_deletes_nothing(world: World, acme: Tenant, query: str) -> None:
    world.event(acme.project, "one")
    assert acme.client.ask("DELETE", f"/api/0/organizations/acme/issues/?query={query}").status == 400
    assert acme.client.ask("PUT", f"/api/0/organizations/acme/issues/?query={query}", {"discard": True}).status == 400
    assert acme.client.get("/api/0/issues/1/")["status"] == "unresolved"
