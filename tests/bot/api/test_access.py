"""Whom the issues of a project with teams can be assigned to."""

from __future__ import annotations

import pytest

from core.accounts.directory import Newcomer
from core.types import Role
from tests.support.api import Tenant, World

ONE = "/api/0/issues/1/"
BULK = "/api/0/organizations/acme/issues/"


@pytest.fixture
def house(world: World, acme: Tenant) -> Tenant:
    """Two issues of a project that belongs to a team: Ada is an admin, Ben a member of the team, Cem of another one."""
    directory = world.core.directory
    checkout = directory.create_team("checkout", acme.id, [acme.project.id])
    cellar = directory.create_team("cellar", acme.id)
    for name, team in (("ben", checkout), ("cem", cellar)):
        directory.create_user(acme.id, Newcomer(name, f"{name}@acme.example", None), Role.MEMBER, [team])
    for title in ("one", "two"):
        world.event(acme.project, title)
    return acme


@pytest.mark.parametrize("to", ["ben", "ben@acme.example", "team:checkout", "user:1"])
def test_its_team_their_members_and_admins_may_have_an_issue(house: Tenant, to: str) -> None:
    assert house.client.put(f"{BULK}?id=1&id=2", assignedTo=to)["assignedTo"]["name"] in ("ben", "checkout", "Ada Lovelace")


@pytest.mark.parametrize("address", [ONE, f"{BULK}?id=1&id=2", f"{BULK}?query=is:unresolved", "/api/0/projects/acme/shop/issues/?id=1"])
@pytest.mark.parametrize(("to", "name"), [("cem", "cem"), ("team:cellar", "#cellar")])
def test_anybody_else_is_refused_with_the_teams_and_nothing_is_changed(house: Tenant, address: str, to: str, name: str) -> None:
    house.client.put(ONE, assignedTo="ben")
    assert house.client.refused(address, assignedTo=to, priority="low") == {
        "assignedTo": [f"shop belongs to #checkout. Its issues can be assigned to the team, its members and admins; {name} is none of these."]
    }
    body = house.client.get(ONE)
    assert (body["assignedTo"]["name"], body["priority"]) == ("ben", "high")


def test_a_project_that_belongs_to_many_teams_names_a_few(world: World, house: Tenant) -> None:
    for number in range(9):
        world.core.directory.create_team(f"x{number}", house.id, [house.project.id])
    (sentence,) = house.client.refused(ONE, assignedTo="cem")["assignedTo"]
    assert sentence.startswith(
        "shop belongs to #checkout, #x0, #x1, #x2, #x3 and 5 other teams. Its issues can be assigned to these teams, their members"
    )


def test_what_somebody_has_already_is_theirs_to_keep_but_does_not_come_back_to_them(world: World, acme: Tenant) -> None:
    world.event(acme.project, "one")
    cem = world.core.directory.create_user(acme.id, Newcomer("cem", "cem@acme.example", None), Role.MEMBER)
    acme.client.put(ONE, assignedTo=f"user:{cem.id}")
    world.core.directory.create_team("checkout", acme.id, [acme.project.id])
    before = acme.client.get(ONE)["version"]
    assert acme.client.put(ONE, assignedTo=f"user:{cem.id}")["version"] == before
    acme.client.put(ONE, assignedTo="")
    unassigned = acme.client.get("/api/0/issues/1/activities/")["activity"][0]["id"]
    answer = acme.client.ask("POST", f"/api/0/activities/{unassigned}/undo/")
    assert (answer.status, list(answer.json)) == (400, ["assignedTo"])
