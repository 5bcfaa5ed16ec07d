"""The App Home: a person's own page, which shows what was done on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.elements import Board, Card, Form, Home, Listing, Notice
from bot.chat.interactions import FormSubmitted, HomeOpened, Press
from bot.chat.targets import SeveralIssues
from bot.slack import render
from tests.support.slack.hostile_text import check_view

pytestmark = pytest.mark.asyncio


async def shown(world: Any) -> list[str]:
    """The headings of the page."""
    home = (await world.seen())["home"]
    return [block["text"]["text"] for block in home["blocks"] if block["type"] == "header"]


async def opened(world: Any, page: Home) -> dict[str, Any]:
    """The page as it is drawn when the person opens it, with the calls it took forgotten."""
    world.answers.page = page
    assert (await world.act("open_home"))["ok"]
    await world.called("acknowledged", "views.publish")
    world.diary.lines.clear()
    world.answers.asked.clear()
    home: dict[str, Any] = (await world.seen())["home"]
    return home


async def press(world: Any, home: dict[str, Any], board: int, action_id: str, *ids: int) -> None:
    """Presses a button of one of the boards, with these issues ticked on it."""
    nonce = next(block["block_id"] for block in home["blocks"] if block["type"] == "actions").partition(".")[2]
    blocks = [block["block_id"] for block in home["blocks"] if block["type"] == "actions"]
    ticks = next(each for each in blocks if each.startswith(f"t{board}."))
    buttons = next(each for each in blocks if each.startswith(f"b{board}."))
    assert nonce
    state = {ticks: {"v1:tick": {"selected_options": [str(each) for each in ids]}}}
    assert (await world.act("press", view=home["id"], block_id=buttons, action_id=action_id, state=state))["ok"]


@pytest.fixture
def page(board: Board) -> Home:
    return Home((replace(board, heading="My issues"), board))


async def test_opening_it_shows_all_boards(world: Any, page: Home) -> None:
    await opened(world, page)
    assert await shown(world) == ["My issues", "Inbox"]


async def test_who_opens_it_is_asked_for(world: Any, page: Home) -> None:
    world.answers.page = page
    await world.act("open_home")
    await world.called("acknowledged", "views.publish")
    did = world.answers.asked[0]
    assert (did.payload, did.place.channel, did.person.subject) == (HomeOpened(), "", "UPLAY1")


async def test_whoever_has_no_page_reads_there_why(world: Any) -> None:
    world.answers.page = Notice(("Your account is not linked yet.",), is_refusal=True)
    await world.act("open_home")
    await world.called("acknowledged", "views.publish")
    assert (await world.seen())["home"]["blocks"][0]["text"]["text"] == "⚠️ Your account is not linked yet."


async def test_a_page_without_boards_is_not_blank() -> None:
    view = render.home(Home(()), "n")
    check_view(view)
    assert len(view["blocks"]) == 1


@pytest.mark.parametrize(("intro", "most"), [("", 20), ("x" * 2900, 12), ("\N{FIRE}" * 2900, 9)], ids=["none", "long", "many bytes"])
async def test_more_boards_than_slack_takes_are_left_out(board: Board, intro: str, most: int) -> None:
    view = render.home(Home((replace(board, intro=((intro,),) * 9),) * 30), "n")
    check_view(view)
    assert len([block for block in view["blocks"] if block["type"] == "header"]) == most


async def test_what_was_done_to_the_ticked_ones_of_a_board_shows_in_its_place(world: Any, page: Home, board: Board) -> None:
    home = await opened(world, page)
    world.answers.reply = replace(board, intro=(("SHOP-1G resolved",),))
    await press(world, home, 1, "v1:resolve", 13)
    await world.called("acknowledged", "views.publish")
    assert [did.payload for did in world.answers.asked] == [Press("resolve", SeveralIssues((13,), "inbox@1")), HomeOpened()]
    assert len({did.request_id for did in world.answers.asked}) == 2
    assert await shown(world) == ["My issues", "Inbox"]
    assert "SHOP-1G resolved" in str((await world.seen())["home"]["blocks"])


async def test_a_board_that_was_not_there_before_comes_first(world: Any, page: Home, board: Board) -> None:
    home = await opened(world, page)
    world.answers.reply = replace(board, heading="Something else")
    await press(world, home, 0, "v1:page")
    await world.called("acknowledged", "views.publish")
    assert await shown(world) == ["Something else", "My issues", "Inbox"]


async def test_a_refusal_opens_as_a_modal_and_the_page_stays(world: Any, page: Home) -> None:
    home = await opened(world, page)
    world.answers.reply = Notice(("Tick at least one issue first.",), is_refusal=True)
    await press(world, home, 1, "v1:resolve")
    await world.called("acknowledged", "views.open")
    assert (await world.modal("Quell"))["blocks"][0]["text"]["text"] == "⚠️ Tick at least one issue first."


async def test_where_no_modal_opens_the_person_gets_a_direct_message(world: Any, page: Home) -> None:
    home = await opened(world, page)
    world.answers.reply = Notice(("Tick at least one issue first.",), is_refusal=True)
    await world.fault("error", code="expired_trigger_id", count=1)
    await press(world, home, 1, "v1:resolve")
    await world.called("acknowledged", "views.open", "chat.postMessage")
    assert (await world.message())["channel"].startswith("D")


@pytest.mark.parametrize("kind", ["notice", "listing", "board"])
async def test_a_form_about_the_ticked_ones_ends_in_the_page(world: Any, page: Home, board: Board, form: Form, kind: str) -> None:
    home = await opened(world, page)
    world.answers.asking, world.answers.reply = frozenset({"archive"}), replace(form, targets=SeveralIssues((12, 13)), fields=form.fields[:1])
    await press(world, home, 1, "v1:archive", 12, 13)
    view = await world.modal("Archive SHOP-1F")
    world.diary.lines.clear()
    world.answers.reply = {
        "notice": Notice(("2 archived",)),
        "listing": Listing("archive: 2 changed", (("2 archived",),)),
        "board": replace(board, intro=(("2 archived",),)),
    }[kind]
    await world.act("submit_view", view=view["id"], values={})
    await world.called("acknowledged", *(["views.open"] if kind == "notice" else []), "views.publish")
    assert world.answers.asked[-2].payload == FormSubmitted("archive", SeveralIssues((12, 13)), {"until": "30m"})
    place = (await world.seen())["views"] if kind == "notice" else (await world.seen())["home"]["blocks"]
    assert "2 archived" in str(place)


async def test_a_card_is_an_answer_that_shows_in_the_page(world: Any, page: Home, card: Card) -> None:
    home = await opened(world, page)
    world.answers.reply = card
    await press(world, home, 0, "v1:resolve", 12)
    await world.called("acknowledged", "views.publish")


async def test_when_the_page_cannot_be_read_again_the_person_hears_of_it(world: Any, page: Home, board: Board) -> None:
    home = await opened(world, page)
    world.answers.reply, world.answers.page = board, Notice(("The database does not answer.",), is_refusal=True)
    await press(world, home, 0, "v1:resolve", 12)
    await world.called("acknowledged", "chat.postMessage")
    assert (await world.message())["text"] == "⚠️ The database does not answer."
