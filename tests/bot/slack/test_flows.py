"""What people press and look up in Slack, seen in the playground over real HTTP in both directions."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.elements import Card, Form, Notice, Option, Options
from bot.chat.interaction_queue import QueueTimings
from bot.chat.interactions import Interaction, Lookup, Press
from bot.chat.platform import BeforeCalling, at_once
from bot.chat.targets import OneIssue
from bot.slack.parse import read_interaction
from core.errors import DatabaseAway
from core.processes.interactions import PendingInteractions
from tests.support.slack.app import Answers, opened

pytestmark = pytest.mark.asyncio


def said(message: dict[str, Any]) -> str:
    text: str = message["blocks"][0]["text"]["text"]
    return text


async def test_a_press_is_acknowledged_then_carried_out_then_answered_privately(world: Any, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = Notice(("Ben resolved it at 14:00.",), is_refusal=True)
    assert await world.act("press", message=message["ts"], action_id="v1:resolve") == {"ok": True, "status": 200}
    await world.called("acknowledged", "response")
    did = world.answers.asked[0]
    assert did.payload == Press("resolve", OneIssue(12, 3))
    assert (did.person.subject, did.person.tenant, did.place.channel, did.place.message) == ("UPLAY1", "TPLAYGROUND", "CALERTS", message["ts"])
    assert said((await world.messages())[1]) == "⚠️ Ben resolved it at 14:00."
    assert len(await world.messages("UPLAY2")) == 1


async def test_after_a_press_that_worked_the_redraw_is_left_to_the_sender(world: Any, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = card
    await world.act("press", message=message["ts"], action_id="v1:assign:assignee", value="user:2")
    await world.called("acknowledged")
    await world.platform.close()
    assert world.answers.asked[0].payload == Press("assign", OneIssue(12, 3), "user:2")
    assert world.answers.drawn == [], "no card is drawn that nobody would see"
    assert world.diary.lines == ["acknowledged"]


async def test_nothing_goes_out_before_the_acknowledgement_and_slow_neighbours_do_not_delay_it(world: Any, card: Card) -> None:
    message = await world.posted(card)
    world.answers.may_answer.clear()
    await world.fault("slow", seconds=0.5)
    await world.act("press", message=message["ts"], action_id="v1:resolve")
    await world.act("command", text="list")
    await world.act("mention", text="@Quell list")
    assert world.diary.lines[0] == "acknowledged"
    world.answers.may_answer.set()


async def test_a_choice_in_a_menu_brings_verb_and_choice(world: Any, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = card
    await world.act("press", message=message["ts"], action_id="v1:menu:3", value="priority:high")
    await world.platform.close()
    assert world.answers.asked[0].payload == Press("priority", OneIssue(12, 3), "high")


async def test_a_picker_offers_what_fits(world: Any, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = Options((Option("Ana <me>", "user:1"), Option("Nobody", "none")))
    found = await world.act("suggest", message=message["ts"], action_id="v1:assign:assignee", value="an")
    assert [option["text"]["text"] for option in found["options"]] == ["Ana <me>", "Nobody"]
    assert world.answers.asked[0].payload == Lookup("assignee", 12, "an")
    assert world.diary.lines == ["acknowledged"]


async def test_a_picker_offers_nothing_rather_than_too_late(world: Any, card: Card) -> None:
    message = await world.posted(card)
    world.answers.may_answer.clear()
    found = await world.act("suggest", message=message["ts"], action_id="v1:assign:assignee", value="an")
    assert (found["status"], found["options"]) == (200, [])
    world.answers.may_answer.set()


async def test_a_picker_in_a_form_knows_its_issue(world: Any, card: Card, form: Form) -> None:
    world.answers.asking, world.answers.reply = frozenset({"archive"}), form
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")
    view = await world.modal("Archive SHOP-1F")
    world.answers.reply = Options((Option("SHOP-2", "2"),))
    found = await world.act("suggest", view=view["id"], block_id="into", action_id="v1:archive:issue", value="SH")
    assert [option["value"] for option in found["options"]] == ["2"]
    assert world.answers.asked[-1].payload == Lookup("issue", 12, "SH")


async def test_a_card_that_only_one_person_sees_is_redrawn_for_them(world: Any, card: Card) -> None:
    world.answers.reply = card
    await world.act("command", text="show SHOP-1F")
    message = await world.message()
    world.answers.reply = replace(card, version=4, state=("Resolved",))
    await world.act("press", message=message["ts"], action_id="v1:resolve")

    async def redrawn() -> bool:
        shown = await world.messages()
        return len(shown) == 1 and shown[0]["blocks"][2]["text"]["text"] == "Resolved"

    await world.until(redrawn)


async def test_closing_waits_for_the_answers_under_way(world: Any, card: Card) -> None:
    message = await world.posted(card)
    world.answers.seconds = 0.3
    await world.act("press", message=message["ts"], action_id="v1:resolve")
    await world.platform.close()
    assert len(await world.messages()) == 2


async def test_the_same_request_five_times_has_one_request_id(world: Any, ours: dict[str, Any]) -> None:
    statuses = await asyncio.gather(*(world.send_event(ours["direct"]) for _ in range(5)))
    assert statuses == [(200, "")] * 5
    await world.platform.close()
    assert {did.request_id for did in world.answers.asked} == {"slack:Ev2"}


async def test_what_can_be_neither_done_nor_stored_is_not_acknowledged_and_the_person_sees_that(
    answers: Answers, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PendingInteractions, "keep", _cannot_keep)
    async with opened(answers, timings=QueueTimings(give_up_after=0.2)) as world:
        message = await world.posted(card)
        answers.seconds = 0.6
        for done in (
            await world.act("press", message=message["ts"], action_id="v1:resolve"),
            await world.act("command", text="list"),
            await world.act("mention", text="@Quell list"),
        ):
            assert not done["ok"], done


def _cannot_keep(*_: object) -> None:
    raise DatabaseAway


@pytest.mark.parametrize("kind", ["button", "command", "mention", "said", "submission"])
async def test_what_was_received_before_a_restart_is_read_again_and_answered_privately(world: Any, ours: dict[str, Any], kind: str) -> None:
    received = await world.platform.read_again(json.loads(json.dumps(ours[kind])))
    assert received.interaction == read_interaction(ours[kind], "UQUELL")
    world.answers.reply = Notice(("Done.",))
    reply = await received.answer(at_once)
    await received.bring(reply)
    assert [said(message) for message in await world.messages()] == ["Done."]
    assert "views.open" not in world.diary.lines


async def test_what_is_of_another_workspace_is_not_read_again(world: Any, ours: dict[str, Any]) -> None:
    ours["button"]["team"]["id"] = "TOTHER"
    assert await world.platform.read_again(ours["button"]) is None
    assert await world.platform.read_again({"type": "block_actions", "team": {"id": "TPLAYGROUND"}}) is None


async def test_who_searches_a_picker_for_the_first_time_is_asked_for_after_the_answer(world: Any, card: Card) -> None:
    message = await world.posted(card)

    async def attempt(interaction: Interaction, before_calling: BeforeCalling = at_once) -> Options:
        await before_calling()
        await world.platform.profile(interaction.person, None)
        return Options((Option("Ana", "user:1"),))

    world.answers.attempt = attempt
    found = await world.act("suggest", message=message["ts"], action_id="v1:assign:assignee", value="an")
    assert (found["status"], found["options"]) == (200, [])
    await world.called("acknowledged", "users.info")
