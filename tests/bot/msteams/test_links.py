"""Pasted links: unfolded for whom they may be shown to, and asking for the truth by themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.chat.elements import Button, Form, Nothing, Notice, Reply, TextField, Unfolded
from bot.chat.interactions import Interaction, LinksShared, Press
from bot.chat.targets import OneIssue
from bot.msteams import render
from tests.support.teams.app import ANA, Bot, a_card, invoke
from tests.support.teams.cards import actions, check

LINK = "https://quell.example.com/issues/SHOP-1F/"
PASTE = invoke("composeExtension/queryLink", {"url": LINK})
NOTHING = {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": []}}
CARD = "application/vnd.microsoft.card.adaptive"
FORM = Form("archive", OneIssue(7, 3), "Archive", (), (TextField("amount", "How many"),), "Archive")


async def ask(bot: Bot, how: dict[str, Any], reply: Any) -> Any:
    bot.answers.reply = reply
    answer = await bot.send(bot.activity(**how))
    assert answer.status == 200
    return answer.json()


def execute(action: dict[str, Any], trigger: str = "manual") -> dict[str, Any]:
    return invoke("adaptiveCard/action", {"action": {name: action[name] for name in ("type", "verb", "data")}, "trigger": trigger})


async def test_a_pasted_link_unfolds_into_the_live_card(bot: Bot) -> None:
    body = await ask(bot, PASTE, Unfolded({LINK: a_card()}))

    (attachment,) = body["composeExtension"]["attachments"]
    assert attachment["content"] == render.unfolded(a_card(), ANA["id"])
    assert attachment["preview"]["content"] == {"title": "SHOP-1F ValueError: bad basket", "text": "SHOP-1F: Unresolved, new"}
    assert bot.answers.asked[0].payload == LinksShared((LINK,))
    assert bot.teams.calls == []


@pytest.mark.parametrize("reply", [Unfolded({}), Nothing(), Notice(("Link your account first.",), is_refusal=True)])
async def test_what_is_not_theirs_to_see_stays_a_link(bot: Bot, reply: Reply) -> None:
    assert await ask(bot, PASTE, reply) == NOTHING


async def test_a_link_that_takes_too_long_stays_a_link_and_nothing_follows(bot: Bot) -> None:
    may_end = asyncio.Event()

    async def slow(_interaction: Interaction) -> Reply:
        await may_end.wait()
        return Notice(("Link your account first.",), is_refusal=True)

    assert await ask(bot, PASTE, slow) == NOTHING
    may_end.set()
    await bot.platform.close()
    assert bot.teams.calls == []


def test_the_unfolded_card_asks_for_the_truth_when_its_person_sees_it() -> None:
    card = render.unfolded(a_card(), ANA["id"])

    check(card)
    assert card["refresh"]["userIds"] == [ANA["id"]]
    assert (card["refresh"]["action"]["type"], card["refresh"]["action"]["verb"]) == ("Action.Execute", "refresh")
    assert "refresh" not in render.alert(a_card())


@pytest.mark.parametrize("trigger", ["manual", "automatic"])
async def test_a_refresh_shows_the_truth_and_keeps_asking(bot: Bot, trigger: str) -> None:
    resolved = a_card(version=4, state=("Resolved by @Ben",), controls=(Button("unresolve", "Unresolve"),))
    body = await ask(bot, execute(render.unfolded(a_card(), ANA["id"])["refresh"]["action"], trigger), resolved)

    assert bot.answers.asked[0].payload == Press("refresh", OneIssue(7, 3))
    assert body == {"statusCode": 200, "type": CARD, "value": render.unfolded(resolved, ANA["id"])}


async def test_a_press_on_an_unfolded_card_answers_with_an_unfolded_card(bot: Bot) -> None:
    body = await ask(bot, execute(actions(render.unfolded(a_card(), "29:1ben"))["Resolve"]), a_card(state=("Resolved by @Ana",)))

    assert body["value"] == render.unfolded(a_card(state=("Resolved by @Ana",)), ANA["id"])


async def test_a_dialog_of_an_unfolded_card_says_what_came_of_it(bot: Bot) -> None:
    opened = await ask(bot, invoke("task/fetch", {"data": actions(render.unfolded(a_card(), "29:1ben"))["Archive…"]["data"]}), FORM)
    submit = opened["task"]["value"]["card"]["content"]["actions"][0]["data"]
    closed = await ask(bot, invoke("task/submit", {"data": {**submit, "amount": "10"}}), a_card(state=("Archived until 10 more events",)))

    assert closed == {"task": {"type": "message", "value": "SHOP-1F: Archived until 10 more events"}}


async def test_an_old_clients_press_on_an_unfolded_card_is_answered_in_words(bot: Bot) -> None:
    bot.answers.reply = a_card(state=("Resolved by @Ana",))
    await bot.send(bot.activity(value=actions(render.unfolded(a_card(), "29:1ben"))["Resolve"]["fallback"]["data"], replyToId="42"))
    (call,) = await bot.teams.wait_for_calls(1)

    assert (call["method"], call["body"]["text"]) == ("POST", "SHOP-1F: Resolved by @Ana")


@pytest.mark.parametrize("value", [{}, {"url": 7}, {"url": ""}, {"url": "x" * 2049}])
async def test_a_paste_without_a_link_is_refused(bot: Bot, value: dict[str, Any]) -> None:
    assert (await bot.send(bot.activity(**invoke("composeExtension/queryLink", value)))).status == 400
