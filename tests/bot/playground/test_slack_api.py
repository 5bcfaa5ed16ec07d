"""The Web API as Slack's own SDK sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

if TYPE_CHECKING:
    from tests.support.playground.world import Opened, World

BLOCK = {"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}


def refused(name: str, client: WebClient, **arguments: Any) -> Any:
    with pytest.raises(SlackApiError) as caught:
        client.api_call(name, json=arguments)
    return caught.value.response


def test_only_the_bots_own_token_is_admitted(world: World) -> None:
    url = world.accounts.slack_api_url
    assert refused("auth.test", WebClient("xoxb-wrong", base_url=url))["error"] == "invalid_auth"
    assert refused("auth.test", WebClient(base_url=url))["error"] == "not_authed"
    assert world.slack.auth_test()["team_id"] == "TPLAYGROUND"


def test_a_posted_message_is_kept_as_it_was_sent_and_gets_ids(world: World) -> None:
    answer = world.slack.chat_postMessage(channel="CALERTS", text="hello", blocks=[BLOCK])
    (kept,) = world.slack_messages()
    assert kept["ts"] == answer["ts"]
    assert kept["sent"] == {"text": "hello", "blocks": [BLOCK]}
    assert kept["blocks"][0]["block_id"]


def test_metadata_comes_back_only_when_asked_for(world: World) -> None:
    metadata = {"event_type": "issue", "event_payload": {"id": 7}}
    world.slack.chat_postMessage(channel="CALERTS", text="hello", metadata=metadata)
    plain = world.slack.conversations_history(channel="CALERTS")["messages"][0]
    whole = world.slack.conversations_history(channel="CALERTS", include_all_metadata=True)["messages"][0]
    assert "metadata" not in plain
    assert whole["metadata"] == metadata


def test_an_edit_with_text_alone_takes_the_blocks_away(world: World) -> None:
    ts = world.slack.chat_postMessage(channel="CALERTS", text="hello", blocks=[BLOCK])["ts"]
    world.slack.chat_update(channel="CALERTS", ts=ts, text="changed")
    assert "blocks" not in world.slack_messages()[0]


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("chat.postMessage", {"channel": "CNONE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "CALERTS"}, "no_text"),
        ("chat.postMessage", {"channel": "CALERTS", "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": "CALERTS", "text": "x", "thread_ts": "1.1"}, "thread_not_found"),
        ("chat.update", {"channel": "CALERTS", "ts": "1.1", "text": "x"}, "message_not_found"),
        ("chat.update", {"channel": "UPLAY1", "ts": "1.1", "text": "x"}, "channel_not_found"),
        ("chat.delete", {"channel": "CALERTS", "ts": "1.1"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": "CALERTS", "user": "UNONE", "text": "x"}, "user_not_in_channel"),
        ("users.info", {"user": "UNONE"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "nobody@example.com"}, "users_not_found"),
        ("conversations.info", {"channel": "CNONE"}, "channel_not_found"),
        ("views.open", {"trigger_id": "1.2.3", "view": {}}, "invalid_trigger_id"),
        ("views.update", {"view_id": "VNONE", "view": {}}, "not_found"),
        ("files.upload", {}, "unknown_method"),
    ],
)
def test_a_wrong_call_is_answered_with_slacks_own_error(world: World, name: str, arguments: dict[str, Any], error: str) -> None:
    assert refused(name, world.slack, **arguments)["error"] == error


def test_refused_blocks_come_with_their_reasons(world: World) -> None:
    answer = refused("chat.postMessage", world.slack, channel="CALERTS", blocks=[{"type": "section"}])
    assert answer["error"] == "invalid_blocks"
    assert "missing required field" in answer["response_metadata"]["messages"][0]


def test_a_persons_message_cannot_be_changed_by_the_bot(world: World) -> None:
    ts = world.act(platform="slack", do="say", text="mine")["ts"]
    assert refused("chat.update", world.slack, channel="CALERTS", ts=ts, text="x")["error"] == "cant_update_message"
    assert refused("chat.delete", world.slack, channel="CALERTS", ts=ts)["error"] == "cant_delete_message"


def test_an_archived_channel_and_one_without_the_bot_refuse_posts(world: World) -> None:
    for deed, error in (("archive_channel", "is_archived"), ("unarchive_channel", ""), ("remove_bot", "not_in_channel")):
        world.act(platform="slack", do=deed)
        if error:
            assert refused("chat.postMessage", world.slack, channel="CALERTS", text="x")["error"] == error


def test_a_private_message_is_seen_by_one_person_only(world: World) -> None:
    world.slack.chat_postEphemeral(channel="CALERTS", user="UPLAY2", text="psst")
    assert [one["text"] for one in world.slack_messages("UPLAY2")] == ["psst"]
    assert world.slack_messages("UPLAY1") == []


def test_people_come_with_time_zone_and_confirmed_mail(world: World) -> None:
    user = world.slack.users_info(user="UPLAY3")["user"]
    assert (user["tz"], user["is_email_confirmed"], user["is_restricted"]) == ("Asia/Tokyo", True, False)
    assert world.slack.users_lookupByEmail(email=user["profile"]["email"])["user"]["id"] == "UPLAY3"


def test_a_direct_message_is_opened_by_person(world: World) -> None:
    channel = world.slack.conversations_open(users="UPLAY1")["channel"]["id"]
    world.slack.chat_postMessage(channel=channel, text="just you")
    assert world.state("UPLAY1")["slack"]["messages"][channel][0]["text"] == "just you"
    assert channel not in world.state("UPLAY2")["slack"]["messages"]


def test_posting_faster_than_one_a_second_is_refused_with_the_time_to_wait(open_world: Opened) -> None:
    world = open_world()
    for _ in range(10):
        world.slack.chat_postMessage(channel="CALERTS", text="x")
    answer = refused("chat.postMessage", world.slack, channel="CALERTS", text="x")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    world.slack.chat_postMessage(channel="UPLAY1", text="other channels do not wait")
    world.clock.now += 1
    world.slack.chat_postMessage(channel="CALERTS", text="x")


def test_edits_are_limited_to_50_a_minute_in_the_workspace(open_world: Opened) -> None:
    world = open_world()
    ts = world.slack.chat_postMessage(channel="CALERTS", text="x")["ts"]
    for number in range(50):
        world.slack.chat_update(channel="CALERTS", ts=ts, text=str(number))
    assert refused("chat.update", world.slack, channel="CALERTS", ts=ts, text="x").status_code == 429
