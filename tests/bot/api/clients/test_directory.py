"""What clients look up before they ask for issues: who they are, the organization, projects, keys, teams, environments, tags and short ids."""

from __future__ import annotations

from typing import Any

import pytest

from bot.api.schemas import issues as issue_schemas
from bot.api.schemas import organizations as schemas
from core.accounts.directory import ChatAccount, Newcomer
from core.types import Role
from tests.support.api import LINKS, Tenant, World

ACME = "/api/0/organizations/acme/"
SHOP = "/api/0/projects/acme/shop/"


@pytest.fixture
def payments(world: World, acme: Tenant) -> Tenant:
    """A second project, and a team that owns the first."""
    world.core.directory.create_project("till", "acme", "node")
    world.core.directory.create_team("payments", acme.id, [acme.project.id])
    world.core.directory.create_team("nobodys", acme.id)
    return acme


def slugs(found: list[dict[str, Any]]) -> list[str]:
    return [entry["slug"] for entry in found]


def test_a_token_says_who_it_acts_as(world: World, acme: Tenant) -> None:
    ada = acme.client.get("/api/0/auth/")
    schemas.IdentityJson.model_validate(ada)
    assert (ada["id"], ada["name"], ada["email"]) == ("1", "Ada Lovelace", "ada@acme.example")
    nobody = acme.nobody.get("/api/0/auth/")
    schemas.IdentityJson.model_validate(nobody)
    assert (nobody["id"], nobody["email"], nobody["name"]) == ("0", "", "nobody (a token of acme)")
    assert world.client(None).ask("GET", "/api/0/auth/").status == 401


def test_somebody_without_an_address_has_an_empty_one(world: World, acme: Tenant) -> None:
    ben = world.core.directory.join(acme.id, ChatAccount("slack", "T1", "U1"), Newcomer("Ben", None, None))
    client = world.client(world.core.directory.create_token(acme.id, ben))
    assert (client.get("/api/0/auth/")["email"], client.get("/api/0/")["user"]["email"]) == ("", "")
    world.event(acme.project, "one")
    assigned = acme.client.put("/api/0/issues/1/", assignedTo=f"user:{ben.id}")["assignedTo"]
    assert assigned == {"type": "user", "id": str(ben.id), "name": "Ben"}


def test_the_organization_is_found_by_its_slug_and_no_other_is(world: World, acme: Tenant) -> None:
    found = acme.client.get(ACME)
    schemas.OrganizationJson.model_validate(found)
    assert [found] == acme.client.get("/api/0/organizations/?query=ACM&per_page=25")
    assert acme.client.get("/api/0/organizations/?query=other") == []
    world.tenant("other")
    answer = acme.client.ask("GET", "/api/0/organizations/other/")
    assert (answer.status, answer.json) == (404, {"detail": "There is no organization other."})


def test_a_project_is_found_by_slug_number_part_of_its_name_and_key(payments: Tenant) -> None:
    client = payments.client
    for name in ("shop", "1"):
        found = client.get(f"/api/0/projects/acme/{name}/?collapse=organization")
        schemas.ProjectJson.model_validate(found)
        assert (found["id"], found["slug"], found["platform"], found["organization"]["slug"]) == ("1", "shop", "python", "acme")
        assert (slugs(found["teams"]), found["team"]["slug"]) == (["payments"], "payments")
    assert client.get("/api/0/projects/acme/till/")["team"] is None
    for path in (f"{ACME}projects/", "/api/0/projects/"):
        assert slugs(client.get(path)) == ["shop", "till"]
        assert slugs(client.get(f"{path}?query=IL&per_page=25")) == ["till"]
        assert slugs(client.get(f"{path}?query=dsn:{payments.project.public_key}")) == ["shop"]
        assert client.get(f"{path}?query=dsn:") == []


def test_the_key_of_a_project_is_that_of_its_dsn(acme: Tenant) -> None:
    (key,) = acme.client.get(f"{SHOP}keys/?status=active&per_page=25")
    schemas.KeyJson.model_validate(key)
    assert key["dsn"]["public"] == acme.project.dsn(LINKS)
    assert acme.client.get(f"{SHOP}keys/?status=inactive") == []
    assert list(acme.client.ask("GET", f"{SHOP}keys/?status=odd").json) == ["status"]


def test_teams_and_what_they_own(payments: Tenant) -> None:
    client = payments.client
    teams = client.get(f"{ACME}teams/?per_page=26")
    for team in teams:
        schemas.TeamJson.model_validate(team)
    assert slugs(teams) == ["nobodys", "payments"]
    assert slugs(client.get(f"{ACME}teams/?query=pay")) == ["payments"]
    assert (slugs(client.get(f"{SHOP}teams/")), client.get("/api/0/projects/acme/till/teams/")) == (["payments"], [])
    for name in ("payments", "1"):
        assert slugs(client.get(f"/api/0/teams/acme/{name}/projects/")) == ["shop"]
    assert client.get("/api/0/teams/acme/nobodys/projects/") == []


