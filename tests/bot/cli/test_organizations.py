"""Commands in a database of several organizations: each says which one it is about."""

from __future__ import annotations

from tests.support.cli import Shell
from tests.support.core import World


def test_a_slug_that_several_organizations_have_is_refused_with_the_candidates(peopled: World, other_world: World, quell: Shell) -> None:
    for words in (("watch", "shop", "--slack", "C1"), ("team", "create", "x", "--project", "shop")):
        assert quell(*words).refusal == "quell: shop could be acme/shop, umbrella/shop. Say which."
    assert quell.json("watch", "umbrella/shop", "--slack", "C1")["new"] is True
    other_world.event("Theirs")
    assert [receipt.channel for receipt in other_world.core.outbox.receipts(other_world.organization_id, "SHOP-1")] == ["C1"]


def test_a_team_belongs_to_the_organization_of_its_project(peopled: World, other_world: World, quell: Shell) -> None:
    quell.json("team", "create", "theirs", "--project", "umbrella/shop")
    quell.json("team", "create", "ours")
    quell.json("team", "create", "also-theirs", "--org", "umbrella", "--project", "shop")
    teams = [
        [one.name for one in world.core.directory.assignees_like(world.organization_id, "", 9) if one.kind == "team"]
        for world in (peopled, other_world)
    ]
    assert teams == [["ours"], ["also-theirs", "theirs"]]


def test_a_team_cannot_look_after_projects_of_two_organizations(peopled: World, other_world: World, quell: Shell) -> None:
    sentence = "A team and its projects belong to one organization"
    assert sentence in quell("team", "create", "x", "--project", "acme/shop", "--project", "umbrella/shop").refusal
    assert sentence in quell("team", "create", "x", "--org", "acme", "--project", "umbrella/shop").refusal
    assert {one.kind for one in peopled.core.directory.assignees_like(peopled.organization_id, "", 5)} == {"user"}


def test_a_user_belongs_to_the_organization_of_their_team(peopled: World, other_world: World, quell: Shell) -> None:
    quell.json("team", "create", "theirs", "--org", "umbrella")
    quell.json("user", "create", "eve@umbrella.example", "--team", "theirs")
    assert peopled.core.directory.user_of_email("eve@umbrella.example").organization_id == other_world.organization_id


def test_the_organization_named_says_whose_user_a_token_acts_as(peopled: World, other_world: World, quell: Shell) -> None:
    quell.json("user", "create", "ada@acme.example", "--org", "umbrella")
    assert "people in different organizations" in quell("token", "create", "--user", "ada@acme.example").refusal
    token = peopled.core.directory.token(quell.json("token", "create", "--user", "ada@acme.example", "--org", "umbrella")["token"])
    assert token is not None
    assert token.organization_id == other_world.organization_id
