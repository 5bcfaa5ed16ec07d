"""What is for one person is read by one person: every command and every control, typed and pressed in a channel of both chats.

The requests come by the chats' real protocols, signed and with tokens; what the bot sends goes to the playground, which refuses what the real
services refuse and shows each person what that person would see. Every answer bears a word of its own, so that it can be looked for on the
screens of those whom it does not concern.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import get_args

import pytest

from bot.chat import cards, commands, verbs
from bot.chat.elements import Board, Card, Changed, Form, Home, Listing, Nothing, Notice, Option, Options, Reply, Unfolded, is_private
from bot.chat.handlers.presses import READ_ONLY_VERBS
from bot.chat.interactions import TypedCommand
from bot.chat.issue_lists import PAGE
from bot.chat.targets import OneIssue
from bot.chat.verbs import OF_ISSUES
from tests.support.both_chats import ANA, BEN, LINKS, PLATFORMS, Square
from tests.support.teams.app import a_card

pytestmark = pytest.mark.asyncio

COMMANDS = tuple(spec.example for spec in verbs.TYPED)
VERBS = (*OF_ISSUES, *READ_ONLY_VERBS, PAGE)
whatever_the_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where an answer goes does not depend on it."""


# Every answer bears a word -----------------------------------------------------------------------------------------------


# What is private ---------------------------------------------------------------------------------------------------------


EACH_KIND: Mapping[type, tuple[Reply, bool]] = {
    Card: (a_card(), False),
    Changed: (Changed(1), False),
    Form: (Form("archive", OneIssue(1, 1), "Archive", (), (), "Archive"), False),
    Notice: (Notice(("Done.",)), False),
    Listing: (Listing("Found", ()), False),
    Board: (Board("Inbox", (), ()), False),
    Home: (Home(()), True),
    Unfolded: (Unfolded({}), False),
    Options: (Options((Option("Me", "user:1"),)), True),
    Nothing: (Nothing(), False),
}


async def test_each_kind_of_reply_says_whether_it_is_for_one_person() -> None:
    assert set(EACH_KIND) == set(get_args(Reply))
    assert {kind: is_private(reply) for kind, (reply, _) in EACH_KIND.items()} == {kind: wanted for kind, (_, wanted) in EACH_KIND.items()}
    assert is_private(Notice(("No.",), is_refusal=True))
    assert all(is_private(replace(reply, is_private=True)) for reply in (Notice(("Done.",)), Listing("Found", ()), Board("Inbox", (), ())))


PRIVATE = {"mine", "link", "unlink", "whoami", "login", "delivery", "subscribe", "unsubscribe", "bookmark", "unbookmark", "share"}
"""The commands whose answers are for the person who asked alone, whatever comes of them. Any other's are where they are refused."""


def real(example: str) -> str:
    """The example of a command, about issues that there are."""
    return example.replace("SHOP-1F", "SHOP-1").replace("SHOP-2A", "SHOP-2")


@pytest.mark.slow
@whatever_the_database
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_no_command_in_a_channel_is_answered_where_others_read_what_is_for_one(square: Square, platform: str) -> None:
    square.world.event("the second")
    for example in COMMANDS:
        for text in dict.fromkeys((example, real(example))):
            word = await square.types(platform, text)
            _, reply = square.answers.given[word]
            verb = commands.parse(text).verb
            assert is_private(reply) == (verb in PRIVATE or (isinstance(reply, Notice) and reply.is_refusal)), text
    await square.is_quiet()
    await square.nobody_else_reads_private_words(platform)
    assert "public-" in await square.seen(BEN, platform)
    assert all(isinstance(did.payload, TypedCommand) and did.payload.is_overheard for did, _ in square.answers.given.values())


@whatever_the_database
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_no_command_in_a_thread_is_answered_where_others_read_what_is_for_one(square: Square, platform: str) -> None:
    root = await square.alert(platform, cards.alert(square.world.issue(), LINKS))
    for example in ("whoami", "login", "mine", "bookmark SHOP-1", "list bookmarks:me", "resolve SHOP-99", "delivery SHOP-1"):
        assert (await square.types(platform, example, in_thread=root)).startswith("private-")
    await square.is_quiet()
    await square.nobody_else_reads_private_words(platform)


