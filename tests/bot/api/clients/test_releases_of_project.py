"""Releases below a project, as sentry-cli 2 and the older bundler plugins address them: the project is implied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.bootstrap import Core, CoreSettings, open_core
from tests.support.api import Clock, Tenant, World

OURS = "/api/0/organizations/acme/releases/"
SHOP = "/api/0/projects/acme/shop/releases/"
TILL = "/api/0/projects/acme/till/releases/"
SHA = "a" * 40


@pytest.fixture
def core(database_url: str, clock: Clock) -> Iterator[Core]:
    core = open_core(CoreSettings(database_url, deletion_grace=60), clock)
    yield core
    core.close()


@pytest.fixture
def till(world: World, acme: Tenant) -> None:
    world.core.directory.create_project("till", "acme", None)


def slugs(release: dict[str, list[dict[str, str]]]) -> list[str]:
    return [project["slug"] for project in release["projects"]]


def test_all_of_what_sentry_cli_does_with_a_release_works_below_its_project(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    body = {"version": "shop@1.0.0", "projects": ["shop"], "dateStarted": "2026-11-23T03:03:58.681165667Z"}
    assert [acme.client.ask("POST", SHOP, body).status for _ in range(2)] == [201, 208]
    one = f"{SHOP}shop@1.0.0/"
    assert acme.client.get(f"{one}previous-with-commits/") == {}
    commits = [{"id": SHA, "repository": "origin", "message": "Fixes SHOP-1"}]
    assert acme.client.put(one, commits=commits)["lastCommit"]["author"] == {"name": None, "email": None}
    assert acme.client.get("/api/0/issues/SHOP-1/")["status"] == "resolved"
    assert acme.client.put(one, projects=["shop"], dateReleased="2026-11-23T12:30:00.5Z")["dateReleased"] == "2026-11-23T12:30:00.500000Z"
    deploy = {"environment": "production"}
    assert [acme.client.ask("POST", f"{one}deploys/", deploy).status for _ in range(2)] == [201, 208]
    assert [entry["environment"] for entry in acme.client.get(f"{one}deploys/")] == ["production"]
    assert [entry["id"] for entry in acme.client.get(f"{one}commits/")] == [SHA]
    assert acme.client.get(one)["version"] == "shop@1.0.0"
    assert [entry["version"] for entry in acme.client.get(f"{SHOP}?cursor=")] == ["shop@1.0.0"]
    acme.client.ask("POST", SHOP, {"version": "shop@1.0.1"})
    assert acme.client.get(f"{SHOP}shop@1.0.1/previous-with-commits/")["version"] == "shop@1.0.0"
    assert acme.client.ask("DELETE", one).status == 204
    assert acme.client.ask("GET", f"{OURS}shop@1.0.0/").status == 404


def test_the_project_is_implied_and_no_other_can_be_named(acme: Tenant, till: None) -> None:
    assert slugs(acme.client.ask("POST", SHOP, {"version": "1.0"}).json) == ["shop"]
    for method, path, body in (("POST", SHOP, {"version": "2.0", "projects": ["till"]}), ("PUT", f"{SHOP}1.0/", {"projects": ["shop", "till"]})):
        answer = acme.client.ask(method, path, body)
        assert (answer.status, list(answer.json)) == (400, ["projects"])
    assert [entry["version"] for entry in acme.client.get(OURS)] == ["1.0"]
    assert slugs(acme.client.get(f"{OURS}1.0/")) == ["shop"]


def test_a_release_of_another_project_does_not_exist_below_this_one(acme: Tenant, till: None) -> None:
    acme.client.ask("POST", TILL, {"version": "1.0", "commits": [{"id": SHA}]})
    for method, rest in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "commits/"), ("GET", "deploys/"), ("GET", "previous-with-commits/")):
        answer = acme.client.ask(method, f"{SHOP}1.0/{rest}", {} if method == "PUT" else None)
        assert (answer.status, answer.json) == (404, {"detail": "There is no release 1.0."}), (method, rest)
    assert acme.client.ask("POST", f"{SHOP}1.0/deploys/", {"environment": "production"}).status == 404
    assert acme.client.get(SHOP) == []
    acme.client.ask("POST", SHOP, {"version": "1.1"})
    assert acme.client.get(f"{SHOP}1.1/previous-with-commits/") == {}
    assert slugs(acme.client.get(f"{TILL}1.0/")) == ["till"]


def test_a_release_of_two_projects_is_taken_out_of_one_of_them(acme: Tenant, till: None) -> None:
    acme.client.ask("POST", OURS, {"version": "1.0", "projects": ["shop", "till"]})
    assert acme.client.ask("DELETE", f"{SHOP}1.0/").status == 204
    assert acme.client.ask("GET", f"{SHOP}1.0/").status == 404
    assert slugs(acme.client.get(f"{OURS}1.0/")) == ["till"]
    assert acme.client.ask("DELETE", f"{TILL}1.0/").status == 204
    assert acme.client.ask("GET", f"{OURS}1.0/").status == 404


def test_another_organizations_releases_do_not_exist(world: World, acme: Tenant) -> None:
    other = world.tenant("other")
    acme.client.ask("POST", SHOP, {"version": "1.0"})
    for method, path in (("GET", SHOP), ("POST", SHOP), ("GET", f"{SHOP}1.0/"), ("DELETE", f"{SHOP}1.0/"), ("GET", f"{SHOP}1.0/commits/")):
        answer = other.client.ask(method, path, {"version": "1.0"} if method == "POST" else None)
        assert (answer.status, answer.json) == (404, {"detail": "There is no organization acme."}), (method, path)
    assert other.client.ask("GET", "/api/0/projects/other/shop/releases/1.0/").status == 404
    assert other.client.ask("DELETE", "/api/0/projects/other/shop/releases/1.0/").status == 404
    assert other.client.get(f"/api/0/organizations/other/releases/?query=1.0&project={other.project.id}") == []
    assert other.client.ask("GET", f"/api/0/organizations/other/releases/?project={acme.project.id}").status == 404


def test_the_list_is_narrowed_by_what_clients_send(world: World, acme: Tenant, till: None) -> None:
    acme.client.ask("POST", TILL, {"version": "till@1.0"})
    world.clock.move(days=10)
    acme.client.ask("POST", SHOP, {"version": "shop@2.0"})
    acme.client.ask("POST", f"{SHOP}shop@2.0/deploys/", {"environment": "staging"})

    def found(query: str, path: str = OURS) -> list[str]:
        return [entry["version"] for entry in acme.client.get(f"{path}?{query}")]

    assert found("health=1&adoptionStages=1&sort=date&per_page=500&status=open") == ["shop@2.0", "till@1.0"]
    assert (found("project=shop"), found("project=2"), found("project=-1&per_page=1")) == (["shop@2.0"], ["till@1.0"], ["shop@2.0"])
    assert (found("statsPeriod=24h"), found("end=2026-11-24"), found("start=2026-11-24&end=2026-11-30")) == (["shop@2.0"], ["till@1.0"], [])
    assert (found("environment=staging"), found("environment=production"), found("environment=staging&environment=x", SHOP)) == (
        ["shop@2.0"],
        [],
        ["shop@2.0"],
    )
    assert (found("query=shop"), found("query=2."), found("query=op@"), found("query=%25")) == (["shop@2.0"], ["shop@2.0"], [], [])


REFUSED = ["sort=sessions", "statsPeriod=soon", "start=yesterday", "start=2026-11-30&end=2026-11-01", "status=old", "owner=1"]


@pytest.mark.parametrize("query", REFUSED)
def test_what_cannot_be_honored_is_refused_by_name(acme: Tenant, query: str) -> None:
    for path in (OURS, SHOP):
        answer = acme.client.ask("GET", f"{path}?{query}")
        assert (answer.status, list(answer.json)) == (400, [query.partition("=")[0]])


def test_commits_and_deploys_can_be_narrowed_to_a_project(acme: Tenant, till: None) -> None:
    acme.client.ask("POST", SHOP, {"version": "1.0", "commits": [{"id": SHA}]})
    for rest in ("commits/", "deploys/"):
        assert acme.client.ask("GET", f"{OURS}1.0/{rest}?project=1&per_page=5").status == 200
        assert acme.client.ask("GET", f"{OURS}1.0/{rest}?projectSlug=till").status == 404


def test_an_empty_list_of_refs_takes_all_commits_away(acme: Tenant) -> None:
    acme.client.ask("POST", SHOP, {"version": "1.0", "commits": [{"id": SHA}]})
    assert acme.client.put(f"{SHOP}1.0/", ref="main")["commitCount"] == 1
    assert acme.client.put(f"{SHOP}1.0/", refs=[])["commitCount"] == 0
