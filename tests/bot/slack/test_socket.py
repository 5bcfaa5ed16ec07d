"""Socket Mode: nothing knocks at a door, all comes by a line that the bot opens; before a Slack that speaks the protocol on this machine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.chat.dispatch import Dispatch
from bot.chat.elements import Card, Form, Notice, Option, Options
from bot.chat.identity import IdentityResolver, JoinPolicy
from bot.chat.interactions import FormSubmitted, Lookup, Press, ThreadReply, TypedCommand
from bot.chat.platform import ChatPlatform
from bot.chat.targets import OneIssue
from bot.demo import _living_in
from bot.playground import open_playground
from bot.settings import load
from bot.slack.app import SlackAccount
from bot.slack.socket import SocketTimings
from bot.workers import workers_for
from core.bootstrap import CoreSettings, open_core, system_clock
from tests.support.core import Clock, make_world
from tests.support.slack.socket_mode import TOKEN, Switchboard

pytestmark = pytest.mark.asyncio

FIELDS = {"until": {"v1:archive": "date"}, "at": {"v1:archive": 1764000000}, "count": {"v1:archive": "5o"}}

HURRIED = SocketTimings(between=0.01)


def by_socket(account: SlackAccount) -> SlackAccount:
    """The same account without a signing secret."""
    return replace(account, signing_secrets=(), app_token=TOKEN)


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


async def asked(world: Any, count: int = 1) -> Any:
    """What the bot was asked last, as soon as it was asked so often."""

    async def look() -> bool:
        return len(world.answers.asked) >= count

    await world.until(look)
    assert len(world.answers.asked) == count
    return world.answers.asked[-1]


async def until(look: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not look():  # noqa: ASYNC110 - looks at a server, not at an event
            await asyncio.sleep(0.01)


# What comes by it -------------------------------------------------------------------------------------------------------


async def test_there_is_no_door_to_knock_at(world: Any) -> None:
    assert list(world.platform.routes) == []


async def test_a_click_is_acknowledged_with_nothing_more_and_then_answered(world: Any, board: Switchboard, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = Notice(("Ben resolved it at 14:00.",), is_refusal=True)
    world.answers.may_answer.clear()
    assert await world.act("press", message=message["ts"], action_id="v1:resolve") == {"ok": True, "status": 200}
    assert [set(told) for told in board.acknowledged] == [{"envelope_id"}]
    assert (await asked(world)).payload == Press("resolve", OneIssue(12, 3))
    world.answers.may_answer.set()

    async def told() -> bool:
        return len(await world.messages()) == 2

    await world.until(told)


async def test_a_command_is_answered_to_the_person_alone(world: Any, board: Switchboard) -> None:
    assert await world.act("command", text="list payload={}") == {"ok": True, "status": 200}
    assert (await asked(world)).payload == TypedCommand("list payload={}")
    assert [set(told) for told in board.acknowledged] == [{"envelope_id"}]
    await world.message()
    assert await world.messages("UPLAY2") == []


async def test_events_come_too(world: Any, board: Switchboard, ours: dict[str, Any]) -> None:
    assert await board.send("events_api", ours["said"], "e1") == {"envelope_id": "e1"}
    did = await asked(world)
    assert isinstance(did.payload, ThreadReply)
    assert did.request_id == "slack:Ev5"


async def test_what_is_wrong_in_a_form_is_acknowledged_with_the_sentences_beside_its_fields(
    world: Any, board: Switchboard, card: Card, form: Form
) -> None:
    world.answers.asking, world.answers.reply = frozenset({"archive"}), form
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")
    view = await world.modal("Archive SHOP-1F")
    world.answers.wrong = {"count": "A whole number, such as 50."}
    done = await world.act("submit_view", view=view["id"], values=FIELDS)
    assert done == {"status": 200, "ok": False, "errors": {"count": "A whole number, such as 50."}}
    assert board.acknowledged[-1]["payload"] == {"response_action": "errors", "errors": {"count": "A whole number, such as 50."}}
    assert len((await world.seen())["views"]) == 1

    world.answers.wrong, world.answers.reply = {}, card
    assert await world.act("submit_view", view=view["id"], values=FIELDS) == {"status": 200, "ok": True}
    assert "payload" not in board.acknowledged[-1]
    did = await asked(world, 4)
    assert isinstance(did.payload, FormSubmitted)


async def test_a_picker_is_acknowledged_with_what_fits(world: Any, board: Switchboard, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = Options((Option("Ana <me>", "user:1"), Option("Nobody", "none")))
    found = await world.act("suggest", message=message["ts"], action_id="v1:assign:assignee", value="an")
    assert [option["text"]["text"] for option in found["options"]] == ["Ana <me>", "Nobody"]
    assert [option["value"] for option in board.acknowledged[0]["payload"]["options"]] == ["user:1", "none"]
    assert (await asked(world)).payload == Lookup("assignee", 12, "an")


async def test_what_is_on_this_machine_is_not_called_through_a_proxy(
    open_world: Callable[..., Any], answers: Any, board: Switchboard, ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with open_world(answers, by_socket, board.routes(), socket_timings=HURRIED):
        await board.line()
        assert await board.send("slash_commands", ours["command"]) is not None


# What is not let in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name"),
    [("interactive", "button"), ("interactive", "submission"), ("interactive", "suggestion"), ("slash_commands", "command"), ("events_api", "said")],
)
async def test_another_workspace_is_left_unanswered(
    world: Any, board: Switchboard, payloads: dict[str, Any], caplog: pytest.LogCaptureFixture, kind: str, name: str
) -> None:
    caplog.set_level(logging.INFO, "bot.slack.socket")
    assert await board.send(kind, payloads[name], seconds=0.2) is None
    assert world.answers.asked == []
    assert "left unanswered what Slack sent: another workspace" in caplog.text


@pytest.mark.parametrize("payload", [None, 7, "x", [], {}, {"type": 7}, {"type": "block_actions", "team_id": "TPLAYGROUND"}, {"command": "/quell"}])
async def test_what_slack_does_not_send_is_left_unanswered_and_ends_nothing(
    world: Any, board: Switchboard, ours: dict[str, Any], payload: Any
) -> None:
    assert await board.send("interactive", payload, seconds=0.1) is None
    assert await board.send("interactive", ours["button"]) is not None
    assert len(board.lines) == 1


@pytest.mark.parametrize("noise", ["", "x", "{", "[]", "{}", '{"type":"hello"}', '{"envelope_id":1,"type":2,"payload":{}}', "[" * 100_000])
async def test_noise_on_the_line_ends_nothing(world: Any, board: Switchboard, ours: dict[str, Any], noise: str) -> None:
    await board.lines[0].socket.send_str(noise)
    assert await board.send("interactive", ours["button"]) is not None
    assert len(board.lines) == 1


@pytest.mark.parametrize("payload", [{"type": "view_closed"}, {"type": "shortcut"}, {"type": "event_callback", "event": {"type": "reaction_added"}}])
async def test_what_is_none_of_ours_is_acknowledged(world: Any, board: Switchboard, payload: dict[str, Any]) -> None:
    assert await board.send("interactive", {**payload, "team_id": "TPLAYGROUND"}) is not None
    assert world.answers.asked == []


# The same twice ---------------------------------------------------------------------------------------------------------


async def test_the_same_envelope_repeated_is_acknowledged_each_time_and_acts_once(
    open_world: Callable[..., Any], board: Switchboard, ours: dict[str, Any], database_url: str
) -> None:
    core, workers = open_core(CoreSettings(database_url)), workers_for(database_url)
    house = make_world(core, Clock(system_clock()))
    house.event()
    platforms: dict[str, ChatPlatform] = {}
    identity = IdentityResolver(core, JoinPolicy("acme", is_open=True, admins=frozenset()), platforms)
    dispatch = Dispatch(core, workers, identity, "https://quell.example.com")
    async with open_world(dispatch, by_socket, board.routes()) as world:
        platforms["slack"] = world.platform
        await board.line()
        ours["command"]["text"] = "comment SHOP-1 looking"
        repeats: tuple[dict[str, Any], ...] = ({}, {"retry_attempt": 1, "retry_reason": "timeout"}, {"retry_attempt": 2, "retry_reason": "timeout"})
        told = [await board.send("slash_commands", ours["command"], "once", **repeat) for repeat in repeats]
        assert told == [{"envelope_id": "once"}] * 3
        await asyncio.gather(*(board.send("slash_commands", ours["command"]) for _ in range(5)))
    assert house.history() == ["first_seen", "note"]
    workers.close()
    core.close()


# How long it lasts ------------------------------------------------------------------------------------------------------


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


# How it ends ------------------------------------------------------------------------------------------------------------


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


async def test_nothing_sensitive_is_logged(world: Any, board: Switchboard, ours: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ours["command"]["text"] = "comment 1 canary-in-the-body"
    await board.send("slash_commands", ours["command"])
    await board.send("interactive", {"type": ["canary-in-the-wrong-place"]}, seconds=0.1)
    await board.send("interactive", ["canary-in-the-wrong-place"], seconds=0.1)
    await board.hang_up(board.lines[0])
    await board.line(2)
    await world.platform.close()
    said = "\n".join(record.getMessage() + str(record.exc_text or "") for record in caplog.records)
    assert "canary" not in said
    assert "/link/" not in said


async def test_in_the_playground_the_real_slack_is_not_called() -> None:
    real = load(slack_bot_token="xoxb-1", slack_app_token=TOKEN)
    playground = open_playground(None, "http://127.0.0.1:9/playground", "http://127.0.0.1:9")
    assert real.has_slack_socket
    assert not _living_in(playground, real).has_slack_socket
    await playground.aclose()


async def test_an_account_needs_a_signing_secret_or_an_app_token() -> None:
    with pytest.raises(ValueError, match="or an app token"):
        SlackAccount((), "xoxb-1", "https://slack.com/api/")
    assert "xapp" not in repr(SlackAccount((), "xoxb-1", "https://slack.com/api/", "xapp-1"))
