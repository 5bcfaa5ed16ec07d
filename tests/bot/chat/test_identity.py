"""Who may come in: by themselves, by a code, or not at all; and with which role."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.chat.elements import Link, Nothing, Notice
from bot.chat.identity import JoinPolicy
from bot.chat.interactions import ChatPerson, FormSubmitted, HomeOpened, LinksShared, Lookup, Press, TypedCommand
from bot.chat.platform import Profile
from bot.chat.targets import OneIssue, SeveralIssues
from core.types import Role
from tests.support.chat import Scene, refused, said
from tests.support.core import World
from tests.support.people import ADA, ADA_IN_TEAMS, BEN, GUEST, NOBODY, PROFILES

CLOSED = JoinPolicy("acme", is_automatic=False, admins=frozenset())


@pytest.fixture
def closed(scene: Scene) -> Scene:
    """The same with ``QUELL_IDENTITY=link``."""
    scene.house = CLOSED
    return scene


def code_for(scene: Scene, email: str = "ada@acme.example") -> str:
    directory = scene.world.core.directory
    return scene.world.core.link_codes.make(directory.user_of_email(email))


async def test_a_code_lets_its_person_in_and_nobody_is_let_in_without(closed: Scene) -> None:
    assert "Quell does not know you yet" in refused(await closed.types("whoami"))
    assert "you are @Ada, admin" in said(await closed.types(f"link {code_for(closed)}"))
    assert "You are @Ada" in said(await closed.types("whoami"))
    assert "Quell does not know you yet" in refused(await closed.types("whoami", BEN))


@pytest.mark.parametrize(
    "deed",
    [
        Press("resolve", OneIssue(1, 1)),
        Press("archive", OneIssue(1, 1)),
        Press("resolve", SeveralIssues((1,))),
        FormSubmitted("archive", OneIssue(1, 1), {"how": "forever"}),
        Lookup("assignee", 1, "a"),
        HomeOpened(),
        *(TypedCommand(text) for text in ("resolve SHOP-1", "list", "mine", "show SHOP-1", "whoami", "unlink", "login", "delete SHOP-1")),
    ],
)
async def test_whoever_is_not_linked_is_told_how_to_be_and_nothing_changes(
    closed: Scene, deed: Press | FormSubmitted | Lookup | HomeOpened | TypedCommand
) -> None:
    assert "type: link CODE" in refused(await closed.does(deed))
    assert closed.is_as_before()
    assert closed.world.core.directory.user_of_email("ada@acme.example") == closed.world.ada


async def test_links_that_a_stranger_pastes_stay_links(closed: Scene) -> None:
    assert await closed.does(LinksShared(("https://quell.example.com/issues/1/",))) == Nothing()


async def test_naming_somebody_who_is_not_linked_says_that_it_is_they(closed: Scene) -> None:
    await closed.types(f"link {code_for(closed)}")
    sentence = refused(await closed.types("assign SHOP-1 to @UBEN", people={"UBEN": BEN}))
    assert sentence.startswith("Quell does not know @ben yet")
    assert closed.is_as_before()


async def test_each_of_a_persons_accounts_can_be_linked(closed: Scene) -> None:
    for person in (ADA, ADA_IN_TEAMS):
        await closed.types(f"LINK {code_for(closed).lower()}", person)
    assert "@Ada" in said(await closed.types("whoami", ADA_IN_TEAMS))


@pytest.mark.parametrize("words", ["link nonsense", "link 0000-0000-0000"])
async def test_a_wrong_code_is_refused_in_a_sentence_and_a_sixth_has_to_wait(closed: Scene, words: str) -> None:
    for _ in range(5):
        assert "wrong, was used already, or is older than ten minutes" in refused(await closed.types(words))
    assert "Try again in 10 min" in refused(await closed.types(f"link {code_for(closed)}"))
    assert "Quell does not know you yet" in refused(await closed.types("whoami"))


async def test_link_without_a_code_gives_an_example(closed: Scene) -> None:
    assert "link 3F7K" in refused(await closed.types("link"))


async def test_of_many_who_type_a_code_at_once_one_is_linked(closed: Scene) -> None:
    people = [replace(ADA, subject=f"U{number}") for number in range(4)]
    for person in people:
        PROFILES[person.subject] = Profile("X", None, None, is_member=True)
    try:
        code = code_for(closed)
        replies = await asyncio.gather(*(closed.types(f"link {code}", person) for person in people))
        linked = [reply for reply in replies if isinstance(reply, Notice) and not reply.is_refusal]
        assert len(linked) == 1
    finally:
        for person in people:
            del PROFILES[person.subject]


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("person", [GUEST, NOBODY], ids=["guest", "unknown"])
async def test_a_code_does_not_open_the_door_to_those_who_may_not_come_in_at_all(scene: Scene, person: ChatPerson, *, is_open: bool) -> None:
    scene.house = JoinPolicy("acme", is_automatic=is_open, admins=frozenset())
    code = code_for(scene)
    refused(await scene.types(f"link {code}", person))
    assert "you are @Ada" in said(await scene.types(f"link {code}")), "and the code is not used up by it"


async def test_while_the_platform_does_not_answer_nobody_is_linked_and_the_code_stays_good(closed: Scene) -> None:
    code = code_for(closed)
    closed.chat.is_away = True
    assert "could not be found out just now" in refused(await closed.types(f"link {code}"))
    closed.chat.is_away = False
    said(await closed.types(f"link {code}"))


async def test_an_account_moves_to_another_user_only_after_unlink(scene: Scene) -> None:
    scene.user("Ben", Role.VIEWER)
    said(await scene.types("whoami"))
    code = code_for(scene, "ben@acme.example")
    assert "type unlink first" in refused(await scene.types(f"link {code}"))
    assert "You are @Ada" in said(await scene.types("whoami"))
    assert "no longer that of @Ada" in said(await scene.types("unlink"))
    said(await scene.types(f"link {code}"))
    assert "You are @Ben (ben@acme.example), viewer" in said(await scene.types("whoami"))


async def test_after_unlink_a_closed_house_knows_nobody_and_an_open_one_lets_members_in_again(scene: Scene) -> None:
    for is_open, word in ((True, "You are @Ada"), (False, "Quell does not know you yet")):
        scene.house = CLOSED
        await scene.types(f"link {code_for(scene)}")
        await scene.types("unlink")
        scene.house = JoinPolicy("acme", is_automatic=is_open, admins=frozenset())
        reply = await scene.types("whoami")
        assert isinstance(reply, Notice)
        assert word in str(reply.text)
        await scene.types("unlink")


async def test_a_code_for_another_organization_is_none_here(closed: Scene, other_world: World) -> None:
    code = other_world.core.link_codes.make(other_world.ada)
    assert "wrong, was used already" in refused(await closed.types(f"link {code}"))


async def test_an_account_that_another_organization_has_linked_stays_out(scene: Scene, other_world: World) -> None:
    """Two programs may serve two organizations from one database."""
    code = other_world.core.link_codes.make(other_world.ada)
    there = Scene(other_world, scene.workers, house=JoinPolicy("umbrella", is_automatic=False, admins=frozenset()))
    await there.types(f"link {code}")
    for words in ("whoami", "resolve SHOP-1", "list"):
        assert "cannot use Quell here" in refused(await scene.types(words))
    assert scene.is_as_before()


# Roles ----------------------------------------------------------------------------------------------------------------


async def test_the_admins_that_are_set_are_admins_where_their_platform_vouches_for_the_e_mail(scene: Scene) -> None:
    scene.house = JoinPolicy("acme", is_automatic=True, admins=frozenset({"ben@acme.example", "guest@acme.example"}))
    assert "admin" in said(await scene.types("whoami", BEN))
    PROFILES["UEVE"] = Profile("guest@acme.example", None, None, is_member=True)
    try:
        assert "member" in said(await scene.types("whoami", ChatPerson("slack", "TACME", "UEVE", "ben@acme.example")))
    finally:
        del PROFILES["UEVE"]


async def test_an_admin_that_is_set_and_linked_by_a_code_is_one(closed: Scene) -> None:
    closed.user("Ben")
    closed.house = JoinPolicy("acme", is_automatic=False, admins=frozenset({"ben@acme.example"}))
    assert "you are @Ben, admin" in said(await closed.types(f"link {code_for(closed, 'ben@acme.example')}", BEN))


async def test_a_role_that_changes_counts_at_once(scene: Scene) -> None:
    assert "Your" not in said(await scene.types("whoami", BEN))
    ben = scene.world.core.directory.user_of_email("ben@acme.example")
    scene.world.core.directory.set_role(ben, Role.VIEWER)
    assert "This needs the role member; yours is viewer" in refused(await scene.types("resolve SHOP-1", BEN))


# Login ----------------------------------------------------------------------------------------------------------------


async def test_login_answers_with_a_link_that_opens_a_session_of_the_one_who_asked(scene: Scene) -> None:
    reply = await scene.types("login", BEN)
    assert isinstance(reply, Notice)
    (link,) = [span for span in reply.text if isinstance(span, Link)]
    begin, _, token = link.url.rpartition("/")
    assert begin == "https://quell.example.com/login"
    logins = scene.world.core.logins
    visitor = logins.user(logins.redeem(token) or "")
    assert visitor is not None
    assert visitor.name == "Ben"


async def test_the_links_of_two_logins_are_two(scene: Scene) -> None:
    first, second = [await scene.types("login", request_id=f"login:{number}") for number in range(2)]
    assert first != second
