"""What is for one person is read by nobody else, also where that person cannot be reached, or is a member no more."""

from __future__ import annotations

import itertools

import pytest

from bot.chat import cards
from bot.chat.interactions import TypedCommand
from core.db.models import LinkCode, LoginLink
from tests.support.both_chats import ANA, BEN, LINKS, PLATFORMS, Square

pytestmark = pytest.mark.asyncio


whatever_the_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where an answer goes does not depend on it."""


SECRETS = ("login", "whoami", "mine", "bookmark SHOP-1", "resolve SHOP-99", "list bookmarks:me", "link 3F7K-9QXM-2B4H", "unlink")


@whatever_the_database
async def test_where_slack_whispers_nothing_the_answer_is_a_direct_message(square: Square) -> None:
    await square.fault("slack", "chat.postEphemeral")
    await square.fault("slack", "response_url")
    for text, do in itertools.product(SECRETS, ("mention", "command")):
        before = len(square.answers.given)
        await square.act("slack", do, text=text)
        assert (await square.answered(before, "slack")).startswith("private-")
    await square.is_quiet()
    await square.nobody_else_reads_private_words("slack")


@whatever_the_database
async def test_what_slack_brings_in_no_private_way_is_not_brought_at_all(square: Square) -> None:
    await square.fault("slack", "chat.postEphemeral")
    await square.fault("slack", "response_url")
    await square.fault("slack", "chat.postMessage", "messages_tab_disabled", channel=ANA)
    for text, do in itertools.product(SECRETS, ("mention", "command")):
        before = len(square.answers.given)
        await square.act("slack", do, text=text)
        await square.answered(before, "slack", is_read=False)
    await square.is_quiet()
    await square.nobody_else_reads_private_words("slack")
    assert "private-" not in await square.seen(ANA, "slack")


@whatever_the_database
async def test_where_the_personal_chat_cannot_be_reached_teams_says_how_to_open_it_and_nothing_else(square: Square) -> None:
    await square.act("teams", "uninstall", conversation="personal")
    for number, text in enumerate(SECRETS, 1):
        await square.act("teams", "message", text=f"@Quell {text}")

        async def is_told(told: int = number) -> bool:
            # Each answer names it twice: as it was sent, and as it is shown.
            return (await square.seen(BEN, "teams")).count("choose **Add**") == 2 * told

        await square.until(is_told)
    await square.is_quiet()
    await square.nobody_else_reads_private_words("teams")
    assert "private-" not in await square.seen(ANA, "teams")


async def test_no_login_link_is_made_where_it_cannot_be_given(square: Square) -> None:
    await square.act("teams", "uninstall", conversation="personal")
    await square.types("teams", "help")
    await square.act("teams", "message", text="@Quell login")
    await square.is_quiet()
    assert "choose **Add**" in await square.seen(ANA, "teams")
    assert square.kept(LoginLink) == 0
    assert [getattr(did.payload, "text", "") for did, _ in square.answers.given.values()] == ["help"], "it was not even asked for"


async def test_a_login_link_reaches_its_person_and_the_channel_reads_only_that(square: Square) -> None:
    await square.types("teams", "login")
    await square.is_quiet()
    assert square.kept(LoginLink) == 1
    assert "/login/" in await square.seen(ANA, "teams")
    theirs = await square.seen(BEN, "teams")
    assert "/login/" not in theirs
    assert "I answered you in our personal chat, where only you read it." in theirs


@pytest.mark.parametrize("written", ["link {}", "LINK “{}”", "link {} please", "link {}."])
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_code_that_was_refused_in_a_channel_is_spent(square: Square, platform: str, written: str) -> None:
    """Ana's account is Ana's already, so the code for Ben is refused; whoever read it could be Ben with it."""
    await square.types(platform, "whoami")
    ben = square.world.core.directory.user_of_email("ben@example.com")
    word = await square.types(platform, written.format(square.world.core.link_codes.make(ben)))
    assert "does not work any more" in str(square.answers.given[word][1])
    assert square.kept(LinkCode) == 0


@pytest.mark.parametrize("do", ["command", "dm"])
async def test_a_code_that_nobody_else_could_read_stays_good_when_it_is_refused(square: Square, do: str) -> None:
    await square.types("slack", "whoami")
    before = len(square.answers.given)
    ben = square.world.core.directory.user_of_email("ben@example.com")
    await square.act("slack", do, text=f"link {square.world.core.link_codes.make(ben)}")
    word = await square.answered(before, "slack")
    assert "the code stays good meanwhile" in str(square.answers.given[word][1])
    assert square.kept(LinkCode) == 1


@whatever_the_database
async def test_what_is_typed_in_a_personal_chat_is_heard_by_nobody_else(square: Square) -> None:
    await square.act("teams", "message", text="whoami", conversation="personal")
    await square.act("slack", "dm", text="whoami")
    await square.act("slack", "command", text="whoami")
    await square.is_quiet()
    overheard = {did.person.platform: did.payload.is_overheard for did, _ in square.answers.given.values() if isinstance(did.payload, TypedCommand)}
    assert overheard == {"msteams": False, "slack": False}


@pytest.mark.parametrize(("platform", "becomes"), [("slack", "become_guest"), ("slack", "be_deactivated"), ("teams", "become_guest")])
async def test_a_member_who_becomes_a_guest_or_is_deactivated_reads_and_does_nothing_a_minute_later(
    square: Square, platform: str, becomes: str
) -> None:
    message = await square.alert(platform, cards.alert(square.world.issue(), LINKS))
    assert "You are @Ana" in str(square.answers.given[await square.types(platform, "whoami")])
    await square.act(platform, becomes)
    square.world.clock.pass_by(seconds=60)
    for text in ("list", "resolve SHOP-1", "login", "show SHOP-1"):
        assert "cannot use Quell here" in str(square.answers.given[await square.types(platform, text)])
    before = len(square.answers.given)
    if platform == "slack":
        button = {"type": "button", "text": {"type": "plain_text", "text": "Resolve"}}
        await square.act("slack", "press", message=message, block_id="i1.v1.nonce", action_id="v1:resolve", element=button)
    else:
        await square.act("teams", "execute", message=message, verb="resolve")
    assert "cannot use Quell here" in str(square.answers.given[await square.answered(before, platform, is_read=False)])
    assert square.world.history() == ["first_seen"]
    assert square.kept(LoginLink) == 0
    await square.act(platform, "become_member")
    assert "You are @Ana" in str(square.answers.given[await square.types(platform, "whoami")])
