"""Connections of Socket Mode: each that ends is followed by another, whatever ended it, and closing leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.chat.elements import Card, Option, Options
from bot.chat.interactions import TypedCommand
from bot.slack.app import SlackAccount
from tests.support.slack.socket_mode import HURRIED, Switchboard, asked, by_socket, until

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def board() -> AsyncIterator[Switchboard]:
    board = Switchboard()
    async with board.serving():
        yield board


@pytest_asyncio.fixture
async def world(open_world: Callable[..., Any], answers: Any, board: Switchboard) -> AsyncIterator[Any]:
    """The bot, with its line open."""
    async with open_world(answers, by_socket, board.routes(), socket_timings=HURRIED) as world:
        await board.line()
        yield world


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "too_many_websockets"])
async def test_a_line_that_slack_gives_up_is_followed_by_another_before_it_ends(
    world: Any, board: Switchboard, ours: dict[str, Any], reason: str
) -> None:
    old = board.lines[0]
    world.answers.reply, world.answers.seconds = Options(()), 0.3
    picking = asyncio.create_task(board.send("interactive", ours["suggestion"], "picked"))
    await asked(world)
    await board.hang_up(old, reason)
    new = await board.line(2)
    assert old.is_open
    assert await board.send("interactive", ours["button"], "pressed") == {"envelope_id": "pressed"}
    assert await picking == {"envelope_id": "picked", "payload": {"options": []}}
    assert [told["envelope_id"] for told in old.acknowledged] == ["picked"]
    assert [told["envelope_id"] for told in new.acknowledged] == ["pressed"]
    await until(lambda: not old.is_open)
    assert new.is_open


async def test_a_line_that_slack_closes_without_a_word_is_followed_by_another(world: Any, board: Switchboard, ours: dict[str, Any]) -> None:
    await board.lines[0].socket.close()
    await board.line(2)
    assert await board.send("slash_commands", ours["command"], "typed") == {"envelope_id": "typed"}


async def test_an_answer_that_finds_its_line_cut_is_lost_and_the_next_line_works(
    open_world: Callable[..., Any],
    answers: Any,
    board: Switchboard,
    ours: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers.reply, answers.seconds = Options(()), 0.2
    async with open_world(answers, by_socket, board.routes(), socket_timings=replace(HURRIED, ping=0.5)) as world:
        line = await board.line()
        picking = asyncio.create_task(board.send("interactive", ours["suggestion"], seconds=1))
        await asked(world)
        line.cut()
        assert await picking is None
        assert "an acknowledgement did not reach Slack" in caplog.text
        await board.line(2)
        assert await board.send("slash_commands", ours["command"]) is not None


async def test_a_line_that_falls_silent_is_followed_by_another(
    open_world: Callable[..., Any], answers: Any, board: Switchboard, ours: dict[str, Any]
) -> None:
    async with open_world(answers, by_socket, board.routes(), socket_timings=replace(HURRIED, ping=0.1)):
        line = await board.line()
        await asyncio.sleep(0.5)
        assert len(board.lines) == 1
        line.is_silent = True
        await board.line(2)
        assert await board.send("slash_commands", ours["command"]) is not None


async def test_a_line_that_ends_while_slack_is_away_is_opened_again_when_it_comes_back(world: Any, board: Switchboard, ours: dict[str, Any]) -> None:
    board.is_away = True
    await board.hang_up(board.lines[0])
    await until(lambda: board.asked >= 3)
    await board.lines[0].socket.close()
    board.is_away = False
    await board.line(2)
    assert await board.send("slash_commands", ours["command"]) is not None


async def test_an_address_that_lets_nobody_in_is_not_tried_for_ever(
    open_world: Callable[..., Any], answers: Any, board: Switchboard, ours: dict[str, Any]
) -> None:
    async with open_world(answers, by_socket, board.routes(), socket_timings=replace(HURRIED, opening=0.1)):
        await board.line()
        board.is_deaf = True
        await board.hang_up(board.lines[0])
        await until(lambda: board.asked >= 3)
        board.is_deaf = False
        await board.line(2)
        assert await board.send("slash_commands", ours["command"]) is not None


async def test_where_slack_is_away_at_start_the_start_is_not_held_up_and_the_line_comes_with_it(
    open_world: Callable[..., Any], answers: Any, board: Switchboard, ours: dict[str, Any]
) -> None:
    board.is_away = True
    async with open_world(answers, by_socket, board.routes(), socket_timings=HURRIED):
        await until(lambda: board.asked >= 2)
        board.is_away = False
        await board.line()
        assert await board.send("slash_commands", ours["command"]) is not None


async def test_no_line_is_opened_before_slack_has_said_which_workspace_this_is(
    open_world: Callable[..., Any], answers: Any, board: Switchboard
) -> None:
    def astray(account: SlackAccount) -> SlackAccount:
        return replace(by_socket(account), bot_token="xoxb-wrong")

    async with open_world(answers, astray, board.routes()):
        assert board.asked == 0


async def test_a_token_that_slack_does_not_take_is_warned_of_and_never_shown(
    open_world: Callable[..., Any], answers: Any, board: Switchboard, caplog: pytest.LogCaptureFixture
) -> None:
    def mistaken(account: SlackAccount) -> SlackAccount:
        return replace(by_socket(account), app_token="xapp-canary-wrong")

    async with open_world(answers, mistaken, board.routes()):
        await until(lambda: "Slack opens no socket: invalid_auth" in caplog.text)
    assert "canary" not in caplog.text


async def test_closing_finishes_what_is_under_way_and_leaves_nothing_behind(world: Any, board: Switchboard, card: Card) -> None:
    message = await world.posted(card)
    assert of_the_sdk()
    world.answers.seconds = 0.3
    await world.act("press", message=message["ts"], action_id="v1:resolve")
    await world.platform.close()
    assert of_the_sdk() == []
    assert len(await world.messages()) == 2
    await until(lambda: not board.lines[0].is_open)


def of_the_sdk() -> list[str]:
    """The tasks that Slack's SDK runs for a connection."""
    return [str(task) for task in asyncio.all_tasks() if "socket_mode" in str(task)]


async def test_closing_still_answers_what_has_come_and_what_comes_meanwhile(world: Any, board: Switchboard, ours: dict[str, Any]) -> None:
    world.answers.reply, world.answers.seconds = Options((Option("Ana", "user:1"),)), 0.3
    picking = asyncio.create_task(board.send("interactive", ours["suggestion"]))
    await asked(world)
    closing = asyncio.create_task(world.platform.close())
    await asyncio.sleep(0.1)
    assert await board.send("slash_commands", ours["command"], "typed") == {"envelope_id": "typed"}
    await closing
    told = await picking
    assert told is not None
    assert told["payload"]["options"][0]["value"] == "user:1"
    assert isinstance(world.answers.asked[1].payload, TypedCommand)


async def test_closing_does_not_wait_for_a_slack_that_is_away(open_world: Callable[..., Any], answers: Any, board: Switchboard) -> None:
    board.is_away = True
    async with open_world(answers, by_socket, board.routes(), socket_timings=HURRIED) as world:
        await until(lambda: board.asked >= 1)
        async with asyncio.timeout(10):
            await world.platform.close()
