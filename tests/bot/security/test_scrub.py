"""No secret is kept, wherever in an event it stands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.ingest.events import occurrence
from bot.security.scrub import is_card, scrubbed
from bot.security.secret_names import FILTERED, is_secret_name
from core.types import JSON

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CANARY = "hunter2-Canary9"

IN_TEXT = {
    "a password": (f"login with password={CANARY} failed", "login with password=[Filtered] failed"),
    "a password after a colon": (f"password: {CANARY}, retry", "password: [Filtered], retry"),
    "a password in JSON": (f'{{"db_password": "{CANARY} x", "n": 1}}', '{"db_password": [Filtered], "n": 1}'),
    "a password in JSON in JSON": (f'{{\\"api_key\\": \\"{CANARY}\\", \\"n\\": 1}}', '{\\"api_key\\": [Filtered], \\"n\\": 1}'),
    "a password in a repr": (f"{{'secret_key': '{CANARY}', 'n': 1}}", "{'secret_key': [Filtered], 'n': 1}"),
    "a password in an encoded form": (f"password%3D{CANARY}&n=1", "password%3D[Filtered]&n=1"),
    "a variable of the environment": (f"AWS_SECRET_ACCESS_KEY={CANARY} PATH=/bin", "AWS_SECRET_ACCESS_KEY=[Filtered] PATH=/bin"),
    "a bearer token": (f"sent Bearer {CANARY} to it", "sent Bearer [Filtered] to it"),
    "an authorization header": (f"Authorization: Basic {CANARY}==\nHost: x", "Authorization: [Filtered]\nHost: x"),
    "an authorization header as a pair": (f"[('authorization', 'Token {CANARY}'), ('a', 'b')]", "[('authorization', '[Filtered]'), ('a', 'b')]"),
    "cookies": (f"Cookie: a={CANARY}; b={CANARY}\r\nHost: x", "Cookie: [Filtered]\r\nHost: x"),
    "a JSON web token": ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln here", "got [Filtered] here"),
    "a private key": (
        "x -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- y",
        "x [Filtered] y",
    ),
    "half a private key": ("x -----BEGIN PRIVATE KEY-----\nMIIE", "x [Filtered]"),
    "a Slack token": ("use xoxb-123456-abcdef now", "use [Filtered] now"),
    "a Slack webhook": ("https://hooks.slack.com/services/T1/B2/abcd", "https://hooks.slack.com/[Filtered]"),
    "a Sentry token": ("sntrys_eyJpYXQiOjE3 ok", "[Filtered] ok"),
    "a GitHub token": ("ghp_16C7e42F292c6912E7710c838347Ae178B4a ok", "[Filtered] ok"),
    "an AWS key": ("AKIAIOSFODNN7EXAMPLE ok", "[Filtered] ok"),
    "a Stripe key": ("sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc ok", "[Filtered] ok"),
    "credentials in a URL": (f"postgresql://shop:{CANARY}@db:5432/shop", "postgresql://[Filtered]@db:5432/shop"),
    "credentials with an at sign": (f"https://ada@example.com:{CANARY}@host/", "https://[Filtered]@host/"),
    "a DSN": ("https://0123456789abcdef@sentry.example.com/1", "https://[Filtered]@sentry.example.com/1"),
    "parameters of a URL": (f"/back?code={CANARY}&page=2&sig={CANARY}", "/back?code=[Filtered]&page=2&sig=[Filtered]"),
    "a card": ("card 4111 1111 1111 1111 declined", "card [Filtered] declined"),
    "a card without spaces": ("card 5555555555554444 declined", "card [Filtered] declined"),
}

NOT_SECRET = [
    "Unexpected token < in JSON at position 0",
    "Unexpected token: <",
    "KeyError: 'token'",
    "the secret of joy",
    "card 4111 1111 1111 1112 is no card",
    "took 1767225600123 ms",
    "order 1042 of ada@example.com failed at https://shop.example.com/orders/1042?page=2",
    "sqlite3.OperationalError: no such table: sessions",
]


@pytest.mark.parametrize(("text", "expected"), IN_TEXT.values(), ids=IN_TEXT.keys())
def test_secrets_are_taken_out_of_texts(text: str, expected: str) -> None:
    assert scrubbed(text) == expected
    assert scrubbed(expected) == expected


@pytest.mark.parametrize("text", NOT_SECRET)
def test_texts_without_secrets_stay_as_they_are(text: str) -> None:
    assert scrubbed(text) == text


@pytest.mark.parametrize(
    "name",
    ["password", "userPassword", "X-Api-Key", "api_key", "Authorization", "Set-Cookie", "cookies", "sessionid", "csrftoken", "client-secret", "auth",
     "SLACK_BOT_TOKEN", "private_key", "environ", "process.env", "pwd", "cvv", "cardNumber", "credentials", "connectionString", "SENTRY_DSN"],
)  # fmt: skip
def test_these_are_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["author", "key", "max_tokens", "prompt_tokens", "environment", "path", "User-Agent", "module", "passenger", "type"])
def test_these_are_not(name: str) -> None:
    assert not is_secret_name(name)


def test_cards_are_told_from_other_numbers_by_their_check_digit() -> None:
    assert all(map(is_card, ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"]))
    assert not any(map(is_card, ["", "4111111111111112", "1111111111111117", "4222222", "0" * 16, "2" * 16]))


PLACES: dict[str, JSON] = {
    "a header": {"request": {"headers": {"Authorization": CANARY}}},
    "a header as a pair": {"request": {"headers": [["X-Api-Key", CANARY], ["Host", "x"]]}},
    "a header as name and value": {"request": {"headers": [{"name": "Cookie", "value": CANARY}]}},
    "cookies": {"request": {"cookies": {"a": CANARY}}},
    "the query": {"request": {"query_string": f"a=1&access_token={CANARY}"}},
    "the query as pairs": {"request": {"query_string": [["password", CANARY]]}},
    "the URL": {"request": {"url": f"https://u:{CANARY}@shop.example.com/"}},
    "a posted form": {"request": {"data": f"name=ada&password={CANARY}"}},
    "posted JSON": {"request": {"data": {"user": {"password": CANARY}}}},
    "the CGI environment": {"request": {"env": {"DB": CANARY}}},
    "a variable": {"exception": [{"type": "E", "stacktrace": {"frames": [{"vars": {"password": CANARY}}]}}]},
    "a variable deep down": {"exception": [{"type": "E", "stacktrace": {"frames": [{"vars": {"a": {"b": [{"api_token": [CANARY]}]}}}]}}]},
    "a line of code": {"exception": [{"type": "E", "stacktrace": {"frames": [{"context_line": f"password = '{CANARY}'"}]}}]},
    "the value of an exception": {"exception": [{"type": "E", "value": f"no login with password={CANARY}"}]},
    "the message": {"message": f"no login with token={CANARY}"},
    "the parameters of a message": {"logentry": {"message": "no login with password=%s", "params": [CANARY]}},
    "a filled message and its parameters": {"logentry": {"message": "%s", "formatted": f"password={CANARY}", "params": [CANARY]}},
    "a breadcrumb": {"breadcrumbs": {"values": [{"message": f"GET /?token={CANARY}", "data": {"session": CANARY}}]}},
    "a tag": {"tags": {"auth_token": CANARY}},
    "a tag as a pair": {"tags": [["auth_token", CANARY]]},
    "a context": {"contexts": {"login": {"secret": CANARY}}},
    "the environment that sentry-cli ships": {"extra": {"environ": {"HOME": "/root", "DEPLOY": CANARY}}},
    "the environment in a context": {"contexts": {"process": {"env": {"DEPLOY": CANARY}}}},
    "a transaction": {"transaction": f"GET /login?token={CANARY}"},
    "the user": {"user": {"id": "42", "session_id": CANARY}},
    "the user's id": {"user": {"id": f"token={CANARY}"}},
    "a name": {"extra": {f"password={CANARY}": 1}},
    "raven's message": {"sentry.interfaces.Message": {"message": f"password={CANARY}"}},
    "a long text, where it is cut": {"message": "x" * 8_170 + f" password={CANARY}"},
}  # fmt: skip


@pytest.mark.parametrize("event", PLACES.values(), ids=PLACES.keys())
def test_no_place_of_an_event_keeps_a_secret(event: JSON) -> None:
    kept = occurrence(event, NOW)
    assert CANARY not in repr(kept)
    assert CANARY[:6] not in repr(kept)


@pytest.mark.parametrize("value", [4111111111111111, "4111111111111111"])
def test_a_card_is_taken_out_whether_it_is_a_number_or_a_text(value: Any) -> None:
    assert occurrence({"extra": {"paid with": value}}, NOW).payload["extra"] == {"paid with": FILTERED}


def test_what_says_only_whether_there_was_a_secret_is_kept() -> None:
    extra: JSON = {"has_password": True, "token": None, "cookies": {}, "max_tokens": 100}
    assert occurrence({"extra": extra}, NOW).payload["extra"] == extra


def test_the_rest_of_an_event_stays() -> None:
    event = {"request": {"url": "https://shop.example.com/", "headers": {"Host": "shop.example.com", "Cookie": "a=b"}}}
    kept = occurrence(event, NOW).payload["request"]
    assert kept == {"url": "https://shop.example.com/", "headers": {"Host": "shop.example.com", "Cookie": FILTERED}}
    assert json.dumps(kept)
