"""Bulk changes of the issues that a query finds, as sentry-cli sends them and as people write them."""

from __future__ import annotations

import pytest

from core.issues.engine import CHUNK_ISSUES
from core.types import JSON
from tests.support.api import Answer, Tenant, World

ISSUES = "/api/0/organizations/acme/issues/"
SHOP = "/api/0/projects/acme/shop/issues/"


@pytest.fixture
def three(world: World, acme: Tenant) -> list[str]:
    """An open issue, a resolved one and an archived one."""
    made = [str(id_) for id_ in world.issues(acme.project, ["one", "two", "three"])]
    acme.client.put(f"/api/0/issues/{made[1]}/", status="resolved")
    acme.client.put(f"/api/0/issues/{made[2]}/", status="ignored")
    return made


def counted(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.headers["X-Quell-Matched"], answer.headers["X-Quell-Changed"]


@pytest.mark.parametrize(
    ("named", "status", "counts"),
    [
        ("?", "resolved", (1, 1)),
        ("?", "muted", (1, 1)),
        ("?status=unresolved", "resolved", (1, 1)),
        ("?status=resolved", "unresolved", (1, 1)),
        ("?status=muted", "resolved", (1, 1)),
        ("?query=", "resolved", (3, 2)),
        ("?query=is:resolved%20is:archived", "unresolved", (0, 0)),
        ("?query=is:[resolved,archived]", "unresolved", (2, 2)),
        ("?query=one&status=unresolved", "resolved", (1, 1)),
        ("?query=&environment=production", "resolved", (0, 0)),
    ],
)
@pytest.mark.parametrize("address", [ISSUES, SHOP])
def test_what_an_address_finds_is_changed(acme: Tenant, three: list[str], address: str, named: str, status: str, counts: tuple[int, int]) -> None:
    matched, changed = counts
    answer = acme.client.ask("PUT", address + named, {"status": status, "snoozeDuration": None})
    assert counted(answer) == (200 if matched else 204, str(matched), str(changed))


def test_projects_and_environments_narrow_what_is_found(world: World, acme: Tenant, three: list[str]) -> None:
    api = world.core.directory.create_project("api", "acme", None)
    world.event(api, "elsewhere", environment="production")
    world.event(acme.project, "staged", environment="staging")
    for named, matched in (("project=api", 1), (f"project={api.id}&project=shop", 3), ("environment=staging&environment=production", 2)):
        assert len(acme.client.get(f"{ISSUES}?{named}")) == matched
    assert counted(acme.client.ask("PUT", f"{ISSUES}?project=api&environment=production", {"priority": "low"})) == (200, "1", "1")
    assert counted(acme.client.ask("PUT", f"{SHOP}?environment=production", {"priority": "low"})) == (204, "0", "0")
    assert list(acme.client.refused(f"{ISSUES}?environment=%22", status="resolved")) == ["environment"]


def test_a_list_can_be_searched_and_sorted(world: World, acme: Tenant, three: list[str]) -> None:
    world.event(acme.project, "one", person="grace")
    world.event(acme.project, "three")
    expected = {"?query=&sort=freq": ["3", "1", "2"], "?query=sort:user": ["1", "3", "2"], "?query=ValueError%20!is:archived&sort=new": ["2", "1"]}
    for named, wanted in expected.items():
        assert [issue["id"] for issue in acme.client.get(ISSUES + named)] == wanted
    assert acme.client.get(f"{ISSUES}?query=assigned:me") == []
    assert list(acme.client.ask("GET", f"{ISSUES}?sort=sideways").json) == ["sort"]
    assert acme.nobody.ask("GET", f"{ISSUES}?query=assigned:me").status == 400


@pytest.mark.parametrize("named", ["", "?query=", "?query=%20", "?status=unresolved", "?project=shop", "?environment=production"])
def test_what_is_grave_needs_ids_or_a_query_with_something_in_it(acme: Tenant, three: list[str], named: str) -> None:
    for method, body in (("DELETE", None), ("PUT", {"merge": True}), ("PUT", {"discard": True})):
        answer = acme.client.ask(method, ISSUES + named, body)
        assert (answer.status, list(answer.json)) == (400, ["detail"])
    assert len(acme.client.get(f"{ISSUES}?query=")) == 3


def test_what_a_query_finds_can_be_merged_and_deleted(world: World, acme: Tenant, three: list[str]) -> None:
    world.event(acme.project, "four")
    assert acme.client.put(f"{ISSUES}?query=is:unresolved", merge=True) == {"merge": {"parent": "1", "children": ["4"]}}
    assert counted(acme.client.ask("DELETE", f"{SHOP}?query=is:unresolved")) == (204, "1", "1")
    assert counted(acme.client.ask("DELETE", f"{SHOP}?query=is:unresolved")) == (204, "0", "0")


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"assignedTo": "team:shop"}, {"status": "resolvedInNextRelease"}])
def test_what_the_last_issues_are_refused_for_changes_none(world: World, acme: Tenant, change: JSON) -> None:
    """The last chunk has issues of a project with another team and without a release."""
    directory = world.core.directory
    till = directory.create_project("till", "acme", None)
    directory.create_team("shop", acme.id, [acme.project.id])
    directory.create_team("till", acme.id, [till.id])
    world.release(acme, "1.0")
    world.issues(acme.project, [str(number) for number in range(CHUNK_ISSUES)])
    world.issues(till, ["last"])
    assert acme.client.ask("PUT", f"{ISSUES}?query=is:unresolved", change).status == 400
    for query in ("is:resolved", "is:assigned"):
        assert acme.client.get(f"{ISSUES}?query={query}") == []


@pytest.mark.slow
def test_a_query_has_no_limit(world: World, acme: Tenant) -> None:
    world.issues(acme.project, [str(number) for number in range(CHUNK_ISSUES + 10)])
    assert counted(acme.client.ask("PUT", SHOP, {"status": "resolved"})) == (200, str(CHUNK_ISSUES + 10), str(CHUNK_ISSUES + 10))
    assert acme.client.ask("PUT", SHOP, {"status": "resolved"}).status == 204
