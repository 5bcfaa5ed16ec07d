"""Faults, restarts, strangers at the door, and the demo shop."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from starlette.responses import PlainTextResponse

from bot.playground.loopback import LoopbackOnly
from tests.support.playground.world import call

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.playground.world import Opened, World


async def post(world: World, text: str = "x") -> int:
    """Post with a client that reports a lost connection as such."""
    headers = {"Authorization": f"Bearer {world.accounts.slack_bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        body = {"channel": "CALERTS", "text": text}
        async with session.post(f"{world.accounts.slack_api_url}chat.postMessage", json=body) as answer:
            await answer.read()
            return answer.status


async def test_too_many_requests_says_how_long_to_wait_and_can_be_for_one_channel(world: World) -> None:
    world.post("/faults", {"platform": "slack", "mode": "429", "channel": "CALERTS", "seconds": 7})
    with pytest.raises(SlackApiError) as caught:
        world.slack.chat_postMessage(channel="CALERTS", text="x")
    assert caught.value.response.headers["Retry-After"] == "7"
    world.slack.chat_postMessage(channel="UPLAY1", text="another channel")


def test_a_fault_can_be_for_one_method(world: World) -> None:
    world.post("/faults", {"platform": "slack", "mode": "error", "code": "ratelimited", "method": "chat.update"})
    ts = world.slack.chat_postMessage(channel="CALERTS", text="x")["ts"]
    with pytest.raises(SlackApiError, match="ratelimited"):
        world.slack.chat_update(channel="CALERTS", ts=ts, text="y")
    world.post("/faults", {"platform": "slack", "mode": None, "method": "chat.update"})
    world.slack.chat_update(channel="CALERTS", ts=ts, text="y")


async def test_a_fault_with_a_count_is_used_up(world: World) -> None:
    world.post("/faults", {"platform": "slack", "mode": "5xx", "count": 2})
    assert [await post(world) for _ in range(3)] == [503, 503, 200]


async def test_a_lost_answer_did_its_work_and_a_reset_did_not(world: World) -> None:
    for mode, text in (("lost", "kept"), ("reset", "unseen")):
        world.post("/faults", {"platform": "slack", "mode": mode, "count": 1})
        with pytest.raises(aiohttp.ClientError):
            await post(world, text)
    assert [one["text"] for one in world.slack_messages()] == ["kept"]


async def test_an_error_word_can_be_chosen(world: World) -> None:
    world.post("/faults", {"platform": "slack", "mode": "error", "code": "token_revoked"})
    with pytest.raises(SlackApiError, match="token_revoked"):
        world.slack.auth_test()


async def test_a_slow_service_still_does_its_work(world: World) -> None:
    world.post("/faults", {"platform": "slack", "mode": "slow", "seconds": 0.2})
    assert await post(world) == 200


async def test_faults_of_teams_speak_the_connectors_words(world: World) -> None:
    world.post("/faults", {"platform": "teams", "mode": "429", "seconds": 3})
    answer = world.connector("POST", f"{world.channel_path()}/activities", {"text": "x"})
    assert (answer[0], answer[2]["Retry-After"]) == (429, "3")
    world.post("/faults", {"platform": "teams", "mode": None})
    assert world.connector("POST", f"{world.channel_path()}/activities", {"text": "x"})[0] == 201


def test_everything_said_and_every_secret_survives_a_restart(open_world: Opened, tmp_path: Path) -> None:
    first = open_world(tmp_path / "playground.db", is_rate_limited=False)
    first.slack.chat_postMessage(channel="CALERTS", text="still here")
    token = first.token()
    # The first one is not closed: what it wrote must be there as after a killed process.
    second = open_world(tmp_path / "playground.db", is_rate_limited=False)
    assert [one["text"] for one in second.slack_messages()] == ["still here"]
    assert second.accounts.slack_signing_secret == first.accounts.slack_signing_secret
    assert second.connector("GET", f"{second.channel_path()}/members", token=token)[0] == 200


def test_a_reset_clears_what_was_said(world: World) -> None:
    world.slack.chat_postMessage(channel="CALERTS", text="x")
    world.post("/reset", {})
    assert world.slack_messages() == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8080"}, 200),
        ({"Host": "playground.example"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
    ],
)
def test_only_this_machine_and_its_own_pages_come_in(world: World, headers: dict[str, str], status: int) -> None:
    assert call("GET", f"{world.own_url}/state", headers=headers)[0] == status


@pytest.mark.parametrize(("client", "status"), [("127.0.0.1", 200), ("::1", 200), ("10.0.0.5", 403), ("testclient", 403)])
async def test_a_client_elsewhere_is_kept_out(client: str, status: int) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": "/", "client": (client, 1), "headers": [(b"host", b"localhost")]}
    await LoopbackOnly(PlainTextResponse("in"))(scope, receive, send)
    assert sent[0]["status"] == status


def test_the_page_is_served_with_a_policy_that_runs_nothing_foreign(world: World) -> None:
    with urllib.request.urlopen(f"{world.own_url}/") as page:  # noqa: S310
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert call("GET", f"{world.own_url}/static/..%2f..%2fstore.py")[0] == 404


def test_every_change_is_told_to_the_live_page(world: World) -> None:
    with urllib.request.urlopen(f"{world.own_url}/events", timeout=10) as events:  # noqa: S310
        first = events.readline()
        world.slack.chat_postMessage(channel="CALERTS", text="x")
        seen = [events.readline() for _ in range(5)]
    assert first == b"event: change\r\n"
    assert seen.count(b"event: change\r\n") == 1


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ({"as": "nobody", "platform": "slack", "do": "press"}, "names a person"),
        ({"platform": "slack", "do": "juggle"}, "`do` is one of"),
        ({"platform": "slack", "do": "press", "message": "1.1"}, "no such message"),
        ({"platform": "teams", "do": "execute", "message": "1"}, "no such message"),
    ],
)
def test_a_deed_nobody_could_do_is_refused(world: World, deed: dict[str, str], words: str) -> None:
    assert words in world.act(**deed)["error"]


def test_the_demo_shop_really_crashes_and_reports_by_the_real_sdk(world: World) -> None:
    world.playground.dsn = world.bot_url.replace("http://", "http://key@") + "/1"
    assert world.post("/crash", {"kind": "payment", "times": 2, "users": 2})[0] == 202
    assert world.bot.two_crashes.wait(30)
    assert {one["user"]["id"] for one in world.bot.crashes} == {"customer-1", "customer-2"}
    kinds = [one["type"] for one in world.bot.crashes[0]["exception"]["values"]]
    assert kinds == ["TimeoutError", "ConnectionError"]
