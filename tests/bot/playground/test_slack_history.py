"""Finding what was said: pages of a channel's history and of a thread, by time and with metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackApiError

if TYPE_CHECKING:
    from tests.support.playground.world import World


def posted(world: World, text: str, **more: Any) -> str:
    metadata = {"event_type": "quell", "event_payload": {"key": text}}
    return str(world.slack.chat_postMessage(channel="CALERTS", text=text, metadata=metadata, **more)["ts"])


def texts(answer: Any) -> list[str]:
    return [one["text"] for one in answer["messages"]]


def test_history_comes_newest_first_page_by_page(world: World) -> None:
    for number in range(5):
        posted(world, str(number))
    first = world.slack.conversations_history(channel="CALERTS", limit=2)
    second = world.slack.conversations_history(channel="CALERTS", limit=2, cursor=first["response_metadata"]["next_cursor"])
    last = world.slack.conversations_history(channel="CALERTS", limit=2, cursor=second["response_metadata"]["next_cursor"])
    assert [texts(page) for page in (first, second, last)] == [["4", "3"], ["2", "1"], ["0"]]
    assert [page["has_more"] for page in (first, second, last)] == [True, True, False]
    assert last["response_metadata"]["next_cursor"] == ""


def test_history_keeps_to_the_time_asked_for(world: World) -> None:
    one, two, three = (posted(world, text) for text in ("one", "two", "three"))
    assert texts(world.slack.conversations_history(channel="CALERTS", oldest=one, latest=three)) == ["two"]
    assert texts(world.slack.conversations_history(channel="CALERTS", oldest=two, latest=three, inclusive=True)) == ["three", "two"]


def test_a_thread_comes_with_its_parent_and_metadata_if_asked_for(world: World) -> None:
    parent = posted(world, "parent")
    posted(world, "reply", thread_ts=parent)
    posted(world, "aloud", thread_ts=parent, reply_broadcast=True)
    whole = world.slack.conversations_replies(channel="CALERTS", ts=parent, include_all_metadata=True)
    assert [(one["text"], one["metadata"]["event_payload"]["key"]) for one in whole["messages"]] == [
        ("parent", "parent"),
        ("reply", "reply"),
        ("aloud", "aloud"),
    ]
    assert "metadata" not in world.slack.conversations_replies(channel="CALERTS", ts=parent)["messages"][0]
    assert texts(world.slack.conversations_history(channel="CALERTS")) == ["aloud", "parent"]


@pytest.mark.parametrize(
    ("asked", "error"),
    [({"cursor": "what?"}, "invalid_cursor"), ({"limit": 1000}, "invalid_limit"), ({"oldest": "noon"}, "invalid_ts_oldest")],
)
def test_what_makes_no_sense_is_refused(world: World, asked: dict[str, Any], error: str) -> None:
    with pytest.raises(SlackApiError) as caught:
        world.slack.conversations_history(channel="CALERTS", **asked)
    assert caught.value.response["error"] == error
