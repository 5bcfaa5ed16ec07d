"""Pages of issues: drawn, ticked, pressed and redrawn where they stand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.chat.elements import Board, Bold, Button, Card, Form, Home, Listing, Notice, Row
from bot.chat.interactions import FormSubmitted, Press
from bot.chat.targets import OneIssue, SeveralIssues
from bot.slack import render
from tests.support.slack.app import ALERTS
from tests.support.slack.hostile_text import HOSTILE, check, check_view

pytestmark = pytest.mark.asyncio


def blocks_of(message: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [block for block in message["blocks"] if block["type"] == kind]


def ticked(message: dict[str, Any], *ids: int) -> dict[str, Any]:
    """The state of a board's tick boxes, as a deed of the playground says it."""
    block = blocks_of(message, "actions")[0]
    assert block["elements"][0]["type"] == "checkboxes"
    return {block["block_id"]: {"v1:tick": {"selected_options": [str(each) for each in ids]}}}


async def press(world: Any, message: dict[str, Any], action_id: str, *ids: int, **more: Any) -> None:
    assert (await world.act("press", message=message["ts"], action_id=action_id, state=ticked(message, *ids), **more))["ok"]


async def test_a_board_has_tick_boxes_and_buttons_that_know_their_page(board: Board) -> None:
    shown = render.board(board, "c0ffee")
    check(shown)
    header, intro, ticks, buttons, footer = shown["blocks"]
    assert header["text"]["text"] == "Inbox"
    assert intro["text"]["text"] == "*SHOP-1E*: resolved"
    assert ticks["block_id"] == "t0.c0ffee"
    assert [(one["value"], one["text"]["text"], one["description"]["text"]) for one in ticks["elements"][0]["options"]] == [
        ("12", "SHOP-1F ZeroDivisionError", "Unresolved, new · 12 events"),
        ("13", "SHOP-1G KeyError", "Unresolved, new · 1 event"),
    ]
    assert buttons["block_id"] == "b0.c0ffee"
    assert [(one["action_id"], one["value"]) for one in buttons["elements"]] == [
        ("v1:resolve", "inbox@1"),
        ("v1:archive", "inbox@1"),
        ("v1:page", "inbox@0"),
        ("v1:page:3", "inbox@2"),
    ]
    assert footer["elements"][0]["text"] == "2 of 40"
    assert shown["text"] == "Inbox\nSHOP-1F ZeroDivisionError\nSHOP-1G KeyError"


async def test_a_board_without_issues_has_no_empty_blocks() -> None:
    shown = render.board(Board("Inbox", (), ()), "n")
    check(shown)
    assert [block["type"] for block in shown["blocks"]] == ["header"]


async def test_what_came_of_many_issues_is_counted_where_it_does_not_fit(board: Board) -> None:
    shown = render.board(replace(board, intro=tuple((Bold(f"SHOP-{number}"), " ", "x" * 900) for number in range(40))), "n")
    check(shown)
    assert "… and 34 more lines" in [block["elements"][0]["text"] for block in blocks_of(shown, "context")]


@pytest.mark.slow
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_text_in_every_place_of_a_board_breaks_nothing(hostile: str) -> None:
    rows = tuple(Row(number, hostile, hostile) for number in range(1, 11))
    full = Board(hostile, rows, (Button("resolve", hostile, choice=json.dumps(hostile[:1400])[:1500]),) * 9, ((hostile,),) * 12, (hostile,))
    check(render.board(full, "n"))
    view = render.home(Home((full,) * 30), "n")
    check_view(view)
    assert len(blocks_of(view, "header")) > 1


async def test_ticking_is_acknowledged_and_nothing_else(world: Any, board: Board) -> None:
    message = await world.posted(board)
    block = blocks_of(message, "actions")[0]["block_id"]
    done = await world.act("press", message=message["ts"], block_id=block, action_id="v1:tick", selected_options=["12"])
    assert done == {"ok": True, "status": 200}
    await world.platform.close()
    assert world.answers.asked == []
    assert world.diary.lines == ["acknowledged"]


async def test_a_button_brings_the_ticked_issues_and_the_board_is_redrawn_where_it_stands(world: Any, board: Board) -> None:
    message = await world.posted(board)
    world.answers.reply = replace(board, rows=board.rows[:1], intro=(("SHOP-1G resolved",),))
    await press(world, message, "v1:resolve", 13)
    await world.called("acknowledged", "chat.update")
    assert world.answers.asked[0].payload == Press("resolve", SeveralIssues((13,), "inbox@1"))
    (redrawn,) = await world.messages()
    assert redrawn["ts"] == message["ts"]
    assert redrawn["blocks"][1]["text"]["text"] == "SHOP-1G resolved"
    assert not {block["block_id"] for block in redrawn["blocks"]} & {block["block_id"] for block in message["blocks"]}


