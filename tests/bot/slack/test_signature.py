"""Who may knock: signatures, their age, and what is no signature at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.slack.ingress import sign, signature_fault

NOW = datetime(2026, 11, 23, 14, 2, 0, 700_000, tzinfo=UTC)
STAMP = int(NOW.timestamp())
BODY = b'{"type":"event_callback"}'
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def headers(stamp: object = STAMP, secret: str = SECRET, body: bytes = BODY) -> dict[str, str]:
    return {"x-slack-request-timestamp": str(stamp), "x-slack-signature": sign(secret, str(stamp), body).decode()}


def is_genuine(secrets: list[str], given: dict[str, str], body: bytes, now: datetime) -> bool:
    return signature_fault(secrets, given, body, now) is None


def test_each_fault_is_told_apart_and_only_what_we_signed_is_stale() -> None:
    assert signature_fault([SECRET], {}, BODY, NOW) == "no_signature"
    assert signature_fault([SECRET], headers(secret="other"), BODY, NOW) == "wrong_signature"
    assert signature_fault([SECRET], headers(STAMP - 301, secret="other"), BODY, NOW) == "wrong_signature"
    assert signature_fault([SECRET], headers(STAMP - 301), BODY, NOW) == "stale"
    assert signature_fault([SECRET], headers(STAMP - 300), BODY, NOW) is None


def test_the_example_of_slacks_own_documentation_is_genuine() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA"
        b"&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
        b"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    given = {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    assert is_genuine([SECRET], given, body, datetime.fromtimestamp(1531420618, UTC))


@pytest.mark.parametrize(("seconds", "passes"), [(-301, False), (-300, True), (-299, True), (0, True), (299, True), (300, True), (301, False)])
def test_a_request_is_good_for_five_minutes_either_way(seconds: int, *, passes: bool) -> None:
    assert is_genuine([SECRET], headers(STAMP + seconds), BODY, NOW) is passes


@pytest.mark.parametrize(
    "stamp", ["", "abc", f" {STAMP}", f"+{STAMP}", f"-{STAMP}", f"{STAMP}.0", "1_732_370_520", "١٧٣٢٣٧٠٥٢٠", "²", "9" * 13, "\x00"]
)
def test_a_time_that_is_not_plain_digits_is_refused(stamp: str) -> None:
    assert not is_genuine([SECRET], headers(stamp), BODY, NOW)


@pytest.mark.parametrize("signature", ["", "v0=", "v0=abc", "sch\xf6n", "v0=" + "\xff" * 64, "v1=" + "0" * 64, "\u20ac"])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    assert not is_genuine([SECRET], {**headers(), "x-slack-signature": signature}, BODY, NOW)


def test_missing_headers_are_refused() -> None:
    assert not is_genuine([SECRET], {}, BODY, NOW)


def test_another_secret_another_body_and_another_time_are_refused() -> None:
    assert not is_genuine([SECRET], headers(secret="other"), BODY, NOW)
    assert not is_genuine([SECRET], headers(body=b"{}"), BODY, NOW)
    assert not is_genuine([SECRET], {**headers(), "x-slack-request-timestamp": str(STAMP + 1)}, BODY, NOW)


@pytest.mark.parametrize("used", ["old", "new"])
def test_both_secrets_are_good_while_one_replaces_the_other(used: str) -> None:
    assert is_genuine(["old", "new"], headers(secret=used), BODY, NOW)
    assert not is_genuine(["older", "newer"], headers(secret=used), BODY, NOW)


def test_the_upper_case_of_a_signature_is_another_signature() -> None:
    given = headers()
    assert not is_genuine([SECRET], {**given, "x-slack-signature": given["x-slack-signature"].upper()}, BODY, NOW + timedelta(0))
