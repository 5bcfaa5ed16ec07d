"""Messages to Teams' connector: posted, redrawn, tried again or refused, with tokens that are renewed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from starlette.responses import JSONResponse, Response

from bot.chat.platform import Address, PlatformError
from bot.msteams import render
from bot.msteams.app import TeamsAccount
from tests.support.teams.app import CHANNEL, TENANT, Bot, Teams, a_card, running


async def test_an_answer_that_meets_a_429_is_sent_again(bot: Bot) -> None:
    bot.teams.faults = [Response(status_code=429, headers={"Retry-After": "0"}), Response(status_code=502, headers={"Retry-After": "0"})]
    await bot.send(bot.activity(text="help"))

    assert len(await bot.teams.wait_for_calls(3)) == 3


def address(teams: Teams) -> Address:
    return Address(TENANT, CHANNEL, teams.service_url)


async def test_posting_and_redrawing_a_card(bot: Bot) -> None:
    message = await bot.platform.post(address(bot.teams), a_card(), "key")
    await bot.platform.update(address(bot.teams), "a/b", a_card())

    assert message == "m1"
    posted, redrawn = bot.teams.calls
    assert (posted["method"], posted["path"]) == ("POST", "/service/v3/conversations/19%3Aalerts%40thread.tacv2/activities")
    assert (redrawn["method"], redrawn["path"]) == ("PUT", "/service/v3/conversations/19%3Aalerts%40thread.tacv2/activities/a%2Fb")
    assert posted["body"] == render.activity_with(a_card())
    assert bot.teams.tokens == 1


@pytest.mark.parametrize("status", [408, 412, 429, 500, 502, 503, 504])
async def test_passing_trouble_is_worth_another_try(bot: Bot, status: int) -> None:
    bot.teams.faults = [Response(status_code=status, headers={"Retry-After": "7"})]
    with pytest.raises(PlatformError) as raised:
        await bot.platform.post(address(bot.teams), a_card(), "key")

    assert (raised.value.permanent, raised.value.retry_after) == (False, 7.0)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "BotNotInConversationRoster"),
        (403, "MessageWritesBlocked"),
        (404, "ConversationNotFound"),
        (413, "MessageSizeTooBig"),
        (400, "BadSyntax"),
    ],
)
async def test_a_refusal_names_its_reason_and_is_final(bot: Bot, status: int, code: str) -> None:
    bot.teams.faults = [JSONResponse({"error": {"code": code, "message": "no"}}, status)]
    with pytest.raises(PlatformError, match=f"Teams answered {status} {code}") as raised:
        await bot.platform.update(address(bot.teams), "1", a_card())

    assert raised.value.permanent


async def test_a_redirect_is_not_followed(bot: Bot) -> None:
    bot.teams.faults = [Response(status_code=307, headers={"Location": "http://169.254.169.254/"})]
    with pytest.raises(PlatformError, match="307"):
        await bot.platform.post(address(bot.teams), a_card(), "key")


async def test_a_withdrawn_token_is_replaced_once(bot: Bot) -> None:
    bot.teams.faults = [Response(status_code=401)]
    assert await bot.platform.post(address(bot.teams), a_card(), "key") == "m2"
    assert [call["authorization"] for call in bot.teams.calls] == ["Bearer token-1", "Bearer token-2"]
    bot.teams.faults = [Response(status_code=401), Response(status_code=401)]
    with pytest.raises(PlatformError) as raised:
        await bot.platform.post(address(bot.teams), a_card(), "key")
    assert (raised.value.permanent, raised.value.is_account) == (True, True)


async def test_one_token_serves_until_five_minutes_before_its_end(bot: Bot) -> None:
    await asyncio.gather(*(bot.platform.post(address(bot.teams), a_card(), "key") for _ in range(5)))
    assert bot.teams.tokens == 1
    bot.clock.ahead = 3600 - 299
    await bot.platform.post(address(bot.teams), a_card(), "key")
    assert bot.teams.tokens == 2


async def test_with_a_wrong_or_expired_password_nothing_works_until_it_is_renewed(account: TeamsAccount, teams: Teams) -> None:
    async with running(replace(account, app_password="wrong"), teams) as bot:
        with pytest.raises(PlatformError, match="invalid_client") as raised:
            await bot.platform.post(address(teams), a_card(), "key")
    assert (raised.value.is_account, raised.value.is_refused, teams.calls) == (True, True, [])


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/",
        "https://smba.trafficmanager.net.evil.example.com/",
        "https://smba.trafficmanager.net@evil.example.com/",
        "https://evil.example.com\\@smba.trafficmanager.net/",
        "https://evil.example.com#smba.trafficmanager.net",
        "https://smba.trafficmanager.net?x=",
        "http://smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:x/",
        "ftp://smba.trafficmanager.net/",
        "http://169.254.169.254/",
        "http://[::1]/",
        "http://localhost/",
        "//smba.trafficmanager.net/",
        "https://smba.trafficmanager.net\n.evil.example.com/",
    ],
)
async def test_messages_go_to_listed_hosts_only(bot: Bot, url: str) -> None:
    with pytest.raises(PlatformError) as raised:
        await bot.platform.post(Address(TENANT, CHANNEL, url), a_card(), "key")
    assert (raised.value.permanent, bot.teams.tokens) == (True, 0)


async def test_without_a_listed_host_a_first_message_waits(account: TeamsAccount, teams: Teams) -> None:
    async with running(replace(account, service_hosts=("127.0.0.1",)), teams) as bot:
        with pytest.raises(PlatformError) as raised:
            await bot.platform.post(Address(TENANT, CHANNEL), a_card(), "key")
    assert not raised.value.permanent
