"""Slack's Web API: what is sent, what its errors become, and where nothing is ever sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from yarl import URL

from bot.chat.elements import Card
from bot.chat.interactions import ChatPerson, Place
from bot.chat.platform import Address, PlatformError
from bot.slack.client import SlackClient, response_url
from bot.slack.client import profile as profile_of
from bot.slack.errors import seconds as seconds_of

pytestmark = pytest.mark.asyncio

ALERTS = Address("TPLAYGROUND", "CALERTS")
ANA = ChatPerson("slack", "TPLAYGROUND", "UPLAY1")


async def test_a_card_is_posted_with_its_key_and_redrawn_in_place(world: Any, card: Card) -> None:
    ts = await world.platform.post(ALERTS, card, "key-1")
    first = await world.message()
    await world.platform.update(ALERTS, ts, replace(card, version=4, state=("Resolved",)))
    second = await world.message()
    assert (first["ts"], second["ts"]) == (ts, ts)
    assert first["metadata"] == {"event_type": "quell_message", "event_payload": {"key": "key-1"}}
    assert second["metadata"] == first["metadata"]
    assert second["blocks"][2]["text"]["text"] == "Resolved"


@pytest.mark.parametrize(
    ("code", "is_permanent"),
    [
        ("channel_not_found", True),
        ("is_archived", True),
        ("not_in_channel", True),
        ("account_inactive", True),
        ("token_revoked", True),
        ("invalid_auth", True),
        ("invalid_blocks", True),
        ("msg_too_long", True),
        ("internal_error", False),
        ("fatal_error", False),
        ("service_unavailable", False),
        ("a_word_of_tomorrow", False),
    ],
)
async def test_slacks_words_are_permanent_or_not(world: Any, card: Card, code: str, *, is_permanent: bool) -> None:
    await world.fault("error", code=code)
    with pytest.raises(PlatformError, match=f"^{code}$") as refused:
        await world.platform.post(ALERTS, card, "k")
    assert (refused.value.permanent, refused.value.retry_after) == (is_permanent, None)
    assert refused.value.is_account is (code in ("account_inactive", "token_revoked", "invalid_auth"))


@pytest.mark.parametrize("mode", ["5xx", "reset"])
async def test_a_broken_slack_may_work_later(world: Any, card: Card, mode: str) -> None:
    await world.fault(mode)
    with pytest.raises(PlatformError) as refused:
        await world.platform.post(ALERTS, card, "k")
    assert not refused.value.permanent
    assert "xoxb" not in str(refused.value)


async def test_a_busy_slack_says_how_long_to_wait(world: Any, card: Card) -> None:
    await world.fault("429", seconds=7)
    with pytest.raises(PlatformError, match="ratelimited") as refused:
        await world.platform.post(ALERTS, card, "k")
    assert (refused.value.permanent, refused.value.retry_after) == (False, 7.0)


async def test_a_message_that_is_gone_and_a_channel_without_us_are_permanent(world: Any, card: Card) -> None:
    with pytest.raises(PlatformError, match="message_not_found") as refused:
        await world.platform.update(ALERTS, "1.2", card)
    assert refused.value.permanent
    await world.act("remove_bot")
    with pytest.raises(PlatformError, match="not_in_channel"):
        await world.platform.post(ALERTS, card, "k")


async def test_an_address_where_nobody_listens_may_work_later() -> None:
    client = SlackClient("xoxb-1", "http://127.0.0.1:9/api/")
    await client.open()
    with pytest.raises(PlatformError) as refused:
        await client.own_team()
    assert not refused.value.permanent
    await client.close()


@pytest.mark.parametrize(("header", "seconds"), [("3", 3.0), ("0.5", 0.5), ("", None), ("soon", None), ("-1", None), ("nan", None), ("inf", None)])
async def test_any_retry_after_is_borne(header: str, seconds: float | None) -> None:
    assert seconds_of({"Retry-After": header}) == seconds


@pytest.mark.parametrize(
    "answer",
    [b"ok", b"[]", b'"ok"', b"{}", b"", b"<html>", b'{"ok":true}', b"\xff"],
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/html"])
async def test_an_answer_that_is_not_slacks_is_an_error_that_may_pass(answer: bytes, kind: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n\r\n".encode() + answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    client = SlackClient("xoxb-1", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await client.open()
    for call in (client.own_team(), client.post("C1", {"text": "x"}, "k"), client.open_view("1.2.3", {})):
        with pytest.raises(PlatformError) as refused:
            await call
        assert not refused.value.permanent
    await client.close()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("api", "address", "is_trusted"),
    [
        ("https://slack.com/api/", "https://hooks.slack.com/actions/T1/1/x", True),
        ("https://slack.com/api/", "https://slack.com/x", True),
        ("http://127.0.0.1:8080/api/", "http://127.0.0.1:8080/slack/response/x", True),
        ("http://127.0.0.1:8080/api/", "https://hooks.slack.com/x", True),
        ("https://slack.com/api/", "http://hooks.slack.com/x", False),
        ("https://slack.com/api/", "https://hooks.slack.com:8443/x", False),
        ("https://slack.com/api/", "https://hooks.slack.com.evil.example/x", False),
        ("https://slack.com/api/", "https://evil.example/hooks.slack.com", False),
        ("https://slack.com/api/", "https://hooks.slack.com@evil.example/x", False),
        ("https://slack.com/api/", "https://evil.example@hooks.slack.com/x", False),
        ("https://slack.com/api/", "https://evil.example\\@hooks.slack.com/x", False),
        ("https://slack.com/api/", "https://evil.example#@hooks.slack.com/x", False),
        ("https://slack.com/api/", "http://127.0.0.1/x", False),
        ("https://slack.com/api/", "http://169.254.169.254/latest/meta-data/", False),
        ("http://127.0.0.1:8080/api/", "http://127.0.0.1:8081/x", False),
        ("http://127.0.0.1:8080/api/", "http://localhost:8080/x", False),
        ("http://slack.internal/api/", "http://slack.internal/x", False),
        ("https://slack.com/api/", "file:///etc/passwd", False),
        ("https://slack.com/api/", "//hooks.slack.com/x", False),
        ("https://slack.com/api/", "http://[", False),
        ("https://slack.com/api/", "https://hooks.slack.com:99999/x", False),
        ("https://slack.com/api/", "x" * 100, False),
    ],
)
async def test_only_slacks_own_addresses_are_ever_posted_to(api: str, address: str, *, is_trusted: bool) -> None:
    assert (response_url(address, URL(api)) is not None) is is_trusted


async def test_a_whisper_finds_another_way(world: Any) -> None:
    client = world.platform._client
    await client.say_privately(Place("CALERTS"), ANA, {"text": "1"}, "https://evil.example/")
    assert world.diary.lines == ["chat.postEphemeral"]
    await world.act("remove_bot")
    await client.say_privately(Place("CALERTS"), ANA, {"text": "2"}, f"{world.url}/playground/slack/response/nobodys")
    assert world.diary.lines[1:] == ["response", "chat.postEphemeral", "chat.postMessage"]
    assert [(message["channel"][0], message["text"]) for message in await world.messages()] == [("C", "1"), ("D", "2")]


async def test_no_redirect_is_followed() -> None:
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    client = SlackClient("xoxb-1", url)
    await client.open()
    assert not await client.respond(f"{url}here", Place("C1"), {"text": "x"})
    assert asked == [b"POST /here HTTP/1.1"]
    await client.close()
    server.close()
    await server.wait_closed()


async def test_the_platform_vouches_for_members_of_the_workspace(world: Any) -> None:
    profile = await world.platform.profile(ANA, None)
    assert (profile.email, profile.time_zone, profile.is_member) == ("ana@example.com", "Europe/Lisbon", True)
    assert not (await world.platform.profile(ChatPerson("slack", "TPLAYGROUND", "UQUELL"), None)).is_member
    assert not (await world.platform.profile(ChatPerson("slack", "TOTHER", "USTRANGER"), None)).is_member


MEMBER = {
    "id": "U1",
    "team_id": "T1",
    "name": "ana",
    "tz": "Europe/Lisbon",
    "is_email_confirmed": True,
    "profile": {"display_name": "Ana", "email": "ana@example.com"},
}


@pytest.mark.parametrize(
    ("change", "is_member", "has_email"),
    [
        ({}, True, True),
        ({"is_email_confirmed": False}, True, False),
        ({"is_email_confirmed": None}, True, False),
        ({"profile": {"display_name": "Ana"}}, True, False),
        ({"is_bot": True}, False, False),
        ({"is_restricted": True}, False, False),
        ({"is_ultra_restricted": True}, False, False),
        ({"is_stranger": True}, False, False),
        ({"deleted": True}, False, False),
        ({"team_id": "T2"}, False, False),
        ({"team_id": None}, False, False),
        ({"id": "USLACKBOT"}, False, False),
        ({"team_id": "E1", "enterprise_user": {"teams": ["T1", "T2"]}}, True, True),
        ({"team_id": "E1", "enterprise_user": {"teams": ["T2"]}}, False, False),
    ],
)
async def test_guests_bots_and_strangers_are_no_members_and_have_no_email(change: Mapping[str, Any], *, is_member: bool, has_email: bool) -> None:
    profile = profile_of({**MEMBER, **change}, "T1")
    assert (profile.is_member, profile.email is not None) == (is_member, has_email)
    assert not profile_of({**MEMBER, **change}, "").is_member
