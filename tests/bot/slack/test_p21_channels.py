"""What Slack tells of channels themselves, and what its door tells of those it refuses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from bot.chat.interactions import ChannelChanged
from bot.chat.platform import ChannelState
from core.errors import DatabaseAway
from tests.support.slack.app import ALERTS, Answers, World

BOT = "UQUELL"


def event(inner: dict[str, Any], team: str = "TPLAYGROUND") -> dict[str, Any]:
    return {"type": "event_callback", "team_id": team, "event_id": "Ev1", "authorizations": [{"team_id": team}], "event": inner}


async def test_p21_a_bot_that_is_invited_or_whose_channel_is_unarchived_is_told_so(world: World, answers: Answers) -> None:
    assert (await world.act("remove_bot"))["ok"]
    assert (await world.act("invite_bot"))["ok"]
    assert (await world.act("archive_channel"))["ok"]
    assert (await world.act("unarchive_channel"))["ok"]
    assert answers.channel_changes == [ChannelChanged("slack", "CALERTS", is_open=True)] * 2
    assert answers.asked == []


async def test_p21_others_who_join_and_other_workspaces_tell_nothing(world: World, answers: Answers) -> None:
    joined = {"type": "member_joined_channel", "user": "UPLAY2", "channel": "CALERTS"}
    assert (await world.send_event(event(joined)))[0] == 200
    theirs = {"type": "channel_unarchive", "channel": "CALERTS", "user": "U1"}
    assert (await world.send_event(event(theirs, "TELSEWHERE")))[0] == 403
    assert answers.channel_changes == []


async def test_a_channel_that_is_renamed_is_called_so(world: World, answers: Answers) -> None:
    renamed = {"type": "channel_rename", "channel": {"id": "C1", "name": "payments", "created": 1}}
    assert (await world.send_event(event(renamed)))[0] == 200
    assert answers.channel_changes == [ChannelChanged("slack", "C1", "payments")]


@pytest.mark.parametrize(
    "inner", [{"type": "channel_unarchive"}, {"type": "channel_rename", "channel": "C1"}, {"type": "group_unarchive", "channel": 7}]
)
async def test_a_malformed_one_is_refused(world: World, answers: Answers, inner: dict[str, Any]) -> None:
    assert (await world.send_event(event(inner)))[0] == 400
    assert answers.channel_changes == []


class Slow(Answers):
    """Has no database for now."""

    async def channel_changed(self, change: ChannelChanged) -> None:
        raise DatabaseAway


@pytest_asyncio.fixture
async def slow(open_world: Callable[..., Any]) -> AsyncIterator[World]:
    async with open_world(Slow()) as made:
        yield made


async def test_p21_what_could_not_be_noted_is_not_acknowledged_so_slack_says_it_again(slow: World) -> None:
    unarchived = {"type": "channel_unarchive", "channel": "CALERTS", "user": "U1"}
    assert (await slow.send_event(event(unarchived)))[0] == 503


async def test_p21_a_channel_tells_its_name_and_whether_the_bot_is_in_it(world: World) -> None:
    assert await world.platform.channel_state(ALERTS) == ChannelState("alerts")
    await world.act("remove_bot")
    assert await world.platform.channel_state(ALERTS) == ChannelState("alerts", "not_in_channel")
    await world.act("invite_bot")
    await world.act("archive_channel")
    assert await world.platform.channel_state(ALERTS) == ChannelState("alerts", "is_archived")


async def test_p21_a_wrong_signing_secret_is_logged_with_its_cause_and_nothing_of_the_request(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body, signature = b'{"canary": "body"}', "v0=cafecafecanary"
    for _ in range(5):
        status, _ = await world.send(body, **{"X-Slack-Signature": signature})
        assert status == 401
    await asyncio.sleep(0)
    (line,) = [record.getMessage() for record in caplog.records if "was refused" in record.getMessage()]
    assert line.startswith("a request was refused: door=slack reason=wrong_signature: is QUELL_SLACK_SIGNING_SECRET the Signing Secret")
    assert "canary" not in caplog.text