def test_tags_and_environments(world: World, payments: Tenant) -> None:
    client = payments.client
    world.event(payments.project, "old", environment="retired", tags=(("gone", "1"),))
    world.clock.move(days=20)
    world.event(payments.project, "one", environment="production", tags=(("plan", "free"),))
    world.event(payments.project, "one", environment="staging", tags=(("plan", "free"),))
    keys = client.get(f"{ACME}tags/?dataset=errors&useCache=1")
    issue_schemas.TagKeyJson.model_validate(keys[0])
    assert [(tag["key"], tag["uniqueValues"], tag["totalValues"]) for tag in keys] == [("environment", 3, 3), ("gone", 1, 1), ("plan", 1, 2)]
    assert [tag["key"] for tag in client.get(f"{ACME}tags/?statsPeriod=24h&project=shop")] == ["environment", "plan"]
    assert client.get(f"{ACME}tags/?project=till") == []
    for query, field in (("dataset=replays", "dataset"), ("statsPeriod=soon", "statsPeriod"), ("start=2026-11-01", "start")):
        assert list(client.ask("GET", f"{ACME}tags/?{query}").json) == [field]
    environments = client.get(f"{SHOP}environments/?visibility=visible")
    assert [entry["name"] for entry in environments] == ["production", "retired", "staging"]
    plan = client.get(f"{ACME}issues/SHOP-2/tags/plan/")
    issue_schemas.TagValuesJson.model_validate(plan)
    assert (plan["totalValues"], plan["topValues"][0]["value"], plan["topValues"][0]["lastSeen"]) == (2, "free", "2026-12-13T12:30:00Z")
    assert client.get("/api/0/issues/2/tags/") == client.get("/api/0/issues/2/")["tags"]
    answer = client.ask("GET", "/api/0/issues/2/tags/nosuch/")
    assert (answer.status, answer.json) == (404, {"detail": "There is no tag 'nosuch' in this issue."})


def test_a_short_id_leads_to_its_issue(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    for name in ("SHOP-1", "shop-1"):
        found = acme.client.get(f"{ACME}shortids/{name}/?collapse=stats&collapse=lifetime")
        issue_schemas.ShortIdJson.model_validate(found)
        assert (found["groupId"], found["projectSlug"], found["shortId"], found["group"]["id"]) == ("1", "shop", "SHOP-1", "1")
    for name in ("1", "SHOP-2", "nonsense", "%00"):
        assert acme.client.ask("GET", f"{ACME}shortids/{name}/").status == 404
    other = world.tenant("other")
    assert other.client.ask("GET", "/api/0/organizations/other/shortids/SHOP-1/").status == 404


def test_what_is_not_kept_is_an_empty_list_if_there_is_such_an_issue(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    event = f"{SHOP}events/{1:032x}/attachments/?per_page=100"
    assert [acme.client.get(path) for path in (f"{ACME}issues/SHOP-1/external-issues/", "/api/0/issues/1/user-reports/", event)] == [[], [], []]
    for path in (f"{ACME}issues/SHOP-2/external-issues/", f"{SHOP}events/{'f' * 32}/attachments/"):
        assert acme.client.ask("GET", path).status == 404


def test_me_is_the_user_of_the_token(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    assert acme.client.put("/api/0/issues/1/", assignedTo="me")["assignedTo"]["id"] == "1"
    answer = acme.nobody.ask("PUT", "/api/0/issues/1/", {"assignedTo": "me"})
    assert (answer.status, list(answer.json)) == (400, ["assignedTo"])
    assert "acts as nobody" in answer.json["assignedTo"][0]


LISTS = ["projects/", "teams/", "repos/", "tags/", "releases/"]


def test_each_needs_a_scope_for_lists_and_is_of_ones_own_organization(world: World, payments: Tenant) -> None:
    other = world.tenant("other")
    ben = world.core.directory.create_user(payments.id, Newcomer("Ben", "ben@acme.example", None), Role.MEMBER)
    releaser = world.client(world.core.directory.create_token(payments.id, ben, ["project:releases"]))
    paths = [ACME, *(f"{ACME}{rest}" for rest in LISTS), SHOP, *(f"{SHOP}{rest}" for rest in ("keys/", "teams/", "environments/"))]
    for path in [*paths, "/api/0/teams/acme/payments/projects/"]:
        answer = other.client.ask("GET", path)
        assert (answer.status, answer.json) == (404, {"detail": "There is no organization acme."}), path
        is_for_builds = path in (ACME, SHOP) or path.endswith(("releases/", "repos/"))
        assert releaser.ask("GET", path).status == (200 if is_for_builds else 403), path
    assert slugs(other.client.get("/api/0/projects/")) == ["shop"]
    assert other.client.get("/api/0/organizations/other/teams/") == []
    assert other.client.get(f"/api/0/projects/?query=dsn:{payments.project.public_key}") == []
