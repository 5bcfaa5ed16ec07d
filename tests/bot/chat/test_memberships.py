"""Whoever becomes a guest or is deactivated has lost access within a minute: in the chats, and on the pages that a login opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette

from bot.chat.identity import RECHECK_AFTER, TRUSTED_FOR, IdentityResolver
from bot.chat.platform import Profile
from bot.pages.app import Pages
from bot.pages.visitors import Visitors
from bot.security.secrets import Signer
from core.types import Role
from tests.support.chat import Scene, carded, refused, said
from tests.support.pages import Browser
from tests.support.people import ADA, ADA_IN_TEAMS, BEN, PROFILES

MINUTE = 60
NOT_WELCOME = "Guests, bots and people of other workspaces cannot use Quell here"


@pytest.fixture(autouse=True)
def _everybody_is_as_before() -> Iterator[None]:
    before = dict(PROFILES)
    yield
    PROFILES.update(before)


def leaves(subject: str) -> None:
    """The person becomes a guest, or is deactivated: no member any more."""
    PROFILES[subject] = replace(PROFILES[subject], email=None, is_member=False)


def returns(subject: str, email: str) -> None:
    PROFILES[subject] = Profile("Ada", email, None, is_member=True)


# In the chat -------------------------------------------------------------------------------------------------------------


async def test_somebody_who_left_is_refused_a_minute_later_and_nothing_changes(scene: Scene) -> None:
    said(await scene.types("whoami"))
    leaves("UADA")
    scene.world.clock.pass_by(seconds=MINUTE)
    for reply in (await scene.types("resolve SHOP-1"), await scene.presses("resolve"), await scene.types("login"), await scene.types("list")):
        assert NOT_WELCOME in refused(reply)
    assert scene.is_as_before()


async def test_a_chat_is_asked_about_a_person_at_most_once_in_a_while(scene: Scene) -> None:
    for _ in range(5):
        said(await scene.types("whoami"))
        scene.world.clock.pass_by(seconds=RECHECK_AFTER.total_seconds() / 10)
    assert scene.chat.asked == ["UADA"]
    scene.world.clock.pass_by(seconds=MINUTE)
    said(await scene.types("whoami"))
    said(await scene.types("whoami"))
    assert scene.chat.asked == ["UADA", "UADA"]


async def test_what_one_process_was_told_counts_in_the_others(scene: Scene) -> None:
    said(await scene.types("whoami"))
    twin = Scene(scene.world, scene.workers)
    said(await twin.types("whoami", request_id="twin"))
    assert twin.chat.asked == []
    leaves("UADA")
    scene.world.clock.pass_by(seconds=MINUTE)
    refused(await scene.types("whoami"))
    assert NOT_WELCOME in refused(await twin.types("whoami", request_id="twin:2"))


async def test_somebody_who_left_and_came_back_is_who_they_were(scene: Scene) -> None:
    said(await scene.types("bookmark SHOP-1"))
    leaves("UADA")
    scene.world.clock.pass_by(seconds=MINUTE)
    refused(await scene.types("whoami"))
    returns("UADA", "ada@acme.example")
    assert "SHOP-1" in said(await scene.types("list bookmarks:me"))


async def test_whoever_is_linked_by_a_code_is_asked_about_too(scene: Scene) -> None:
    scene.house = replace(scene.house, is_automatic=False)
    code = scene.world.core.link_codes.make(scene.world.ada)
    said(await scene.types(f"link {code}"))
    scene.world.clock.pass_by(seconds=MINUTE)
    said(await scene.types("whoami"))
    leaves("UADA")
    scene.world.clock.pass_by(seconds=MINUTE)
    assert NOT_WELCOME in refused(await scene.types("whoami"))


async def test_somebody_who_left_is_not_assigned_by_a_mention(scene: Scene) -> None:
    said(await scene.types("whoami", BEN))
    leaves("UBEN")
    scene.world.clock.pass_by(seconds=MINUTE)
    assert NOT_WELCOME in refused(await scene.types("assign SHOP-1 to @UBEN", people={"UBEN": BEN}))
    assert scene.is_as_before()


async def test_somebody_who_left_one_chat_is_told_nothing_there_and_goes_on_in_the_other(scene: Scene) -> None:
    """The same person by their e-mail, in Slack and in Teams."""
    for person in (ADA, ADA_IN_TEAMS):
        said(await scene.types("whoami", person))
    with scene.world.core.database.read() as work:
        assert {account.platform for account in work.channels.accounts([scene.world.ada.id])} == {"slack", "msteams"}
    leaves("UADA")
    scene.world.clock.pass_by(seconds=MINUTE)
    refused(await scene.types("whoami"))
    said(await scene.types("whoami", ADA_IN_TEAMS))
    with scene.world.core.database.read() as work:
        assert {account.platform for account in work.channels.accounts([scene.world.ada.id])} == {"msteams"}


# While the chat cannot be asked ---------------------------------------------------------------------------------------------


@pytest.fixture
def remembering(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """One program, which remembers whom it asked about in vain."""
    dispatch = scene.dispatch
    monkeypatch.setattr(Scene, "dispatch", dispatch)
    return scene


async def test_while_the_chat_cannot_be_asked_its_last_word_counts_for_an_hour(remembering: Scene) -> None:
    scene = remembering
    said(await scene.types("whoami"))
    scene.chat.is_away = True
    scene.world.clock.pass_by(seconds=MINUTE)
    assert "Resolved" in carded(await scene.presses("resolve"))
    for _ in range(5):
        said(await scene.types("whoami"))
    assert scene.chat.asked == ["UADA"] * 2, "it is not asked again and again"
    scene.world.clock.pass_by(seconds=TRUSTED_FOR.total_seconds())
    assert "could not be found out just now" in refused(await scene.types("unresolve SHOP-1"))
    assert scene.world.issue().status.name == "RESOLVED"
    scene.chat.is_away = False
    said(await scene.types("whoami"))


async def test_whoever_was_said_to_have_left_stays_out_while_the_chat_cannot_be_asked(remembering: Scene) -> None:
    scene = remembering
    said(await scene.types("whoami"))
    leaves("UADA")
    scene.world.clock.pass_by(seconds=MINUTE)
    refused(await scene.types("whoami"))
    scene.chat.is_away = True
    assert "could not be found out just now" in refused(await scene.types("resolve SHOP-1"))
    assert scene.is_as_before()


async def test_a_chat_that_does_not_answer_holds_nobody_up_for_long(scene: Scene) -> None:
    scene.ask_seconds = 0.01
    said(await scene.types("whoami"))
    scene.chat.is_silent = True
    scene.world.clock.pass_by(seconds=MINUTE)
    said(await scene.types("whoami"))


# On the pages --------------------------------------------------------------------------------------------------------------


async def signed_in(scene: Scene, identity: IdentityResolver | None = None) -> Browser:
    """A browser in which Ada is signed in, as the link from ``login`` does it."""
    visitors = Visitors(scene.world.core, Signer("k" * 32, "sessions"), "https://quell.example.com")
    pages = Pages(scene.world.core, scene.workers, visitors, identity or scene.dispatch.identity)
    browser = Browser(Starlette(routes=pages.routes()))
    await browser.sign_in(scene.world.core.logins.make(scene.world.ada.id))
    return browser


async def test_the_pages_of_somebody_who_left_are_closed_a_minute_later(scene: Scene) -> None:
    said(await scene.types("whoami"))
    browser = await signed_in(scene)
    assert (await browser.get("/issues/SHOP-1/")).status == 200
    leaves("UADA")
    scene.world.clock.pass_by(seconds=MINUTE)
    page = await browser.get("/issues/SHOP-1/")
    assert (page.status, "Boom" in page.text) == (403, False)
    returns("UADA", "ada@acme.example")
    assert (await browser.get("/issues/SHOP-1/")).status == 403, "the session is over"


async def test_pages_stay_open_for_a_member_of_either_chat_and_ask_seldom(scene: Scene) -> None:
    for person in (ADA, ADA_IN_TEAMS):
        said(await scene.types("whoami", person))
    browser = await signed_in(scene)
    leaves("UADA")
    for _ in range(3):
        scene.world.clock.pass_by(seconds=MINUTE)
        for _ in range(3):
            assert (await browser.get("/issues/SHOP-1/")).status == 200
    assert scene.chat.asked.count("UADA") <= 4
    leaves("ada-object")
    scene.world.clock.pass_by(seconds=MINUTE)
    assert (await browser.get("/issues/SHOP-1/")).status == 403


async def test_pages_stay_open_while_the_chat_is_away_and_after_an_hour_say_why_not(remembering: Scene) -> None:
    scene = remembering
    said(await scene.types("whoami"))
    browser = await signed_in(scene)
    scene.chat.is_away = True
    scene.world.clock.pass_by(seconds=MINUTE)
    assert (await browser.get("/issues/SHOP-1/")).status == 200
    scene.world.clock.pass_by(seconds=TRUSTED_FOR.total_seconds())
    page = await browser.get("/issues/SHOP-1/")
    assert (page.status, "could not be found out" in page.text) == (503, True)
    scene.chat.is_away = False
    assert (await browser.get("/issues/SHOP-1/")).status == 200


async def test_pages_of_a_user_who_has_no_chat_account_need_no_chat(scene: Scene) -> None:
    scene.user("Vic", Role.VIEWER)
    scene.chat.is_away = True
    browser = await signed_in(scene)
    assert (await browser.get("/issues/SHOP-1/")).status == 200