async def test_each_redraw_forgets_what_was_ticked_or_chosen_before(world: Any, board: Board, card: Card) -> None:
    message, seen = await world.posted(board), []
    world.answers.reply = board
    for _ in range(2):
        await press(world, message, "v1:resolve", 12)
        await world.called("acknowledged", "chat.update")
        world.diary.lines.clear()
        message = await world.message()
        seen += [block["block_id"] for block in blocks_of(message, "actions")]
    for _ in range(2):
        await world.platform.update(ALERTS, message["ts"], card)
        seen += [block["block_id"] for block in blocks_of(await world.message(), "actions")]
    assert len(set(seen)) == len(seen) == 6


async def test_a_list_that_a_card_brings_does_not_take_the_cards_place(world: Any, board: Board, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = board
    await world.act("press", message=message["ts"], action_id="v1:resolve")
    await world.called("acknowledged", "response")
    assert [len(await world.messages(person)) for person in ("UPLAY1", "UPLAY2")] == [2, 1]
    assert (await world.message())["blocks"] == message["blocks"]


async def test_another_page_is_shown_in_place(world: Any, board: Board) -> None:
    message = await world.posted(board)
    world.answers.reply = replace(board, heading="Inbox, page 2")
    await press(world, message, "v1:page:3")
    await world.called("acknowledged", "chat.update")
    assert world.answers.asked[0].payload == Press("page", SeveralIssues((), "inbox@2"))
    assert (await world.message())["blocks"][0]["text"]["text"] == "Inbox, page 2"


async def test_a_refusal_is_told_privately_and_leaves_the_board_as_it_is(world: Any, board: Board) -> None:
    message = await world.posted(board)
    world.answers.reply = Notice(("Tick at least one issue first.",), is_refusal=True)
    await press(world, message, "v1:resolve")
    await world.called("acknowledged", "response")
    assert world.answers.asked[0].payload == Press("resolve", SeveralIssues((), "inbox@1"))
    assert len(await world.messages("UPLAY2")) == 1


async def test_a_board_that_was_deleted_meanwhile_is_shown_to_the_person_alone(world: Any, board: Board) -> None:
    message = await world.posted(board)
    # Longer than anybody waits for it before the press is acknowledged.
    world.answers.reply, world.answers.seconds = board, 0.6
    await press(world, message, "v1:resolve", 12)
    await world.act("delete_message", message=message["ts"])
    await world.called("acknowledged", "chat.update", "response")
    assert [each["blocks"][0]["text"]["text"] for each in await world.messages()] == ["Inbox"]


async def test_a_private_list_is_redrawn_through_the_press_itself(world: Any, board: Board) -> None:
    world.answers.reply = board
    await world.act("command", text="inbox")
    message = await world.message()
    world.diary.lines.clear()
    world.answers.reply = replace(board, intro=(("SHOP-1F resolved",),))
    await press(world, message, "v1:resolve", 12, 13)
    await world.called("acknowledged", "response")
    assert world.answers.asked[1].payload == Press("resolve", SeveralIssues((12, 13), "inbox@1"))
    (redrawn,) = await world.messages()
    assert redrawn["blocks"][1]["text"]["text"] == "SHOP-1F resolved"
    assert await world.messages("UPLAY2") == []


async def test_a_mention_gets_its_list_in_the_thread(world: Any, board: Board) -> None:
    world.answers.reply = board
    done = await world.act("mention", text="@Quell inbox")
    message = await world.message("UPLAY2")
    assert message["thread_ts"] == done["ts"]
    await press(world, message, "v1:resolve", 12)
    await world.called("acknowledged", "chat.postMessage", "acknowledged", "acknowledged", "chat.update")


async def test_several_boards_of_a_page_are_messages_of_their_own(world: Any, board: Board) -> None:
    world.answers.reply = Home((board, replace(board, heading="My issues")))
    await world.act("dm", text="mine")
    await world.called("acknowledged", "chat.postMessage", "chat.postMessage")
    assert [each["blocks"][0]["text"]["text"] for each in await world.messages()] == ["Inbox", "My issues"]


@pytest.mark.parametrize("where", ["posted", "private"])
async def test_a_form_about_the_ticked_ones_brings_them_back(world: Any, board: Board, form: Form, where: str) -> None:
    world.answers.reply = board
    if where == "posted":
        message = await world.posted(board)
    else:
        await world.act("command", text="inbox")
        message = await world.message()
    world.answers.asking, world.answers.reply = frozenset({"archive"}), replace(form, targets=SeveralIssues((12, 13)), fields=form.fields[:1])
    await press(world, message, "v1:archive", 12, 13)
    view = await world.modal("Archive SHOP-1F")
    world.diary.lines.clear()
    world.answers.reply = replace(board, rows=(), intro=(("2 archived",),))
    await world.act("submit_view", view=view["id"], values={})
    await world.called("acknowledged", {"posted": "chat.update", "private": "response"}[where])
    did = world.answers.asked[-1]
    assert did.payload == FormSubmitted("archive", SeveralIssues((12, 13)), {"until": "30m"})
    assert did.place.message == message["ts"]
    (redrawn,) = await world.messages()
    assert redrawn["blocks"][1]["text"]["text"] == "2 archived"


async def test_a_form_that_cannot_be_opened_says_to_press_again(world: Any, board: Board, form: Form) -> None:
    world.answers.asking, world.answers.reply = frozenset({"archive"}), replace(form, targets=SeveralIssues((12, 13)))
    message = await world.posted(board)
    await world.fault("error", code="expired_trigger_id", count=1)
    await press(world, message, "v1:archive", 12, 13)
    await world.called("acknowledged", "views.open", "response")
    told = (await world.messages())[1]
    assert "Press the button once more" in told["blocks"][0]["text"]["text"]
    assert [block["type"] for block in told["blocks"]] == ["section"]


async def test_where_there_is_nothing_to_ask_the_modal_says_what_the_board_says(world: Any, board: Board) -> None:
    world.answers.asking, world.answers.reply = frozenset({"archive"}), replace(board, intro=(("Both are archived already.",),))
    message = await world.posted(board)
    await press(world, message, "v1:archive", 12, 13)
    await world.called("acknowledged", "views.open", "views.update", "chat.update")
    assert (await world.seen())["views"][0]["blocks"][0]["text"]["text"].strip() == "Both are archived already."


async def test_what_came_of_a_form_in_lines_is_told_privately(world: Any, board: Board, form: Form) -> None:
    world.answers.asking, world.answers.reply = frozenset({"archive"}), replace(form, targets=SeveralIssues((12,)), fields=())
    message = await world.posted(board)
    await press(world, message, "v1:archive", 12)
    view = await world.modal("Archive SHOP-1F")
    world.answers.reply = Listing("archive: 1 changed", (("SHOP-1F archived",),))
    world.diary.lines.clear()
    await world.act("submit_view", view=view["id"], values={})
    await world.called("acknowledged", "chat.postEphemeral")
    assert len(await world.messages("UPLAY2")) == 1


async def test_a_notice_has_its_buttons_and_what_they_bring_is_shown(world: Any, card: Card) -> None:
    notice = Notice(("SHOP-1F is yours now.",), issue=OneIssue(12, 4), buttons=(Button("show", "Show"), Button("undo", "Undo", choice="77")))
    message = await world.posted(notice)
    assert [element["text"]["text"] for element in message["blocks"][1]["elements"]] == ["Show", "Undo"]
    world.answers.reply = card
    await world.act("press", message=message["ts"], action_id="v1:undo")
    await world.called("acknowledged", "response")
    assert world.answers.asked[0].payload == Press("undo", OneIssue(12, 4), "77")
    assert len(await world.messages()) == 2
    assert len(await world.messages("UPLAY2")) == 1


async def test_undo_below_a_commands_answer_puts_the_card_in_its_place(world: Any, card: Card) -> None:
    world.answers.reply = Notice(("SHOP-1F resolved.",), issue=OneIssue(12, 4), buttons=(Button("undo", "Undo", choice="77"),))
    await world.act("command", text="resolve SHOP-1F")
    message = await world.message()
    world.answers.reply = card
    await world.act("press", message=message["ts"], action_id="v1:undo")

    async def redrawn() -> bool:
        shown = await world.messages()
        return len(shown) == 1 and "ZeroDivisionError" in shown[0]["text"]

    await world.until(redrawn)


async def test_a_notice_in_a_modal_has_buttons_too(world: Any, card: Card) -> None:
    notice = Notice(("There is nothing to ask.",), issue=OneIssue(12, 4), buttons=(Button("show", "Show"),))
    world.answers.asking, world.answers.reply = frozenset({"archive"}), notice
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")

    async def filled() -> Any:
        return [view for view in (await world.seen())["views"] if len(view["blocks"]) == 2]

    (view,) = await world.until(filled)
    world.answers.reply = card
    await world.act("press", view=view["id"], action_id="v1:show")
    await world.called("acknowledged", "views.open", "views.update", "acknowledged", "chat.postEphemeral")
    assert world.answers.asked[1].payload == Press("show", OneIssue(12, 4))
    assert world.answers.asked[1].place.channel == "CALERTS"
