"""Boards and homes in whole turns: redrawn where they stand, in the dialog's answer or in the message; a home for its person alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import JSONResponse

from bot.chat.elements import Board, Button, Form, Home, Listing, Notice, Reply, Row, TextField
from bot.chat.interactions import HomeOpened, Interaction, Press
from bot.chat.targets import SeveralIssues
from bot.msteams import render
from bot.msteams.render import board_card, home_card
from tests.support.teams.app import ANA, APP_ID, TENANT, Bot, invoke
from tests.support.teams.cards import carried, check

CARD = "application/vnd.microsoft.card.adaptive"
BUTTONS = (Button("resolve", "Resolve", choice="p1"), Button("archive", "Archive…", asks=True, choice="p1"))
BOARD = Board("Inbox", (Row(7, "SHOP-1F", "new"),), BUTTONS)
MINE = replace(BOARD, heading="My issues", rows=(Row(7, "SHOP-1F", "new"), Row(8, "SHOP-1G", "new")))
REDRAWN = replace(BOARD, rows=(), intro=(("Resolved SHOP-1F.",),))
FORM = Form("archive", SeveralIssues((7,)), "Archive", (), (TextField("amount", "How many"),), "Archive")
DATA = {"verb": "resolve", "issue": 0, "version": 0, "choice": "p1", "on": "board", "board": 0, "tick_0_7": "true"}
AT_HOME = {**DATA, "on": "home", "board": 1, "tick_1_7": "true"}
PERSONAL = {"id": "a:1chat", "tenantId": TENANT, "conversationType": "personal"}


def execute(data: dict[str, Any]) -> dict[str, Any]:
    return invoke("adaptiveCard/action", {"action": {"type": "Action.Execute", "verb": data["verb"], "data": data}, "trigger": "manual"})


async def ask(bot: Bot, how: dict[str, Any], reply: Any) -> Any:
    bot.answers.reply = reply
    answer = await bot.send(bot.activity(**how))
    assert answer.status == 200
    return answer.json()


async def test_a_press_on_a_board_is_answered_with_the_redrawn_board(bot: Bot) -> None:
    body = await ask(bot, execute(DATA), REDRAWN)

    assert body == {"statusCode": 200, "type": CARD, "value": board_card(REDRAWN)}
    assert bot.answers.asked[0].payload == Press("resolve", SeveralIssues((7,), "p1"))
    assert bot.teams.calls == []


async def test_a_bulk_form_closes_its_dialog_and_redraws_the_board_behind_it(bot: Bot) -> None:
    opened = await ask(bot, invoke("task/fetch", {"data": {**DATA, "verb": "archive"}}), FORM)
    submit = opened["task"]["value"]["card"]["content"]["actions"][0]["data"]
    closed = await ask(bot, invoke("task/submit", {"data": {**submit, "amount": "10"}}), REDRAWN)
    (call,) = await bot.teams.wait_for_calls(1)

    assert closed == {}
    assert (call["method"], call["body"]["id"]) == ("PUT", "1700000000000")
    assert carried(call["body"]) == board_card(REDRAWN)


async def test_a_bulk_form_stays_open_with_its_ids_when_something_is_wrong(bot: Bot) -> None:
    opened = await ask(bot, invoke("task/fetch", {"data": {**DATA, "verb": "archive"}}), FORM)
    wrong = replace(FORM, fields=(TextField("amount", "How many", initial="ten"),), errors={"amount": "That is no number: try 10."})
    submit = opened["task"]["value"]["card"]["content"]["actions"][0]["data"]
    stays = (await ask(bot, invoke("task/submit", {"data": {**submit, "amount": "ten"}}), wrong))["task"]

    card = stays["value"]["card"]["content"]
    check(card)
    assert stays["type"] == "continue"
    assert card["actions"][0]["data"] == submit
    assert [(part.get("id"), part.get("value"), part.get("text")) for part in card["body"]] == [
        ("amount", "ten", None),
        (None, None, "That is no number: try 10."),
    ]
    assert bot.teams.calls == []


async def test_a_form_after_a_press_follows_as_a_message_that_gives_way_to_the_board(bot: Bot) -> None:
    body = await ask(bot, execute(DATA), FORM)
    (posted,) = await bot.teams.wait_for_calls(1)
    bot.answers.reply = REDRAWN
    await bot.send(bot.activity(value={**carried(posted["body"])["actions"][0]["data"], "amount": "10"}, replyToId="m1"))
    _, changed = await bot.teams.wait_for_calls(2)

    assert body["value"] == "This needs an answer first: the form follows as a message."
    assert (changed["method"], changed["body"]["id"], carried(changed["body"])) == ("PUT", "m1", board_card(REDRAWN))


async def test_a_button_that_asks_may_answer_with_the_board_at_once(bot: Bot) -> None:
    body = await ask(bot, invoke("task/fetch", {"data": DATA}), REDRAWN)
    (call,) = await bot.teams.wait_for_calls(1)

    assert body == {"task": {"type": "message", "value": "Resolved SHOP-1F."}}
    assert (call["method"], carried(call["body"])) == ("PUT", board_card(REDRAWN))


async def test_a_refused_press_on_a_board_leaves_it_as_it_is(bot: Bot) -> None:
    body = await ask(bot, execute({**DATA, "tick_0_7": "false"}), Notice(("Tick an issue first.",), is_refusal=True))

    assert body["value"] == "Tick an issue first."
    assert bot.answers.asked[0].payload == Press("resolve", SeveralIssues((), "p1"))
    assert bot.teams.calls == []


async def test_a_board_that_comes_too_late_is_redrawn_in_its_message(bot: Bot) -> None:
    may_end = asyncio.Event()

    async def slow(_interaction: Interaction) -> Reply:
        await may_end.wait()
        return REDRAWN

    body = await ask(bot, execute(DATA), slow)
    assert body["value"] == "Still working on it; the message will follow."
    may_end.set()
    (call,) = await bot.teams.wait_for_calls(1)
    assert (call["method"], carried(call["body"])) == ("PUT", board_card(REDRAWN))


async def at_home(interaction: Interaction) -> Reply:
    return Home((BOARD, MINE)) if isinstance(interaction.payload, HomeOpened) else REDRAWN


@pytest.mark.parametrize("boards", [(BOARD, MINE), (BOARD,)])
async def test_a_press_on_a_page_redraws_its_board_among_the_others(bot: Bot, boards: tuple[Board, ...]) -> None:
    async def answer(interaction: Interaction) -> Reply:
        return Home(boards) if isinstance(interaction.payload, HomeOpened) else REDRAWN

    body = await ask(bot, execute(AT_HOME), answer)

    assert body["value"] == (home_card(Home((BOARD, REDRAWN))) if len(boards) == 2 else board_card(REDRAWN))
    assert [asked.payload for asked in bot.answers.asked] == [Press("resolve", SeveralIssues((7,), "p1")), HomeOpened()]
    assert len({asked.request_id for asked in bot.answers.asked}) == 2


async def test_a_bulk_form_of_a_page_redraws_the_page(bot: Bot) -> None:
    opened = await ask(bot, invoke("task/fetch", {"data": {**AT_HOME, "verb": "archive"}}, conversation=PERSONAL), FORM)
    submit = opened["task"]["value"]["card"]["content"]["actions"][0]["data"]
    assert await ask(bot, invoke("task/submit", {"data": {**submit, "amount": "10"}}, conversation=PERSONAL), at_home) == {}
    (call,) = await bot.teams.wait_for_calls(1)

    assert carried(call["body"]) == home_card(Home((BOARD, REDRAWN)))


async def test_a_listing_as_the_answer_to_a_form_stands_in_its_dialog(bot: Bot) -> None:
    opened = await ask(bot, invoke("task/fetch", {"data": {**DATA, "verb": "archive"}}), FORM)
    submit = opened["task"]["value"]["card"]["content"]["actions"][0]["data"]
    told = await ask(bot, invoke("task/submit", {"data": submit}), Listing("archive: 1 changed", (("SHOP-1F: Archived forever",),)))

    assert told == {"task": {"type": "message", "value": "archive: 1 changed: SHOP-1F: Archived forever;"}}


async def test_mine_in_the_personal_chat_is_the_page(bot: Bot) -> None:
    bot.answers.reply = Home((BOARD, MINE))
    await bot.send(bot.activity(text="mine", conversation=PERSONAL, entities=[]))
    (call,) = await bot.teams.wait_for_calls(1)

    assert carried(call["body"]) == home_card(Home((BOARD, MINE)))
    assert call["path"].startswith("/service/v3/conversations/a%3A1chat/activities")


async def test_mine_in_a_channel_goes_to_the_person_alone(bot: Bot) -> None:
    bot.answers.reply = Home((BOARD, MINE))
    await bot.send(bot.activity(text="<at>Quell</at> mine"))
    created, sent, told = await bot.teams.wait_for_calls(3)

    assert created["body"] == {
        "bot": {"id": f"28:{APP_ID}"},
        "isGroup": False,
        "members": [{"id": ANA["aadObjectId"]}],
        "tenantId": TENANT,
        "channelData": {"tenant": {"id": TENANT}},
    }
    assert (sent["path"], carried(sent["body"])) == ("/service/v3/conversations/m1/activities", home_card(Home((BOARD, MINE))))
    assert told["body"]["text"] == "I answered you in our personal chat, where only you read it."
    assert "attachments" not in told["body"]


async def test_mine_in_a_channel_of_somebody_who_cannot_be_written_to_says_what_to_do(bot: Bot) -> None:
    bot.teams.faults = [JSONResponse({"error": {"code": "ForbiddenOperationException"}}, 403)]
    bot.answers.reply = Home((BOARD, MINE))
    await bot.send(bot.activity(text="<at>Quell</at> mine"))
    _, told = await bot.teams.wait_for_calls(2)

    assert told["body"]["text"].startswith("⚠️ It is for you alone")
    assert "choose **Add**" in told["body"]["text"]


async def test_a_typed_list_is_a_board_and_the_sender_posts_boards_too(bot: Bot) -> None:
    bot.answers.reply = BOARD
    await bot.send(bot.activity(text="<at>Quell</at> list"))
    (call,) = await bot.teams.wait_for_calls(1)

    assert carried(call["body"]) == carried(render.activity_with(BOARD)) == board_card(BOARD)
    assert call["body"]["summary"] == "Inbox"
