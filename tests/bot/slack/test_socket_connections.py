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
async def world(open_world: Callable[..., Any], answers: Any, switchboard: Switchboard) -> AsyncIterator[Any]:
    """The bot, with its line open."""
    async with open_world(answers, by_socket, switchboard.routes(), socket_timings=HURRIED) as world:
        await switchboard.line()
        yield world


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "too_many_websockets"])
async def test_a_line_that_slack_gives_up_is_followed_by_another_before_it_ends(
    world: Any, switchboard: Switchboard, ours: dict[str, Any], reason: str
) -> None:
    old = switchboard.lines[0]
    world.answers.reply, world.answers.seconds = Options(()), 0.3
    picking = asyncio.create_task(switchboard.send("interactive", ours["suggestion"], "picked"))
    await asked(world)
    await switchboard.hang_up(old, reason)
    new = await switchboard.line(2)
    assert old.is_open
    assert await switchboard.send("interactive", ours["button"], "pressed") == {"envelope_id": "pressed"}
    assert await picking == {"envelope_id": "picked", "payload": {"options": []}}
    assert [told["envelope_id"] for told in old.acknowledged] == ["picked"]
    assert [told["envelope_id"] for told in new.acknowledged] == ["pressed"]
    await until(lambda: not old.is_open)
    assert new.is_open


async def test_a_line_that_slack_closes_without_a_word_is_followed_by_another(world: Any, switchboard: Switchboard, ours: dict[str, Any]) -> None:
    await switchboard.lines[0].socket.close()
    await switchboard.line(2)
    assert await switchboard.send("slash_commands", ours["command"], "typed") == {"envelope_id": "typed"}


async def test_an_answer_that_finds_its_line_cut_is_lost_and_the_next_line_works(
    open_world: Callable[..., Any],
    answers: Any,
    switchboard: Switchboard,
    ours: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers.reply, answers.seconds = Options(()), 0.2
    async with open_world(answers, by_socket, switchboard.routes(), socket_timings=replace(HURRIED, ping=0.5)) as world:
        line = await switchboard.line()
        picking = asyncio.create_task(switchboard.send("interactive", ours["suggestion"], seconds=1))
        await asked(world)
        line.cut()
        assert await picking is None
        assert "an acknowledgement did not reach Slack" in caplog.text
        await switchboard.line(2)
        assert await switchboard.send("slash_commands", ours["command"]) is not None


async def test_a_line_that_falls_silent_is_followed_by_another(
    open_world: Callable[..., Any], answers: Any, switchboard: Switchboard, ours: dict[str, Any]
) -> None:
    async with open_world(answers, by_socket, switchboard.routes(), socket_timings=replace(HURRIED, ping=0.1)):
        line = await switchboard.line()
        await asyncio.sleep(0.5)
        assert len(switchboard.lines) == 1
        line.is_silent = True
        await switchboard.line(2)
        assert await switchboard.send("slash_commands", ours["command"]) is not None


async def test_a_line_that_ends_while_slack_is_away_is_opened_again_when_it_comes_back(
    world: Any, switchboard: Switchboard, ours: dict[str, Any]
) -> None:
    switchboard.is_away = True
    await switchboard.hang_up(switchboard.lines[0])
    await until(lambda: switchboard.asked >= 3)
    await switchboard.lines[0].socket.close()
    switchboard.is_away = False
    await switchboard.line(2)
    assert await switchboard.send("slash_commands", ours["command"]) is not None


async def test_an_address_that_lets_nobody_in_is_not_tried_for_ever(
    open_world: Callable[..., Any], answers: Any, switchboard: Switchboard, ours: dict[str, Any]
) -> None:
    async with open_world(answers, by_socket, switchboard.routes(), socket_timings=replace(HURRIED, opening=0.1)):
        await switchboard.line()
        switchboard.is_deaf = True
        await switchboard.hang_up(switchboard.lines[0])
        await until(lambda: switchboard.asked >= 3)
        switchboard.is_deaf = False
        await switchboard.line(2)
        assert await switchboard.send("slash_commands", ours["command"]) is not None


async def test_where_slack_is_away_at_start_the_start_is_not_held_up_and_the_line_comes_with_it(
    open_world: Callable[..., Any], answers: Any, switchboard: Switchboard, ours: dict[str, Any]
) -> None:
    switchboard.is_away = True
    async with open_world(answers, by_socket, switchboard.routes(), socket_timings=HURRIED):
        await until(lambda: switchboard.asked >= 2)
        switchboard.is_away = False
        await switchboard.line()
        assert await switchboard.send("slash_commands", ours["command"]) is not None


async def test_no_line_is_opened_before_slack_has_said_which_workspace_this_is(
    open_world: Callable[..., Any], answers: Any, switchboard: Switchboard
) -> None:
    def astray(account: SlackAccount) -> SlackAccount:
        return replace(by_socket(account), bot_token="xoxb-wrong")

    async with open_world(answers, astray, switchboard.routes()):
        assert switchboard.asked == 0


async def test_a_token_that_slack_does_not_take_is_warned_of_and_never_shown(
    open_world: Callable[..., Any], answers: Any, switchboard: Switchboard, caplog: pytest.LogCaptureFixture
) -> None:
    def mistaken(account: SlackAccount) -> SlackAccount:
        return replace(by_socket(account), app_token="xapp-canary-wrong")

    async with open_world(answers, mistaken, switchboard.routes()):
        await until(lambda: "Slack opens no socket: invalid_auth" in caplog.text)
    assert "canary" not in caplog.text


async def test_closing_finishes_what_is_under_way_and_leaves_nothing_behind(world: Any, switchboard: Switchboard, card: Card) -> None:
    message = await world.posted(card)
    assert of_the_sdk()
    world.answers.seconds = 0.3
    await world.act("press", message=message["ts"], action_id="v1:resolve")
    await world.platform.close()
    assert of_the_sdk() == []
    assert len(await world.messages()) == 2
    await until(lambda: not switchboard.lines[0].is_open)


def of_the_sdk() -> list[str]:
    """The tasks that Slack's SDK runs for a connection."""
    return [str(task) for task in asyncio.all_tasks() if "socket_mode" in str(task)]


async def test_closing_still_answers_what_has_come_and_what_comes_meanwhile(world: Any, switchboard: Switchboard, ours: dict[str, Any]) -> None:
    world.answers.reply, world.answers.seconds = Options((Option("Ana", "user:1"),)), 0.3
    picking = asyncio.create_task(switchboard.send("interactive", ours["suggestion"]))
    await asked(world)
    closing = asyncio.create_task(world.platform.close())
    await asyncio.sleep(0.1)
    assert await switchboard.send("slash_commands", ours["command"], "typed") == {"envelope_id": "typed"}
    await closing
    told = await picking
    assert told is not None
    assert told["payload"]["options"][0]["value"] == "user:1"
    assert isinstance(world.answers.asked[1].payload, TypedCommand)


async def test_closing_does_not_wait_for_a_slack_that_is_away(open_world: Callable[..., Any], answers: Any, switchboard: Switchboard) -> None:
    switchboard.is_away = True
    async with open_world(answers, by_socket, switchboard.routes(), socket_timings=HURRIED) as world:
        await until(lambda: switchboard.asked >= 1)
        async with asyncio.timeout(10):
            await world.platform.close()
