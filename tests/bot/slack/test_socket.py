"""Socket Mode: everything comes by a WebSocket that the bot opens, and is answered on it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
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
from bot.workers import workers_for
from core.bootstrap import CoreSettings, open_core, system_clock
from tests.support.core import Clock, make_world
from tests.support.slack.socket_mode import HURRIED, TOKEN, Switchboard, asked, by_socket

pytestmark = pytest.mark.asyncio

FIELDS = {"until": {"v1:archive": "date"}, "at": {"v1:archive": 1764000000}, "count": {"v1:archive": "5o"}}


@pytest_asyncio.fixture
async def world(open_world: Callable[..., Any], answers: Any, switchboard: Switchboard) -> AsyncIterator[Any]:
    """The bot, with its line open."""
    async with open_world(answers, by_socket, switchboard.routes(), socket_timings=HURRIED) as world:
        await switchboard.line()
        yield world


# What comes by it -------------------------------------------------------------------------------------------------------


async def test_there_is_no_door_to_knock_at(world: Any) -> None:
    assert list(world.platform.routes) == []


async def test_a_click_is_acknowledged_with_nothing_more_and_then_answered(world: Any, switchboard: Switchboard, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = Notice(("Ben resolved it at 14:00.",), is_refusal=True)
    world.answers.may_answer.clear()
    assert await world.act("press", message=message["ts"], action_id="v1:resolve") == {"ok": True, "status": 200}
    assert [set(told) for told in switchboard.acknowledged] == [{"envelope_id"}]
    assert (await asked(world)).payload == Press("resolve", OneIssue(12, 3))
    world.answers.may_answer.set()

    async def told() -> bool:
        return len(await world.messages()) == 2

    await world.until(told)


async def test_a_command_is_answered_to_the_person_alone(world: Any, switchboard: Switchboard) -> None:
    assert await world.act("command", text="list payload={}") == {"ok": True, "status": 200}
    assert (await asked(world)).payload == TypedCommand("list payload={}")
    assert [set(told) for told in switchboard.acknowledged] == [{"envelope_id"}]
    await world.message()
    assert await world.messages("UPLAY2") == []


async def test_events_come_too(world: Any, switchboard: Switchboard, ours: dict[str, Any]) -> None:
    assert await switchboard.send("events_api", ours["said"], "e1") == {"envelope_id": "e1"}
    did = await asked(world)
    assert isinstance(did.payload, ThreadReply)
    assert did.request_id == "slack:Ev5"


async def test_what_is_wrong_in_a_form_is_acknowledged_with_the_sentences_beside_its_fields(
    world: Any, switchboard: Switchboard, card: Card, form: Form
) -> None:
    world.answers.asking, world.answers.reply = frozenset({"archive"}), form
    message = await world.posted(card)
    await world.act("press", message=message["ts"], action_id="v1:archive")
    view = await world.modal("Archive SHOP-1F")
    world.answers.wrong = {"count": "A whole number, such as 50."}
    done = await world.act("submit_view", view=view["id"], values=FIELDS)
    assert done == {"status": 200, "ok": False, "errors": {"count": "A whole number, such as 50."}}
    assert switchboard.acknowledged[-1]["payload"] == {"response_action": "errors", "errors": {"count": "A whole number, such as 50."}}
    assert len((await world.seen())["views"]) == 1

    world.answers.wrong, world.answers.reply = {}, card
    assert await world.act("submit_view", view=view["id"], values=FIELDS) == {"status": 200, "ok": True}
    assert "payload" not in switchboard.acknowledged[-1]
    did = await asked(world, 4)
    assert isinstance(did.payload, FormSubmitted)


async def test_a_picker_is_acknowledged_with_what_fits(world: Any, switchboard: Switchboard, card: Card) -> None:
    message = await world.posted(card)
    world.answers.reply = Options((Option("Ana <me>", "user:1"), Option("Nobody", "none")))
    found = await world.act("suggest", message=message["ts"], action_id="v1:assign:assignee", value="an")
    assert [option["text"]["text"] for option in found["options"]] == ["Ana <me>", "Nobody"]
    assert [option["value"] for option in switchboard.acknowledged[0]["payload"]["options"]] == ["user:1", "none"]
    assert (await asked(world)).payload == Lookup("assignee", 12, "an")


async def test_what_is_on_this_machine_is_not_called_through_a_proxy(
    open_world: Callable[..., Any], answers: Any, switchboard: Switchboard, ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with open_world(answers, by_socket, switchboard.routes(), socket_timings=HURRIED):
        await switchboard.line()
        assert await switchboard.send("slash_commands", ours["command"]) is not None


# What is not let in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name"),
    [("interactive", "button"), ("interactive", "submission"), ("interactive", "suggestion"), ("slash_commands", "command"), ("events_api", "said")],
)
async def test_another_workspace_is_left_unanswered(
    world: Any, switchboard: Switchboard, payloads: dict[str, Any], caplog: pytest.LogCaptureFixture, kind: str, name: str
) -> None:
    caplog.set_level(logging.INFO, "bot.slack.socket")
    assert await switchboard.send(kind, payloads[name], seconds=0.2) is None
    assert world.answers.asked == []
    assert "left unanswered what Slack sent: another workspace" in caplog.text


@pytest.mark.parametrize("payload", [None, 7, "x", [], {}, {"type": 7}, {"type": "block_actions", "team_id": "TPLAYGROUND"}, {"command": "/quell"}])
async def test_what_slack_does_not_send_is_left_unanswered_and_ends_nothing(
    world: Any, switchboard: Switchboard, ours: dict[str, Any], payload: Any
) -> None:
    assert await switchboard.send("interactive", payload, seconds=0.1) is None
    assert await switchboard.send("interactive", ours["button"]) is not None
    assert len(switchboard.lines) == 1


@pytest.mark.parametrize("noise", ["", "x", "{", "[]", "{}", '{"type":"hello"}', '{"envelope_id":1,"type":2,"payload":{}}', "[" * 100_000])
async def test_noise_on_the_line_ends_nothing(world: Any, switchboard: Switchboard, ours: dict[str, Any], noise: str) -> None:
    await switchboard.lines[0].socket.send_str(noise)
    assert await switchboard.send("interactive", ours["button"]) is not None
    assert len(switchboard.lines) == 1


@pytest.mark.parametrize("payload", [{"type": "view_closed"}, {"type": "shortcut"}, {"type": "event_callback", "event": {"type": "reaction_added"}}])
async def test_what_is_none_of_ours_is_acknowledged(world: Any, switchboard: Switchboard, payload: dict[str, Any]) -> None:
    assert await switchboard.send("interactive", {**payload, "team_id": "TPLAYGROUND"}) is not None
    assert world.answers.asked == []


# The same twice ---------------------------------------------------------------------------------------------------------


async def test_the_same_envelope_repeated_is_acknowledged_each_time_and_acts_once(
    open_world: Callable[..., Any], switchboard: Switchboard, ours: dict[str, Any], database_url: str
) -> None:
    core, workers = open_core(CoreSettings(database_url)), workers_for(database_url)
    house = make_world(core, Clock(system_clock()))
    house.event()
    platforms: dict[str, ChatPlatform] = {}
    identity = IdentityResolver(core, JoinPolicy("acme", is_automatic=True, admins=frozenset()), platforms)
    dispatch = Dispatch(core, workers, identity, "https://quell.example.com")
    async with open_world(dispatch, by_socket, switchboard.routes()) as world:
        platforms["slack"] = world.platform
        await switchboard.line()
        ours["command"]["text"] = "comment SHOP-1 looking"
        repeats: tuple[dict[str, Any], ...] = ({}, {"retry_attempt": 1, "retry_reason": "timeout"}, {"retry_attempt": 2, "retry_reason": "timeout"})
        told = [await switchboard.send("slash_commands", ours["command"], "once", **repeat) for repeat in repeats]
        assert told == [{"envelope_id": "once"}] * 3
        await asyncio.gather(*(switchboard.send("slash_commands", ours["command"]) for _ in range(5)))
    assert house.history() == ["first_seen", "note"]
    workers.close()
    core.close()


async def test_nothing_sensitive_is_logged(world: Any, switchboard: Switchboard, ours: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ours["command"]["text"] = "comment 1 canary-in-the-body"
    await switchboard.send("slash_commands", ours["command"])
    await switchboard.send("interactive", {"type": ["canary-in-the-wrong-place"]}, seconds=0.1)
    await switchboard.send("interactive", ["canary-in-the-wrong-place"], seconds=0.1)
    await switchboard.hang_up(switchboard.lines[0])
    await switchboard.line(2)
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
