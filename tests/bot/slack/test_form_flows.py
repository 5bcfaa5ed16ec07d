"""Forms in Slack's modals, seen in the playground over real HTTP: opened, corrected and sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.elements import Card, Form, Notice
from bot.chat.interactions import FormSubmitted, Press
from bot.chat.targets import OneIssue

pytestmark = pytest.mark.asyncio


FIELDS = {
    "until": {"v1:archive": "date"},
    "at": {"v1:archive": 1764000000},
    "count": {"v1:archive": "5o"},
}


def said(message: dict[str, Any]) -> str:
    text: str = message["blocks"][0]["text"]["text"]
    return text


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
