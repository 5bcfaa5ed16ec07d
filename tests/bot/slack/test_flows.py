"""What people see: pressed, typed, filled in and looked up in the playground, over real HTTP in both directions."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.elements import Card, Form, Listing, Notice, Option, Options
from bot.chat.interaction_queue import QueueTimings
from bot.chat.interactions import FormSubmitted, Interaction, Lookup, Press, TypedCommand
from bot.chat.platform import BeforeCalling, at_once
from bot.chat.targets import OneIssue
from bot.slack.parse import interaction
from core.errors import DatabaseAway
from core.processes.interactions import PendingInteractions
from tests.support.slack.app import Answers, opened

pytestmark = pytest.mark.asyncio

FIELDS = {
    "until": {"v1:archive": "date"},
    "at": {"v1:archive": 1764000000},
    "count": {"v1:archive": "5o"},
}


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


async def test_a_press_that_asks_opens_a_placeholder_at_once_and_fills_it(world: Any, card: Card, form: Form) -> None:
    world.answers.asking, world.answers.reply, world.answers.seconds = frozenset({"archive"}), form, 0.5
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")
    placeholder = await world.modal("Quell")
    assert said(placeholder) == "One moment…"
    await world.called("acknowledged", "views.open", "views.update")
    filled = await world.modal("Archive SHOP-1F")
    assert filled["id"] == placeholder["id"]
    assert [block["block_id"] for block in filled["blocks"][1:]] == ["until", "at", "count", "into"]


async def test_a_choice_under_more_that_asks_opens_its_form_too(world: Any, card: Card, form: Form) -> None:
    world.answers.asking, world.answers.reply = frozenset({"delete"}), replace(form, verb="delete", title="Delete SHOP-1F", fields=())
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:menu:3", value="delete")
    await world.modal("Delete SHOP-1F")
    assert world.answers.asked[0].payload == Press("delete", OneIssue(12, 3))


async def test_what_cannot_be_asked_is_said_in_the_modal(world: Any, card: Card) -> None:
    world.answers.asking, world.answers.reply = frozenset({"archive"}), Notice(("Only admins do that.",), is_refusal=True)
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")
    await world.called("acknowledged", "views.open", "views.update")
    assert said((await world.seen())["views"][0]) == "⚠️ Only admins do that."


async def test_where_no_modal_can_be_opened_the_person_gets_a_button_and_the_words(world: Any, card: Card, form: Form, ours: dict[str, Any]) -> None:
    world.answers.asking, world.answers.reply = frozenset({"archive"}), form
    message = await world.posted(card)
    ours["button"]["actions"][0]["action_id"] = "v1:archive"
    ours["button"] |= {"trigger_id": "1.2.expired", "message": {"ts": message["ts"]}}
    ours["button"]["container"]["message_ts"] = message["ts"]
    # The response_url goes nowhere from here, as it would after 30 minutes.
    ours["button"]["response_url"] = f"{world.playground.accounts.slack_api_url.removesuffix('api/')}response/used-up"
    await world.send_interaction(ours["button"])
    await world.called("acknowledged", "views.open", "response", "chat.postEphemeral")
    whispered = (await world.messages())[1]
    assert "/quell help archive" in said(whispered)
    await world.act("press", message=whispered["ts"], action_id="v1:archive")
    await world.modal("Archive SHOP-1F")
    assert world.answers.asked[1].payload == Press("archive", OneIssue(12, 4))


async def submitted(world: Any, card: Card, form: Form) -> dict[str, Any]:
    """The form opened by a press, filled and sent; what the person notices."""
    world.answers.asking, world.answers.reply = frozenset({"archive"}), form
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")
    view = await world.modal("Archive SHOP-1F")
    world.diary.lines.clear()
    world.answers.asked.clear()
    done: dict[str, Any] = await world.act("submit_view", view=view["id"], values=FIELDS)
    return done


async def test_a_wrong_value_is_said_beside_its_field_and_the_modal_stays_open(world: Any, card: Card, form: Form) -> None:
    world.answers.wrong = {"count": "A whole number, such as 50."}
    done = await submitted(world, card, form)
    assert done == {"status": 200, "ok": False, "errors": {"count": "A whole number, such as 50."}}
    await world.platform.close()
    assert world.diary.lines == ["acknowledged"]
    assert len((await world.seen())["views"]) == 1


async def test_what_is_wrong_with_no_field_of_the_modal_is_said_beside_its_first(world: Any, card: Card, form: Form) -> None:
    world.answers.wrong = {"elsewhere": "Choose again."}
    done = await submitted(world, card, form)
    assert done == {"status": 200, "ok": False, "errors": {"until": "Choose again."}}


async def test_a_form_without_fields_is_carried_out_and_what_is_wrong_is_said_then(world: Any, card: Card, form: Form) -> None:
    world.answers.wrong = {"elsewhere": "There is nothing to delete."}
    world.answers.asking, world.answers.reply = frozenset({"archive"}), replace(form, fields=())
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")
    view = await world.modal("Archive SHOP-1F")
    world.answers.reply = Notice(("There is nothing to delete.",), is_refusal=True)
    assert (await world.act("submit_view", view=view["id"], values={}))["ok"]

    async def told() -> bool:
        return [said(each) for each in (await world.messages())[1:]] == ["⚠️ There is nothing to delete."]

    await world.until(told)


async def test_a_choice_in_a_menu_brings_verb_and_choice(world: Any, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = card
    await world.act("press", message=message["ts"], action_id="v1:menu:3", value="priority:high")
    await world.platform.close()
    assert world.answers.asked[0].payload == Press("priority", OneIssue(12, 3), "high")


async def test_a_submission_closes_the_modal_and_is_then_carried_out(world: Any, card: Card, form: Form) -> None:
    done = await submitted(world, card, form)
    assert done == {"status": 200, "ok": True}

    async def carried_out() -> bool:
        return len(world.answers.asked) == 2

    await world.until(carried_out)
    did = world.answers.asked[1]
    assert did.payload == FormSubmitted("archive", OneIssue(12, 4), {"until": "date", "at": "1764000000", "count": "5o", "into": "2"})
    assert did.place.channel == "CALERTS"
    assert did.place.message is not None


async def test_a_refused_submission_is_whispered_where_the_form_was_opened(world: Any, card: Card, form: Form) -> None:
    world.answers.asking, world.answers.reply = frozenset({"archive"}), form
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")
    view = await world.modal("Archive SHOP-1F")
    world.diary.lines.clear()
    world.answers.reply = Notice(("Ana was faster.",), is_refusal=True)
    await world.act("submit_view", view=view["id"], values=FIELDS)
    await world.called("acknowledged", "chat.postEphemeral")
    assert said((await world.messages())[1]) == "⚠️ Ana was faster."
    assert len(await world.messages("UPLAY2")) == 1


async def test_what_the_database_finds_wrong_is_said_beside_its_field_and_the_modal_stays_open(world: Any, card: Card, form: Form) -> None:
    done = await submitted(world, card, replace(form, errors={"count": "There are fewer users."}))
    assert done == {"status": 200, "ok": False, "errors": {"count": "There are fewer users."}}
    await world.platform.close()
    assert world.diary.lines == ["acknowledged"]


async def test_what_is_wrong_with_a_form_without_fields_is_said_in_it(world: Any, card: Card, form: Form) -> None:
    bare = replace(form, fields=(), errors={"elsewhere": "There is nothing to delete."})
    world.answers.asking, world.answers.reply = frozenset({"archive"}), bare
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")
    view = await world.modal("Archive SHOP-1F")
    assert await world.act("submit_view", view=view["id"], values={}) == {"status": 200, "ok": True}
    (shown,) = (await world.seen())["views"]
    assert said(shown) == "⚠️ There is nothing to delete."


async def test_what_a_slow_database_finds_wrong_opens_the_form_again_with_what_was_typed(world: Any, card: Card, form: Form) -> None:
    wrong = replace(form, errors={"count": "There are fewer users."})
    world.answers.asking, world.answers.reply = frozenset({"archive"}), wrong
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")
    view = await world.modal("Archive SHOP-1F")
    world.diary.lines.clear()
    world.answers.seconds = 0.6
    assert await world.act("submit_view", view=view["id"], values=FIELDS) == {"status": 200, "ok": True}
    await world.called("acknowledged", "views.open")
    view = await world.modal("Archive SHOP-1F")
    assert view["blocks"][3]["hint"]["text"] == "⚠️ There are fewer users."


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
    assert received.interaction == interaction(ours[kind], "UQUELL")
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