@whatever_the_database
async def test_slash_commands_are_answered_to_the_one_who_typed_them(square: Square) -> None:
    for example in COMMANDS:
        before = len(square.answers.given)
        await square.act("slack", "command", text=example)
        await square.answered(before, "slack")
    await square.is_quiet()
    theirs = await square.seen(BEN, "slack")
    assert "private-" not in theirs
    assert "public-" not in theirs


@whatever_the_database
@pytest.mark.parametrize("query", ["bookmarks:me", "!bookmarks:me", "is:unresolved is:bookmarked", "bookmarks:[me,ben@example.com]"])
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_list_of_what_somebody_keeps_for_themselves_is_for_one(square: Square, platform: str, query: str) -> None:
    for text in (f"list {query}", f"list {query} nosuchissue"):
        assert (await square.types(platform, text)).startswith("private-"), text
    await square.is_quiet()
    await square.nobody_else_reads_private_words(platform)


# Controls ----------------------------------------------------------------------------------------------------------------


def presses(square: Square) -> Iterator[tuple[str, str, int, int]]:
    """Every verb: of an issue without and with a choice, of one that is gone, and of a list of one's own."""
    issue = square.world.issue()
    mine = json.dumps(["Found", "bookmarks:me", ""])
    for verb in VERBS:
        yield verb, "", issue.id, issue.version
        yield verb, "high", issue.id, issue.version
        yield verb, "", 999, 1
        yield verb, mine, 0, 0


@pytest.mark.slow
@whatever_the_database
async def test_no_control_in_a_channel_of_slack_is_answered_where_others_read_what_is_for_one(square: Square) -> None:
    message = await square.alert("slack", cards.alert(square.world.issue(), LINKS))
    for verb, choice, issue, version in presses(square):
        before = len(square.answers.given)
        block = f"i{issue}.v{version}.nonce" if issue else "b0.nonce"
        button = {"type": "button", "text": {"type": "plain_text", "text": verb}, "value": choice}
        done = await square.act("slack", "press", message=message, block_id=block, action_id=f"v1:{verb}", element=button, value=choice)
        assert done["ok"], done
        await square.answered(before, "slack", is_read=False)
        await submit_what_opened(square)
    await square.is_quiet()
    await square.nobody_else_reads_private_words("slack")
    assert {"bookmark", "share"} <= {
        getattr(did.payload, "verb", "") for word, (did, _) in square.answers.given.items() if word.startswith("private")
    }


async def submit_what_opened(square: Square) -> None:
    """Sends the form that a press opened as it is, and closes it."""
    async with square.http.get(f"{square.url}/playground/state", params={"as": ANA}) as answer:
        views = (await answer.json())["slack"]["views"]
    for view in views:
        await square.act("slack", "submit_view", view=view["id"], values={})
        await square.act("slack", "close_view", view=view["id"])


@whatever_the_database
@pytest.mark.parametrize("how", ["execute", *(pytest.param(how, marks=pytest.mark.slow) for how in ("submit", "open_dialog"))])
async def test_no_control_in_a_channel_of_teams_is_answered_where_others_read_what_is_for_one(square: Square, how: str) -> None:
    """By a client that runs actions, by an old one that sends a message for each, and in a dialog."""
    message = await square.alert("teams", cards.alert(square.world.issue(), LINKS))
    for verb, choice, issue, version in presses(square):
        before = len(square.answers.given)
        data = {"verb": verb, "issue": issue, "version": version, "choice": choice, **({} if issue else {"on": "board", "board": 0, "page": choice})}
        kind = "Action.Execute" if how == "execute" else "Action.Submit"
        await square.act("teams", how, message=message, action={"type": kind, "verb": verb, "data": data})
        await square.answered(before, "teams", is_read=False)
        if how == "open_dialog":
            await square.act("teams", "submit_dialog")
    await square.is_quiet()
    await square.nobody_else_reads_private_words("teams")
    assert {"bookmark", "share"} <= {
        getattr(did.payload, "verb", "") for word, (did, _) in square.answers.given.items() if word.startswith("private")
    }
