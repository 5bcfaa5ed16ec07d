"""What Teams tells of conversations themselves, and what its door tells of those it refuses."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot.chat.interactions import ChannelChanged
from bot.msteams.events import changes_of
from bot.msteams.payload import MalformedActivity
from tests.support.teams.app import activity
from tests.support.teams.playground import Scene

OWN = {"id": "28:bot"}
CHANNEL = {"id": "19:c@thread.tacv2", "conversationType": "channel"}
TEAM = {"tenant": {"id": "tenant"}, "team": {"id": "19:team"}}
ALL_OF_THEM = ChannelChanged("msteams", "", is_open=True)


def changes(**more: Any) -> list[ChannelChanged]:
    return list(changes_of(activity(**{"recipient": OWN, "conversation": CHANNEL, "channelData": TEAM, **more})))


def test_p21_a_team_that_gets_the_app_is_open_with_all_its_channels() -> None:
    assert changes(kind="installationUpdate", action="add") == [ALL_OF_THEM]
    assert changes(kind="conversationUpdate", membersAdded=[{"id": "29:ada"}, OWN]) == [ALL_OF_THEM]
    for kind in ("teamRestored", "teamUnarchived", "channelRestored"):
        assert changes(kind="conversationUpdate", channelData={**TEAM, "eventType": kind}) == [ALL_OF_THEM]


def test_p21_a_person_and_a_group_are_open_alone() -> None:
    personal = {"id": "a:1", "conversationType": "personal"}
    sender = {"id": "29:ada", "aadObjectId": "ada-object"}
    found = changes(kind="installationUpdate", action="add", conversation=personal, channelData={}, **{"from": sender})
    assert found == [ChannelChanged("msteams", one, is_open=True) for one in ("ada-object", "a:1")]
    group = {"id": "19:g@thread.v2", "conversationType": "groupChat"}
    found = changes(kind="conversationUpdate", membersAdded=[OWN], conversation=group, channelData={})
    assert found == [ChannelChanged("msteams", "19:g@thread.v2", is_open=True)]


def test_what_takes_the_bot_away_or_is_about_others_opens_nothing() -> None:
    assert changes(kind="installationUpdate", action="remove") == []
    assert changes(kind="conversationUpdate", membersAdded=[{"id": "29:ada"}]) == []
    assert changes(kind="conversationUpdate", membersRemoved=[OWN]) == []
    assert changes(kind="message", text="hello") == []


def test_a_channel_is_called_as_teams_calls_it() -> None:
    named = {**TEAM, "channel": {"id": "19:c@thread.tacv2", "name": "Alerts"}}
    assert changes(kind="conversationUpdate", channelData=named) == [ChannelChanged("msteams", "19:c@thread.tacv2", "Alerts")]
    with pytest.raises(MalformedActivity):
        changes(kind="conversationUpdate", channelData={**TEAM, "channel": {"id": "19:c", "name": ["x"]}})


async def test_p21_an_app_that_is_put_in_again_is_told_of_over_the_wire(scene: Scene) -> None:
    await scene.act("uninstall")
    scene.answers.channel_changes.clear()
    await scene.act("install")
    channel = scene.playground.accounts.teams_channel
    opened = [change for change in scene.answers.channel_changes if change.is_open]
    assert opened == [ALL_OF_THEM, ALL_OF_THEM]
    assert ChannelChanged("msteams", channel, "Alerts") not in scene.answers.channel_changes, "its name was told before"


async def test_p21_whether_the_bot_is_in_a_conversation_can_be_asked(scene: Scene) -> None:
    assert (await scene.platform.channel_state(scene.address)).trouble == ""
    await scene.act("uninstall")
    assert "BotNotInConversationRoster" in (await scene.platform.channel_state(scene.address)).trouble


async def test_p21_a_token_that_is_refused_is_logged_with_its_cause(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for token in ("canary.canary.canary", "canary"):
        async with scene.http.post(f"{scene.url}/api/messages", json=activity(), headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status == 401
    (line,) = [record.getMessage() for record in caplog.records if "was refused" in record.getMessage()]
    assert line.startswith("a request was refused: door=msteams reason=unreadable_token")
    assert "canary" not in caplog.text
