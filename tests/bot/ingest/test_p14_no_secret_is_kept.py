"""Every canary at every place of an event and of both hooks: none of them is kept, and looking for them takes time in proportion to the text."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from bot.ingest.events import occurrence
from bot.security.clean import clean_text
from bot.security.scrub import scrubbed, scrubbed_form
from bot.security.secret_names import is_secret_name
from core.types import JSON
from tests.support.core import World
from tests.support.ingest.secrets import KINDS, MARKER, NAMES, TEXTS, events, every_row, marker
from tests.support.ingest.webhooks import Hooks, hooks_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

HARMLESS = (
    "author", "authors", "authored_by", "authority", "authenticated", "auth_method", "auth_type", "monkey", "keyboard", "keynote", "key",
    "keys", "hockey", "cache_key", "primary_key", "foreignKey", "sort_key", "public_key", "idempotency_key", "passenger", "passed",
    "passing", "compass", "bypass", "passthrough", "pass_count", "first_pass", "token_count", "token_type", "tokenizer", "max_tokens",
    "prompt_tokens", "total_tokens", "tokens_used", "secretary", "secretariat", "password_length", "password_changed_at", "session_store",
    "session_count", "cookie_count", "obsession", "mission", "JsonWebTokenError", "TokenExpiredError", "environment", "path", "User-Agent",
    "module", "type", "name", "id", "client_id", "user_id", "account_id", "grant_type", "pinned", "spin", "opinion", "sidebar", "inside",
    "president", "signal", "assign", "design", "signed_in", "code", "codec", "status_code", "error_code", "zip_code", "country_code",
    "barcode", "encode", "hash", "commit_hash", "cardinality", "card", "discard", "basic", "optional", "accessibility", "access_log",
    "hostname", "hook", "url", "webhooks_sent_total", "секретарь",
)  # fmt: skip

PIECES = (
    "-eyJ", "eyJa.", "a", "a-", "a[", "a.", "--a ", "password", "password=", 'password="', 'password=\\"', "password=[(", "\\", '"', "%25",
    "%253D", "%3D", "?a=", "&", "a=b=", "://", "://a:", "://a:b@", "a:b@", "bearer ", "basic aaaaaaaa", "-u a:", "login a password ",
    "identified by '", "<password ", "<password>", 'password", ', 'password" , value ', 'password";', 'password"\n\n', "&quot;",
    "password=&quot;", "1 ", "4-", "SG.aaaaaaaaa", "SG.", "key-", "xox", "aaa8Q~", "$2$", "{SHA}", "-----BEGIN PRIVATE KEY",
    "jdbc:oracle:a:b/", "Cookie: ", 'Cookie: ="', "api ", "hooks.slack.com/", "access_token$a$", "1:AA", "dp.ab.", "aA", "amp;", "(a",
    ",a:", ";a=", "@", "[", "{",
)  # fmt: skip
BEGINNINGS = ("", "password=", "x?a=", '"password": "', "https://u:", "{")


def test_there_are_enough_of_them() -> None:
    assert len(KINDS) >= 150


@pytest.mark.slow
def test_no_canary_is_kept_at_any_place_of_an_event() -> None:
    kept = [what for what, event, secret in events() if re.search(secret, repr(occurrence(event, NOW)), re.IGNORECASE)]
    assert kept == []


@pytest.mark.parametrize("name", NAMES)
def test_these_are_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", HARMLESS)
def test_words_that_only_look_like_them_are_not(name: str) -> None:
    assert not is_secret_name(name)
    event: JSON = {"extra": {name: "kept"}, "tags": {name: "kept"}, "request": {"headers": {name: "kept"}}}
    assert repr(occurrence(event, NOW).payload).count("kept") == 3


def test_what_was_cleaned_stays_as_it_is_when_it_is_cleaned_again() -> None:
    once = [clean_text(text(marker())) for text in TEXTS.values()]
    assert [clean_text(text) for text in once] == once


def _alerts(text: str) -> Iterator[JSON]:
    for label in ("alertname", "instance", "severity", "env", "line"):
        yield {"status": "firing", "labels": {"alertname": "A", label: text}}
    for annotation in ("summary", "description", "runbook_url", "line"):
        yield {"status": "firing", "labels": {"alertname": "A", "by": annotation}, "annotations": {annotation: text}}
    yield {"status": "firing", "labels": {"alertname": "A"}, "generatorURL": text, "fingerprint": text}


def _reports(text: str) -> Iterator[JSON]:
    for field in ("title", "message", "culprit", "release", "environment", "fingerprint", "user", "event_id"):
        yield {"title": "It failed", field: text}
    yield {"title": "It failed", "tags": {"line": text, text: "x"}, "fingerprint": [text], "user": {"id": text, "name": text, text: "x"}}


@pytest.fixture
def hooks(world: World) -> Iterator[Hooks]:
    with hooks_of(world) as hooks:
        yield hooks


@pytest.mark.slow
def test_no_canary_is_kept_of_what_the_hooks_are_sent(hooks: Hooks) -> None:
    """Each text at each place of both hooks, by HTTP; then every row of every table is looked at."""
    texts = [text(marker()) for text in TEXTS.values()]
    answers = [hooks.post("json", [report for text in texts[start::4] for report in _reports(text)]) for start in range(4)]
    answers += [
        hooks.post("alertmanager", {"version": "4", "alerts": [alert for text in texts[start::4] for alert in _alerts(text)]}) for start in range(4)
    ]
    alert = next(_alerts("x"))
    answers += [hooks.post("alertmanager", {"version": "4", "alerts": [alert], "receiver": text, "externalURL": text}) for text in texts[::10]]
    assert {answer.status for answer in answers} == {200}
    assert MARKER not in str(answers)
    rows = every_row(hooks.world.core)
    assert len(rows) > 1_000
    assert [row for row in rows if MARKER.lower() in row.lower()] == []


@pytest.mark.slow
@pytest.mark.parametrize("scrub", [scrubbed, scrubbed_form])
def test_looking_for_secrets_takes_time_in_proportion_to_the_text(scrub: Callable[[str], str]) -> None:
    slow = [
        (beginning, piece)
        for beginning, piece in itertools.product(BEGINNINGS, PIECES)
        if _growth(scrub, beginning, piece) > 3 and _growth(scrub, beginning, piece) > 3
    ]
    assert slow == []


def _growth(scrub: Callable[[str], str], beginning: str, piece: str) -> float:
    """How many times as long a text of four times the length takes, as a factor for each doubling."""
    short, long = (_cpu_seconds(scrub, (beginning + piece * length)[:length]) for length in (4_000, 16_000))
    return float((max(long, 0.001) / max(short, 0.001)) ** 0.5)


def _cpu_seconds(scrub: Callable[[str], str], text: str) -> float:
    began = time.thread_time()
    scrub(text)
    return time.thread_time() - began
