"""Who is let in: the whole table of tokens over real HTTP, hostile bodies, and the anonymous mode."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from bot.msteams.app import TeamsAccount
from tests.support.teams.app import TENANT, Bot, Teams, invoke, new_key, running


def now() -> int:
    """When the test runs, in seconds: the modules of all tests are read long before."""
    return int(datetime.now(UTC).timestamp())


HMAC_KEY = "a secret that is long enough for HS256 to take it"


def headed(head: dict[str, Any], teams: Teams) -> str:
    """A token with another header than the signed one, and no signature."""
    return f"{base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b'=').decode()}.{teams.token().split('.')[1]}."


FORGED: dict[str, Callable[[Teams], str]] = {
    "of another audience": lambda t: t.token(aud="another-app"),
    "of several audiences": lambda t: t.token(aud=["another-app", "6b1f6a8e-0000-4000-8000-00000000a99d"]),
    "of another issuer": lambda t: t.token(iss="https://sts.windows.net/x/"),
    "of no issuer": lambda t: t.token(iss=None),
    "for another service URL": lambda t: t.token(serviceurl="https://smba.trafficmanager.net/emea/"),
    "for no service URL": lambda t: t.token(serviceurl=None),
    "of an unknown key": lambda t: t.token(headers={"kid": "k2"}),
    "of no key": lambda t: t.token(headers={}),
    "of a key id that is no text": lambda t: headed({"alg": "RS256", "kid": [1]}, t),
    "signed by another key": lambda t: t.token(key=new_key()),
    "signed with HS256": lambda t: t.token(key=HMAC_KEY, algorithm="HS256"),
    "signed with RS512": lambda t: t.token(algorithm="RS512"),
    "signed with nothing": lambda t: headed({"alg": "none", "kid": "k1"}, t),
    "expired": lambda t: t.token(exp=now() - 360),
    "without expiry": lambda t: t.token(exp=None),
    "that expires never": lambda t: t.token(exp=10**30),
    "without a beginning": lambda t: t.token(nbf=None),
    "not valid yet": lambda t: t.token(nbf=now() + 600),
    "of garbage": lambda _: "garbage",
    "of garbage with dots": lambda _: "a.b.c",
    "of another alphabet": lambda _: "ä.ö.ü".encode().decode("latin-1"),
    "without end": lambda _: "a" * 7000,
}


async def test_a_valid_token_is_let_in(bot: Bot) -> None:
    assert (await bot.send(bot.activity(text="help"))).status == 202


@pytest.mark.parametrize("kind", FORGED)
async def test_a_token_is_refused_that_is(bot: Bot, kind: str) -> None:
    answer = await bot.send(bot.activity(text="help"), FORGED[kind](bot.teams))

    assert (answer.status, answer.body, bot.answers.asked) == (401, b"", [])


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer\tx"])
async def test_another_header_is_no_token(bot: Bot, header: str) -> None:
    assert (await bot.send(bot.activity(text="help"), None, {"Authorization": header} if header else {})).status == 401


async def test_a_token_that_expired_four_minutes_ago_is_let_in_for_clocks_differ(bot: Bot) -> None:
    assert (await bot.send(bot.activity(text="help"), bot.teams.token(exp=now() - 240, nbf=now() - 4000))).status == 202


async def test_a_remembered_token_expires_all_the_same(bot: Bot) -> None:
    token = bot.teams.token()
    assert (await bot.send(bot.activity(text="help"), token)).status == 202
    bot.clock.ahead = 3600 + 290
    assert (await bot.send(bot.activity(text="help"), token)).status == 202
    bot.clock.ahead = 3600 + 301
    assert (await bot.send(bot.activity(text="help"), token)).status == 401


async def test_a_remembered_token_is_good_for_its_service_url_only(bot: Bot) -> None:
    token = bot.teams.token()
    assert (await bot.send(bot.activity(text="help"), token)).status == 202
    assert (await bot.send({**bot.activity(), "serviceUrl": "https://smba.trafficmanager.net/emea/"}, token)).status == 401


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "https://evil.example.com/", "https://smba.trafficmanager.net@evil.example.com/", "http://smba.trafficmanager.net/"]
)
async def test_even_a_signed_service_url_must_be_on_the_list(bot: Bot, url: str) -> None:
    assert (await bot.send({**bot.activity(text="help"), "serviceUrl": url}, bot.teams.token(serviceurl=url))).status == 401


async def test_a_key_that_is_not_endorsed_for_teams_is_refused(bot: Bot) -> None:
    bot.teams.endorsements = ["webchat"]
    assert (await bot.send(bot.activity(text="help"))).status == 401


async def test_an_activity_of_another_channel_is_refused(bot: Bot) -> None:
    assert (await bot.send({**bot.activity(text="help"), "channelId": "webchat"})).status == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"channelData": {"tenant": {"id": "other"}}, "conversation": {"id": "19:a"}},
        {"channelData": {}, "conversation": {"id": "19:a"}},
        {"conversation": {"id": "19:a", "tenantId": "other"}},
    ],
)
async def test_another_tenant_or_none_or_two_is_forbidden(bot: Bot, changed: dict[str, Any]) -> None:
    answer = await bot.send({**bot.activity(text="help"), **changed})

    assert (answer.status, bot.answers.asked, bot.answers.reached) == (403, [], [])


async def test_keys_rotate_without_a_restart_and_unknown_ones_are_looked_up_once_a_minute(bot: Bot) -> None:
    assert (await bot.send(bot.activity(text="help"))).status == 202
    key = bot.teams.keys["k2"] = new_key()
    for _ in range(3):
        assert (await bot.send(bot.activity(text="help"), bot.teams.token(key=key, headers={"kid": "k2"}))).status == 401
    assert bot.teams.fetched == 1
    bot.clock.ahead = 61
    assert (await bot.send(bot.activity(text="help"), bot.teams.token(key=key, headers={"kid": "k2"}))).status == 202
    assert bot.teams.fetched == 2


async def test_old_keys_serve_while_microsoft_is_away(bot: Bot) -> None:
    assert (await bot.send(bot.activity(text="help"))).status == 202
    bot.clock.ahead = 25 * 3600
    later = now() + 25 * 3600
    bot.teams.metadata = [Response(status_code=503)]
    assert (await bot.send(bot.activity(text="help"), bot.teams.token(exp=later + 60, nbf=later - 60))).status == 202


@pytest.mark.parametrize(
    "document",
    [
        Response(b"not JSON"),
        JSONResponse([]),
        JSONResponse({}),
        JSONResponse({"jwks_uri": "http://169.254.169.254/keys"}),
        Response(status_code=302, headers={"location": "/openid"}),
    ],
)
async def test_a_strange_openid_document_lets_nobody_in(bot: Bot, document: Response) -> None:
    bot.teams.metadata = [document]
    assert (await bot.send(bot.activity(text="help"))).status == 401
    bot.clock.ahead = 6
    assert (await bot.send(bot.activity(text="help"))).status == 202


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000])
async def test_a_body_that_is_no_object_is_refused(bot: Bot, body: bytes) -> None:
    assert (await bot.send(body)).status == 400


async def test_a_body_over_the_limit_is_refused(bot: Bot) -> None:
    assert (await bot.send(b'{"text":"' + b"a" * 512 * 1024 + b'"}')).status == 413


@pytest.fixture
def anonymous(account: TeamsAccount) -> TeamsAccount:
    return replace(account, app_id="", app_password="", tenant_id="", service_hosts=(), is_anonymous=True)


async def test_anonymous_activities_are_taken_from_this_machine(anonymous: TeamsAccount, teams: Teams) -> None:
    async with running(anonymous, teams) as bot:
        assert (await bot.send(bot.activity(text="help"), None)).status == 202
        (call,) = await teams.wait_for_calls(1)
    assert (call["authorization"], teams.tokens, bot.answers.asked[0].person.tenant) == (None, 0, TENANT)


async def test_anonymous_activities_are_refused_from_elsewhere(anonymous: TeamsAccount, teams: Teams) -> None:
    async with running(anonymous, teams, peer="192.168.1.9") as bot:
        assert (await bot.send(bot.activity(text="help"), None)).status == 401


async def test_a_web_page_cannot_post_anonymously(anonymous: TeamsAccount, teams: Teams) -> None:
    async with running(anonymous, teams) as bot:
        assert (await bot.send(bot.activity(text="help"), None, {"Origin": "https://evil.example.com"})).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Host": "localhost"},
        {"X-Forwarded-Proto": "https"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 tunnel"},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example:3978"},
        {"Host": "["},
        {"Host": "192.168.1.9"},
    ],
)
async def test_an_anonymous_activity_comes_by_no_proxy_and_under_no_other_name(
    anonymous: TeamsAccount, teams: Teams, headers: dict[str, str]
) -> None:
    async with running(anonymous, teams) as bot:
        assert (await bot.send(bot.activity(text="help"), None, headers)).status == 401


async def test_an_anonymous_activity_may_name_this_machine_only(anonymous: TeamsAccount, teams: Teams) -> None:
    async with running(replace(anonymous, service_hosts=("smba.trafficmanager.net",)), teams) as bot:
        elsewhere = {**bot.activity(text="help"), "serviceUrl": "https://smba.trafficmanager.net/emea/"}
        assert (await bot.send(elsewhere, None)).status == 401


WEIRD: list[Any] = [
    None,
    True,
    7,
    -1.5,
    "",
    "x" * 70_000,
    "\x00\ud800",
    [],
    [1, {"type": "mention"}],
    {},
    {"id": {}},
    {"id": "\ud800"},
    {"tenant": 7},
]


async def test_no_activity_however_strange_is_an_error_of_ours(anonymous: TeamsAccount, teams: Teams) -> None:
    data = {"verb": "resolve", "issue": 1, "version": 1}
    said: set[int] = set()
    async with running(anonymous, teams) as bot:
        for like in (bot.activity(text="help"), bot.activity(value=data), bot.activity(**invoke("task/submit", {"data": data}))):
            for name in like:
                said |= {(await bot.send({**like, name: weird}, None)).status for weird in WEIRD}
    assert said == {200, 202, 400, 401}
