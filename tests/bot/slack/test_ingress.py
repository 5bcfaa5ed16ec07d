"""The door over real HTTP: who gets in, and that nothing sent to it is ever an error of ours."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.chat.interactions import TypedCommand
from bot.slack.app import SlackAccount

pytestmark = pytest.mark.asyncio

FORM = "application/x-www-form-urlencoded"


async def test_a_genuine_request_gets_in(world: Any, ours: dict[str, Any]) -> None:
    assert await world.send_interaction(ours["button"]) == (200, "")
    assert await world.send_form(ours["command"]) == (200, "")
    assert await world.send_event(ours["direct"]) == (200, "")


@pytest.mark.parametrize(("seconds", "status"), [(-400, 401), (-302, 401), (-298, 200), (0, 200), (300, 200), (303, 401)])
async def test_age_is_checked_over_the_wire(world: Any, ours: dict[str, Any], seconds: int, status: int) -> None:
    body = urlencode(ours["command"]).encode()
    assert (await world.send(body, FORM, stamp=str(int(time.time()) + seconds)))[0] == status


@pytest.mark.parametrize(
    "headers",
    [
        {"stamp": "abc"},
        {"stamp": ""},
        {"stamp": "-1"},
        {"signature": ""},
        {"signature": "v0=sch\xf6n"},
        {"signature": "v0=" + "0" * 64},
        {"secret": "another"},
        {"secret": "another", "x-slack-bolt-lazy-only": "1"},
    ],
)
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"ssl_check=1", b'{"type":"url_verification","challenge":"x"}'], ids=repr)
async def test_what_slack_did_not_sign_is_refused_unread(world: Any, headers: dict[str, str], body: bytes) -> None:
    assert (await world.send(body, **headers))[0] == 401
    assert world.answers.asked == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b"{}", "application/json"),
        (b'{"type":7}', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"type":"block_actions"}', "application/json"),
        (b'{"type":"url_verification","challenge":["x"]}', "application/json"),
        (b"9" * 5000, "application/json"),
        (b"", FORM),
        (b"payload=", FORM),
        (b"payload=[]", FORM),
        (b"payload=%7B", FORM),
        (b"payload=%FF%FE", FORM),
        (b"\xff", FORM),
        (b"&".join(b"a%d=1" % number for number in range(100)), FORM),
        (b"command=/quell", FORM),
        (b"command=/quell&payload={}", FORM),
        (b"x", "multipart/form-data; boundary=x"),
        (b"{}", ""),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_what_is_signed_but_is_not_what_slack_sends_is_malformed(world: Any, body: bytes, content_type: str) -> None:
    assert (await world.send(body, content_type))[0] == 400


@pytest.mark.parametrize("signature", [{}, {"signature": "v0=0"}])
async def test_a_body_beyond_the_limit_is_too_large_signed_or_not(world: Any, signature: dict[str, str]) -> None:
    assert (await world.send(b"x" * (512 * 1024 + 1), FORM, **signature))[0] == 413
    async with world.http.post(f"{world.url}/slack/events", data=endless()) as answer:
        assert answer.status == 413


async def endless() -> Any:
    for _ in range(20):
        yield b"x" * 65536


async def test_a_body_of_exactly_the_limit_is_read(world: Any, ours: dict[str, Any]) -> None:
    body = urlencode(ours["command"]).encode()
    padded = body + b"&pad=" + b"x" * (512 * 1024 - len(body) - 5)
    assert (await world.send(padded, FORM))[0] == 200


async def test_the_handshakes_are_answered(world: Any) -> None:
    status, text = await world.send_event({"type": "url_verification", "token": "t", "challenge": "3eZbrw1aB"})
    assert (status, json.loads(text)) == (200, {"challenge": "3eZbrw1aB"})
    assert await world.send_form({"ssl_check": "1", "token": "t"}) == (200, "")


@pytest.mark.parametrize("name", ["button", "submission", "suggestion", "command", "mention", "direct", "link", "board", "opened", "pasted", "said"])
async def test_another_workspace_is_refused(world: Any, payloads: dict[str, Any], name: str) -> None:
    send = world.send_form if name == "command" else world.send_event if "event" in payloads[name] else world.send_interaction
    assert (await send(payloads[name]))[0] == 403
    assert world.answers.asked == []


async def test_a_payload_that_names_no_workspace_is_refused(world: Any, ours: dict[str, Any]) -> None:
    ours["button"]["team"] = None
    ours["button"]["user"]["team_id"] = None
    assert (await world.send_interaction(ours["button"]))[0] == 403


@pytest.mark.parametrize("payload", [{"type": "view_closed"}, {"type": "shortcut"}, {"type": "event_callback", "event": {"type": "reaction_added"}}])
async def test_what_is_none_of_ours_is_acknowledged(world: Any, payload: dict[str, Any]) -> None:
    assert await world.send_event({**payload, "team_id": "TPLAYGROUND"}) == (200, "")
    assert world.answers.asked == []


@pytest.mark.parametrize("field", ["text", "channel_name", "user_name"])
async def test_a_command_may_contain_the_word_payload(world: Any, ours: dict[str, Any], field: str) -> None:
    ours["command"][field] = "payload={} payload"
    assert await world.send_form(ours["command"]) == (200, "")

    async def asked() -> Any:
        return world.answers.asked

    assert isinstance((await world.until(asked))[0].payload, TypedCommand)


async def test_other_methods_are_not_for_this_door(world: Any) -> None:
    async with world.http.get(f"{world.url}/slack/events") as answer:
        assert answer.status == 405


async def test_both_secrets_work_during_a_rotation(open_world: Callable[..., Any], answers: Any, ours: dict[str, Any]) -> None:
    def rotated(account: SlackAccount) -> SlackAccount:
        return replace(account, signing_secrets=("the new one", *account.signing_secrets))

    async with open_world(answers, rotated) as world:
        body = urlencode(ours["command"]).encode()
        assert (await world.send(body, FORM))[0] == 200
        assert (await world.send(body, FORM, secret="the new one"))[0] == 200
        assert (await world.send(body, FORM, secret="neither"))[0] == 401


async def test_until_slack_has_named_the_workspace_everybody_is_asked_to_try_again(
    open_world: Callable[..., Any], answers: Any, ours: dict[str, Any]
) -> None:
    def astray(account: SlackAccount) -> SlackAccount:
        return replace(account, bot_token="xoxb-wrong")

    async with open_world(answers, astray) as world:
        assert (await world.send_form(ours["command"]))[0] == 503
        assert (await world.send_event({"type": "url_verification", "challenge": "x"}))[0] == 200
        assert (await world.send_event({}))[0] == 503
    assert answers.asked == []


async def test_the_workspace_is_learnt_when_slack_comes_back(open_world: Callable[..., Any], answers: Any, ours: dict[str, Any]) -> None:
    async with open_world(answers) as world:
        await world.platform.close()
        world.platform._own = None
        await world.fault("5xx", count=2)
        await world.platform.start()

        async def admitted() -> bool:
            return bool((await world.send_form(ours["command"]))[0] == 200)

        await world.until(admitted)


async def test_an_empty_signing_secret_is_no_account() -> None:
    for secrets in ((), ("",), ("good", "")):
        with pytest.raises(ValueError, match="signing secret"):
            SlackAccount(secrets, "xoxb-1", "https://slack.com/api/")
    assert "xoxb" not in repr(SlackAccount(("s3cret",), "xoxb-1", "https://slack.com/api/"))
    assert "s3cret" not in repr(SlackAccount(("s3cret",), "xoxb-1", "https://slack.com/api/"))


async def test_bolts_own_environment_variables_change_nothing(
    open_world: Callable[..., Any], answers: Any, ours: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with open_world(answers) as world:
        assert (await world.send_interaction(ours["button"]))[0] == 200


async def test_no_shape_of_a_signed_payload_is_an_error_of_ours(world: Any, ours: dict[str, Any]) -> None:
    """Bolt reads more of a payload than we do, so each field it looks at is garbled in turn."""
    read_by_bolt = (
        "enterprise",
        "authorizations",
        "view",
        "message",
        "channel",
        "event",
        "team_id",
        "is_ext_shared_channel",
        "response_urls",
        "user",
    )
    for name in ("button", "submission", "suggestion", "mention", "at_home", "opened", "pasted", "said"):
        for field in read_by_bolt:
            for wrong in (5, "x", [5], {"id": 5}):
                status, _ = await world.send_event({**ours[name], field: wrong})
                assert status in (200, 400, 403), (name, field, wrong)


async def test_a_payload_nested_deeper_than_bolt_can_follow_is_no_error_of_ours(world: Any, ours: dict[str, Any]) -> None:
    nested: dict[str, Any] = {}
    for _ in range(300):
        nested = {"event": nested}
    ours["mention"]["event"]["event"] = nested
    assert (await world.send_event(ours["mention"]))[0] in (200, 400)


async def test_nothing_sensitive_is_logged(world: Any, ours: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in logging.root.manager.loggerDict:
        if name.startswith(("slack", "bot.slack")) and name not in ("bot.slack.web", "bot.slack.bolt"):
            caplog.set_level(logging.DEBUG, name)
    secret = "canary-in-the-body"
    ours["button"]["response_url"] = f"{world.url}/playground/slack/response/canary-in-the-url"
    ours["button"]["message"]["text"] = secret
    ours["command"]["text"] = f"comment 1 {secret}"
    await world.send_interaction(ours["button"])
    await world.send_form(ours["command"])
    await world.send(secret.encode(), signature="v0=canary-in-the-signature")
    await world.send(secret.encode())
    await world.send_event({**ours["mention"], "event": secret})
    await world.send_event({**ours["mention"], "enterprise": secret, "authorizations": [secret]})
    await world.platform.close()
    said = "\n".join(record.getMessage() + str(record.exc_text or "") for record in caplog.records)
    assert "canary" not in said
    assert world.playground.accounts.slack_bot_token not in said
    assert "v0=" not in said
