"""What a look-up offers, and what is said where the database is away or something breaks."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bot.chat.dispatch import Dispatch
from bot.chat.elements import Card, Options
from bot.chat.identity import IdentityResolver, JoinPolicy
from bot.chat.interactions import ChatPerson, FormSubmitted, Interaction, Lookup, Place, Press, TypedCommand
from bot.chat.targets import OneIssue
from bot.workers import workers_for
from core.accounts.directory import Newcomer
from core.bootstrap import CoreSettings, open_core
from core.types import Role
from core.views import UserView
from tests.support.chat import Scene, refused, said
from tests.support.core import Clock, World
from tests.support.fake_chat import FakeChat
from tests.support.people import ADA, BEN

# Look-ups -------------------------------------------------------------------------------------------------------------


async def looked_up(scene: Scene, text: str, who: ChatPerson = ADA) -> list[str]:
    reply = await scene.does(Lookup("assignee", 1, text), who, request_id="slack:lookup")
    assert isinstance(reply, Options)
    return [option.label for option in reply.options]


async def test_the_first_offer_is_me_then_teams_then_people_and_last_unassign(scene: Scene) -> None:
    for name in ("zebra", "apes"):
        scene.world.core.directory.create_team(name, scene.world.organization_id)
    scene.user("Zoe")
    scene.user("Ben")
    assert await looked_up(scene, "") == ["Me (@Ada)", "#apes", "#zebra", "@Ben", "@Zoe", "Unassign"]
    assert await looked_up(scene, "  ") == await looked_up(scene, "")
    assert await looked_up(scene, "Z") == ["#zebra", "@Zoe", "Unassign"]
    assert await looked_up(scene, "@zo") == ["@Zoe", "Unassign"]
    assert await looked_up(scene, "#zeb") == ["#zebra", "Unassign"]
    assert await looked_up(scene, "ada") == ["@Ada", "Unassign"]


async def test_letters_that_mean_something_to_a_database_find_nobody(scene: Scene) -> None:
    for text in ("%", "_", "\\", "x" * 5000, "'; DROP TABLE users; --", "<!channel>"):
        assert await looked_up(scene, text) == ["Unassign"]


async def test_a_look_up_finds_nobody_of_another_organization(scene: Scene, other_world: World) -> None:
    other_world.core.directory.create_team("secret", other_world.organization_id)
    assert await looked_up(scene, "") == ["Me (@Ada)", "Unassign"]
    assert await looked_up(scene, "secret") == ["Unassign"]
    assert await looked_up(scene, "umbrella") == ["Unassign"]


async def test_of_a_project_with_teams_only_those_are_offered_who_may_have_its_issues(scene: Scene) -> None:
    directory, world = scene.world.core.directory, scene.world
    checkout = directory.create_team("checkout", world.organization_id, [world.project.id])
    directory.create_team("cellar", world.organization_id)
    scene.user("Zoe")
    newcomer = Newcomer("Cem", "cem@acme.example", None)
    directory.create_user(world.organization_id, newcomer, Role.MEMBER, [checkout])
    assert await looked_up(scene, "") == ["Me (@Ada)", "#checkout", "@Cem", "Unassign"]
    assert await looked_up(scene, "", BEN) == ["#checkout", "@Ada", "@Cem", "Unassign"]
    reply = await scene.does(Lookup("assignee", None, ""))
    assert isinstance(reply, Options)
    # Several issues may be of several projects.
    assert [option.label for option in reply.options] == ["Me (@Ada)", "#cellar", "#checkout", "@Ben", "@Cem", "@Zoe", "Unassign"]


async def test_whoever_may_not_have_an_issue_is_refused_with_the_teams_of_its_project(scene: Scene) -> None:
    directory, world = scene.world.core.directory, scene.world
    directory.create_team("checkout", world.organization_id, [world.project.id])
    directory.create_team("cellar", world.organization_id)
    zoe = scene.user("Zoe")
    whose = "shop belongs to #checkout. Its issues can be assigned to the team, its members and admins; {} is none of these."
    assert refused(await scene.types("assign SHOP-1 to @zoe")) == whose.format("Zoe")
    assert refused(await scene.types("assign SHOP-1 to #cellar")) == whose.format("#cellar")
    assert refused(await scene.presses("assign", choice=f"user:{zoe.id}")) == whose.format("Zoe")
    assert world.issue().assignee is None
    assert "Assigned to #checkout." in said(await scene.types("assign SHOP-1 to #checkout"))


async def test_what_a_look_up_offers_can_be_chosen(scene: Scene) -> None:
    scene.world.core.directory.create_team("checkout", scene.world.organization_id)
    reply = await scene.does(Lookup("assignee", 1, ""))
    assert isinstance(reply, Options)
    assert [option.label for option in reply.options] == ["Me (@Ada)", "#checkout", "Unassign"]
    for option in reply.options:
        assert isinstance(await scene.presses("assign", choice=option.value), Card)


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/quell.db", "postgresql+psycopg://quell:hunter2@127.0.0.1:1/quell"])
async def test_when_the_database_is_away_everything_is_refused_in_a_sentence(url: str, clock: Clock) -> None:
    core = open_core(CoreSettings(url), clock)
    workers = workers_for(url)
    dispatch = Dispatch(
        core,
        workers,
        IdentityResolver(core, JoinPolicy("", is_automatic=True, admins=frozenset()), {"slack": FakeChat()}),
        "https://quell.example.com",
    )
    for deed in (
        Press("resolve", OneIssue(1, 1)),
        FormSubmitted("archive", OneIssue(1, 1), {"how": "1h"}),
        TypedCommand("list"),
        Lookup("assignee", 1, ""),
    ):
        sentence = refused(await dispatch.answer(Interaction(ADA, Place("CALERTS"), deed, "slack:1")))
        assert sentence == "Quell's database does not answer. If the message does not change, nothing was done: try again in a moment."
    workers.close()
    core.close()


class Broken(IdentityResolver):
    """Has a bug."""

    def user(self, person: ChatPerson) -> UserView:
        raise ZeroDivisionError("the secret is hunter2")


async def test_what_nobody_expected_gets_a_number_and_no_trace(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    dispatch = replace(scene.dispatch, identity=Broken(scene.world.core, scene.house, {}))
    with caplog.at_level(logging.ERROR):
        sentence = refused(await dispatch.answer(Interaction(ADA, Place("CALERTS"), TypedCommand("resolve SHOP-1"), "slack:1")))
    number = sentence.removesuffix(".").rpartition(" ")[2]
    assert sentence.startswith("Something went wrong here. Nothing was changed.")
    assert len(number) == 8
    assert number in caplog.text
    for inner in ("hunter2", "ZeroDivisionError", "Traceback", "bot/"):
        assert inner not in sentence
    assert scene.is_as_before()
