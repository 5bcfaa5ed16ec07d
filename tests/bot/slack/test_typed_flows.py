"""What people type in Slack, seen in the playground over real HTTP: answered to the person alone, in the thread, or by a form."""

from __future__ import annotations

from typing import Any

import pytest

from bot.chat.elements import Card, Form, Listing, Notice
from bot.chat.interactions import TypedCommand

pytestmark = pytest.mark.asyncio


def said(message: dict[str, Any]) -> str:
    text: str = message["blocks"][0]["text"]["text"]
    return text


@pytest.mark.parametrize("kind", ["notice", "listing", "card"])
async def test_a_command_is_answered_to_the_person_alone(world: Any, card: Card, kind: str) -> None:
    world.answers.reply = {"notice": Notice(("Done.",)), "listing": Listing("Issues", (("SHOP-1F",),)), "card": card}[kind]
    assert await world.act("command", text="list is:unresolved") == {"ok": True, "status": 200}
    await world.called("acknowledged", "response")
    assert world.answers.asked[0].payload == TypedCommand("list is:unresolved")
    assert len(await world.messages()) == 1
    assert await world.messages("UPLAY2") == []


async def test_a_command_that_asks_first_opens_its_form(world: Any, form: Form) -> None:
    world.answers.reply = form
    await world.act("command", text="archive SHOP-1F")
    await world.called("acknowledged", "views.open")
    await world.modal("Archive SHOP-1F")


async def test_a_mention_is_answered_in_its_thread(world: Any) -> None:
    world.answers.reply = Listing("Issues", (("SHOP-1F",),))
    done = await world.act("mention", text="@Quell list")
    await world.called("acknowledged", "chat.postMessage", "acknowledged")
    message = await world.message("UPLAY2")
    assert message["thread_ts"] == done["ts"]
    assert world.answers.asked[0].payload == TypedCommand("list")


async def test_a_notice_for_a_mention_stays_private(world: Any) -> None:
    world.answers.reply = Notice(("Your link: only for you.",))
    await world.act("mention", text="@Quell login")
    assert said(await world.message()) == "Your link: only for you."
    assert await world.messages("UPLAY2") == []


async def test_a_mention_that_asks_first_gets_a_private_button(world: Any, form: Form) -> None:
    world.answers.asking, world.answers.reply = frozenset({"archive"}), form
    await world.act("mention", text="@Quell archive SHOP-1F")
    message = await world.message()
    assert await world.messages("UPLAY2") == []
    await world.act("press", message=message["ts"], action_id="v1:archive")
    await world.modal("Archive SHOP-1F")


async def test_a_direct_message_is_answered_there(world: Any) -> None:
    world.answers.reply = Notice(("Hello.",))
    await world.act("dm", text="help")
    await world.called("acknowledged", "chat.postMessage")
    message = await world.message()
    assert message["channel"].startswith("D")
    assert "thread_ts" not in message
    assert world.answers.asked[0].payload == TypedCommand("help")


async def test_our_own_messages_are_never_read_back(world: Any, card: Card, ours: dict[str, Any]) -> None:
    ours["direct"]["event"] |= {"user": "UQUELL"}
    await world.send_event(ours["direct"])
    ours["direct"]["event"] |= {"user": "UPLAY1", "bot_id": "BQUELL"}
    await world.send_event(ours["direct"])
    await world.platform.close()
    assert world.answers.asked == []
