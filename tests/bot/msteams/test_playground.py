"""The platform in the playground's tenant, which speaks the real protocol: what a person does there, and then sees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.chat.elements import Board, Button, Form, LookupField, MomentField, Notice, Option, Options, Reply, Row
from bot.chat.interactions import FormSubmitted, Lookup, Press, TypedCommand
from bot.chat.platform import OutgoingNote, Profile
from bot.chat.targets import OneIssue, SeveralIssues
from bot.msteams.render import board_card
from tests.support.teams.app import a_card
from tests.support.teams.playground import Scene

FORM = Form(
    "archive", OneIssue(7, 3), "Archive", ("Until when?",), (MomentField("date", "Date and time"), LookupField("who", "Who", "assignee")), "Archive"
)


async def answered(scene: Scene, how: str, reply: Reply, **more: Any) -> Any:
    scene.answers.reply = reply
    return await scene.act(how, **more)


async def test_a_card_is_posted_pressed_and_redrawn(scene: Scene) -> None:
    message = await scene.platform.post(scene.address, a_card(), "key")
    pressed = await answered(scene, "execute", a_card(state=("Resolved by @Ana",)), message=message, title="Resolve")
    await scene.platform.update(scene.address, message, a_card(state=("Resolved by @Ana",), controls=(Button("unresolve", "Unresolve"),)))

    assert (pressed["ok"], pressed["type"]) == (True, "application/vnd.microsoft.card.adaptive")
    assert scene.answers.asked[-1].payload == Press("resolve", OneIssue(7, 3))
    (shown,) = await scene.messages()
    assert [action["title"] for action in shown["attachments"][0]["content"]["actions"]] == ["Unresolve"]


async def test_a_dialog_is_opened_filled_and_closed(scene: Scene) -> None:
    message = await scene.platform.post(scene.address, a_card(), "key")
    opened = await answered(scene, "submit", FORM, message=message, title="Archive")
    offered = await answered(scene, "search", Options((Option("Ana", "user:1"),)), message=message, dataset="assignee", text="a")
    inputs = {"date__date": "2026-12-01", "date__time": "09:30", "who": "user:1"}
    closed = await answered(scene, "submit_dialog", a_card(), title="Archive", inputs=inputs)

    assert (opened["ok"], opened["dialog"]["title"], closed["ok"], closed["type"]) == (True, "Archive", True, None)
    assert offered["results"] == [{"value": "user:1", "title": "Ana"}]
    fetched, looked, sent = (asked.payload for asked in scene.answers.asked)
    assert (fetched, looked) == (Press("archive", OneIssue(7, 3)), Lookup("assignee", None, "a"))
    assert sent == FormSubmitted("archive", OneIssue(7, 3), {"date": "2026-12-01T09:30:00+00:00", "who": "user:1"})


async def test_a_board_is_ticked_and_redrawn_for_whoever_pressed(scene: Scene) -> None:
    board = Board("Inbox", (Row(7, "SHOP-1F", "new"), Row(9, "SHOP-2A", "new")), (Button("resolve", "Resolve", choice="p1"),))
    message = await scene.platform.post(scene.address, board, "key")
    redrawn = replace(board, rows=board.rows[1:], intro=(("Resolved SHOP-1F.",),))
    pressed = await answered(scene, "execute", redrawn, message=message, title="Resolve", inputs={"tick_0_7": "true", "tick_0_9": "false"})

    assert (pressed["ok"], pressed["value"]) == (True, board_card(redrawn))
    assert scene.answers.asked[-1].payload == Press("resolve", SeveralIssues((7,), "p1"))


async def test_a_line_stands_in_the_thread_and_a_direct_message_in_the_personal_chat(scene: Scene) -> None:
    person = scene.playground.accounts.people[0]
    message = await scene.platform.post(scene.address, a_card(), "key")
    said = await scene.platform.reply(scene.address, message, OutgoingNote(Notice(("Resolved.",)), (person.teams_aad_id,)), "key")
    told = await scene.platform.post(replace(scene.address, channel=person.teams_aad_id, is_direct=True), a_card(), "key")

    line = next(one for one in await scene.messages() if one["id"] == said)
    assert (line["text"], line["root"]) == (f"<at>{person.name}</at> Resolved.", message)
    assert told not in [one["id"] for one in await scene.messages()]


async def test_a_command_is_answered_in_its_thread_though_the_connector_fails_once(scene: Scene) -> None:
    await scene.fault("429", 1)
    said = await answered(scene, "message", Notice(("Resolved SHOP-1F.",)), text="@Quell resolve SHOP-1F")
    await scene.platform.close()

    assert scene.answers.asked[0].payload == TypedCommand("resolve SHOP-1F")
    (reply,) = [one for one in await scene.messages() if one["is_bot"]]
    assert (reply["text"], reply["root"]) == ("Resolved SHOP-1F.", said["id"])


async def test_everybody_is_known_and_the_app_is_introduced(scene: Scene) -> None:
    assert await scene.playground.introduce()
    await answered(scene, "message", Notice(("You.",)), text="@Quell whoami")
    await scene.platform.close()

    person = scene.answers.asked[0].person
    assert await scene.platform.profile(person, scene.address.service_url) == Profile("Ana Lima", "ana@example.com", "Europe/Lisbon", is_member=True)
    assert set(scene.answers.reached) == {("msteams", scene.address.tenant, scene.address.service_url)}
