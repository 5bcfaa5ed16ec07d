"""Threads and people: lines below a copy with those they name, personal chats, and what people say among themselves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from bot.chat.elements import Bold, Button, Listing, Notice, Reply
from bot.chat.interactions import ThreadReply, TypedCommand
from bot.chat.platform import Address, OutgoingNote, PlatformError
from bot.chat.targets import OneIssue
from bot.msteams.account import TeamsAccount
from bot.msteams.notices import MentionedPerson, notice
from bot.msteams.parse import parse
from tests.support.teams.app import ANA, BOT, CHANNEL, MENTION, TENANT, Bot, Teams, a_card, activity, running
from tests.support.teams.cards import HOSTILE, actions, carried, check

BEN = {"id": "29:1ben", "name": "Ben Okri", "aadObjectId": "2222"}
ROOT = "1700000000000"
THREAD = "/service/v3/conversations/19%3Aalerts%40thread.tacv2%3Bmessageid%3D1700000000000"
RESOLVED = Notice(("Resolved by ", Bold("@Ana"), "."))


def address(teams: Teams, channel: str = CHANNEL, *, is_direct: bool = False) -> Address:
    return Address(TENANT, channel, teams.service_url, is_direct=is_direct)


async def test_a_line_is_said_in_the_thread_of_the_copy(bot: Bot) -> None:
    said = await bot.platform.reply(address(bot.teams), ROOT, OutgoingNote(RESOLVED, is_broadcast=True), "key")

    (call,) = bot.teams.calls
    assert (said, call["method"], call["path"]) == ("m1", "POST", f"{THREAD}/activities")
    assert call["body"] == {"type": "message", "textFormat": "markdown", "text": "Resolved by **@Ana**."}


async def test_those_a_line_names_are_pinged_by_the_names_they_have_there(bot: Bot) -> None:
    bot.teams.member = BEN
    await bot.platform.reply(address(bot.teams), ROOT, OutgoingNote(RESOLVED, ("2222",)), "key")
    await bot.platform.reply(address(bot.teams), ROOT, OutgoingNote(RESOLVED, ("2222",)), "key")

    asked, first, second = bot.teams.calls
    assert (asked["method"], asked["path"]) == ("GET", f"{THREAD}/members/2222")
    assert first["body"]["text"] == "<at>Ben Okri</at> Resolved by **@Ana**."
    assert first["body"]["entities"] == [{"type": "mention", "text": "<at>Ben Okri</at>", "mentioned": {"id": "29:1ben", "name": "Ben Okri"}}]
    assert second["body"] == first["body"]


async def test_who_is_not_in_the_channel_is_not_pinged(bot: Bot) -> None:
    bot.teams.faults = [JSONResponse({"error": {"code": "MemberNotFoundInConversation"}}, 404)]
    await bot.platform.reply(address(bot.teams), ROOT, OutgoingNote(RESOLVED, ("2222",)), "key")

    assert bot.teams.calls[-1]["body"] == notice(RESOLVED)


async def test_a_line_waits_when_teams_is_too_busy_to_say_who_is_there(bot: Bot) -> None:
    bot.teams.faults = [Response(status_code=429, headers={"Retry-After": "7"})]
    with pytest.raises(PlatformError) as raised:
        await bot.platform.reply(address(bot.teams), ROOT, OutgoingNote(RESOLVED, ("2222",)), "key")

    assert (raised.value.permanent, raised.value.retry_after) == (False, 7.0)
    assert [call["method"] for call in bot.teams.calls] == ["GET"]


@pytest.mark.parametrize("channel", ["19:0a1b@thread.v2", "a:1chat"])
async def test_where_there_are_no_threads_a_reply_is_a_message(bot: Bot, channel: str) -> None:
    await bot.platform.reply(address(bot.teams, channel), ROOT, OutgoingNote(RESOLVED), "key")

    assert "messageid" not in bot.teams.calls[0]["path"]


@pytest.mark.parametrize("text", [*HOSTILE, "O'Hara-Smith Jr."])
def test_a_name_cannot_become_another_mention_or_a_link(text: str) -> None:
    message = notice(RESOLVED, [MentionedPerson("29:1ben", text)])

    assert message["text"].startswith(message["entities"][0]["text"])
    assert message["text"].count("<") == 2
    assert not set(message["entities"][0]["mentioned"]["name"]) & set("<>*_[]()`#|~\\{}")


async def test_a_direct_message_goes_to_a_personal_chat_that_is_asked_for_once(bot: Bot) -> None:
    to_ana = address(bot.teams, ANA["aadObjectId"], is_direct=True)
    first = await bot.platform.post(to_ana, a_card(), "key")
    await bot.platform.post(to_ana, RESOLVED, "key")
    await bot.platform.update(to_ana, first, a_card(version=4))
    await bot.platform.reply(to_ana, first, OutgoingNote(RESOLVED), "key")

    chat = "/service/v3/conversations/m1/activities"
    assert [(call["method"], call["path"]) for call in bot.teams.calls] == [
        ("POST", "/service/v3/conversations"),
        ("POST", chat),
        ("POST", chat),
        ("PUT", f"{chat}/m2"),
        ("POST", chat),
    ]
    assert bot.teams.calls[0]["body"]["members"] == [{"id": ANA["aadObjectId"]}]


async def test_somebody_without_the_app_cannot_be_written_to(bot: Bot) -> None:
    bot.teams.faults = [JSONResponse({"error": {"code": "BotNotInConversationRoster"}}, 403)]
    with pytest.raises(PlatformError, match="403 BotNotInConversationRoster") as raised:
        await bot.platform.post(address(bot.teams, "2222", is_direct=True), RESOLVED, "key")

    assert raised.value.permanent


async def test_a_message_cannot_be_found_again(bot: Bot) -> None:
    assert await bot.platform.find(address(bot.teams), "key", datetime.now(UTC)) is None
    assert bot.teams.calls == []


def test_a_reply_among_people_is_said_not_typed() -> None:
    ben = {"type": "mention", "text": "<at>Ben</at>", "mentioned": {"id": "29:1ben", "name": "Ben"}}
    found = parse(activity(text="<at>Ben</at> it was the cache &amp; me<br>", entities=[ben]))

    assert found is not None
    assert (found.payload, found.place.thread) == (ThreadReply("@Ben it was the cache & me"), ROOT)


def test_a_mention_in_a_thread_is_a_command() -> None:
    found = parse(activity(text="<at>Quell</at> it was the cache", entities=[MENTION]))

    assert found is not None
    assert found.payload == TypedCommand("it was the cache")


@pytest.mark.parametrize(
    "how",
    [
        {"id": ROOT, "text": "a new thread"},
        {"text": ""},
        {"text": "hello", "conversation": {"id": CHANNEL, "conversationType": "channel"}},
        {"text": "hello", "conversation": {"id": "19:0a1b@thread.v2", "conversationType": "groupChat"}},
        {"text": "our own", "from": BOT},
        {"text": "another bot's", "from": {**BEN, "role": "bot"}},
    ],
)
async def test_other_talk_is_not_listened_to(bot: Bot, how: dict[str, Any]) -> None:
    answer = await bot.send(bot.activity(**{"entities": [], **how}))
    await bot.platform.close()

    assert (answer.status, bot.answers.asked, bot.answers.reached, bot.teams.calls) == (202, [], [], [])


def test_a_personal_chat_needs_no_mention() -> None:
    found = parse(activity(text="help", entities=[], conversation={"id": "a:1chat", "conversationType": "personal"}))

    assert found is not None
    assert found.payload == TypedCommand("help")


@pytest.mark.parametrize("reply", [Notice(("Noted.",)), Notice(("Quell's database does not answer.",), is_refusal=True)])
async def test_talk_in_a_thread_is_never_answered_and_taken_once(bot: Bot, reply: Reply) -> None:
    bot.answers.reply = reply
    answers = await asyncio.gather(*(bot.send(bot.activity(text="it was the cache", entities=[])) for _ in range(3)))
    await bot.platform.close()

    assert [answer.status for answer in answers] == [202, 202, 202]
    assert [asked.payload for asked in bot.answers.asked] == [ThreadReply("it was the cache")]
    assert bot.teams.calls == []


async def test_the_agents_playground_knows_no_mentions(teams: Teams) -> None:
    account = TeamsAccount("", "", "", f"{teams.url}/openid", f"{teams.url}/login", ("127.0.0.1",), is_anonymous=True)
    async with running(account, teams) as bot:
        await bot.send(bot.activity(text="help", entities=[]), token=None)
        await bot.platform.close()
        assert [asked.payload for asked in bot.answers.asked] == [TypedCommand("help")]


UNDO = Notice(("Resolved SHOP-1F.",), issue=OneIssue(7, 4), buttons=(Button("undo", "Undo", choice="12"), Button("show", "Show")))


async def test_an_answer_with_buttons_is_a_small_card(bot: Bot) -> None:
    bot.answers.reply = UNDO
    await bot.send(bot.activity(text="resolve SHOP-1F"))
    (call,) = await bot.teams.wait_for_calls(1)

    card = carried(call["body"])
    check(card)
    assert (card["body"][0]["text"], call["body"]["summary"]) == ("Resolved SHOP-1F.", "Resolved SHOP-1F.")
    assert actions(card)["Undo"]["data"] == {"verb": "undo", "issue": 7, "version": 4, "choice": "12"}
    assert list(actions(card)) == ["Undo", "Show"]


@pytest.mark.parametrize("buttons", [(), (Button("show", "Show"),)])
async def test_a_refused_command_is_marked_by_a_sign_and_its_words(bot: Bot, buttons: tuple[Button, ...]) -> None:
    bot.answers.reply = Notice(("You are a viewer.",), is_refusal=True, issue=OneIssue(7, 3), buttons=buttons)
    await bot.send(bot.activity(text="resolve SHOP-1F"))
    _created, call, _pointer = await bot.teams.wait_for_calls(3)

    told = carried(call["body"])["body"][0]["text"] if buttons else call["body"]["text"]
    assert told == "⚠️ You are a viewer."


async def test_a_listing_and_a_notice_without_refusal_bear_no_sign(bot: Bot) -> None:
    for reply in (Listing("Issues", (("SHOP-1F",),)), Notice(("Done.",))):
        bot.answers.reply = reply
        await bot.send(bot.activity(text=f"list {type(reply).__name__}"))
    calls = await bot.teams.wait_for_calls(2)

    assert all("⚠" not in call["body"]["text"] for call in calls)


async def test_undo_in_the_dialog_that_says_what_was_done(bot: Bot) -> None:
    bot.answers.reply = UNDO
    submit = {"kind": "invoke", "name": "task/submit", "replyToId": ROOT}
    said = (await bot.send(bot.activity(**submit, value={"data": {"verb": "resolve", "issue": 7, "version": 3, "form": True}}))).json()
    card = said["task"]["value"]["card"]["content"]
    check(card)
    undo = actions(card)["Undo"]
    bot.answers.reply = a_card()
    closed = (await bot.send(bot.activity(**submit, value={"data": undo["data"]}))).json()

    # A dialog runs no Action.Execute.
    assert (said["task"]["type"], undo["type"], closed) == ("continue", "Action.Submit", {})
    assert (bot.answers.asked[1].payload.verb, bot.answers.asked[1].payload.choice) == ("undo", "12")  # type: ignore[union-attr]


async def test_a_line_with_buttons_names_people_in_its_card(bot: Bot) -> None:
    bot.teams.member = BEN
    await bot.platform.reply(address(bot.teams), ROOT, OutgoingNote(UNDO, ("2222",)), "key")

    card = carried(bot.teams.calls[-1]["body"])
    check(card)
    assert card["body"][0]["text"] == "<at>Ben Okri</at> Resolved SHOP-1F."
    assert card["msteams"]["entities"][0]["text"] == "<at>Ben Okri</at>"


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_breaks_no_card_of_a_notice(text: str) -> None:
    for named in ([], [MentionedPerson("29:1ben", text)]):
        card = carried(notice(Notice((text or "x", Bold(text)), True, OneIssue(7, 3), UNDO.buttons), named))
        check(card)
        assert card["body"][0]["text"].count("<") == 2 * len(named)
