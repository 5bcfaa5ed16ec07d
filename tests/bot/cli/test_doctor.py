"""``quell doctor`` before real servers: the playground's chats, both databases, and servers that are not there."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.doctor import _clock
from bot.playground import Playground
from tests.support.cli import both_chats
from tests.support.db.databases import sqlalchemy_url
from tests.support.program import free_port
from tests.support.remote_chats import chats_elsewhere
from tests.support.slack.socket_mode import TOKEN, Switchboard

CHECKS = ["configuration", "public url", "files", "database", "clock", "slack", "teams", "roles", "doors", "channels"]
KEY = "canary-key-of-at-least-thirty-two-characters"


class Doctor:
    """Runs the command with settings, and says what it found."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, **settings: str) -> tuple[int, dict[str, tuple[bool, str]]]:
        code, out = self.run("--json", **settings)
        said = json.loads(out)
        assert said["ok"] is (code == 0)
        return code, {one["name"]: (one["ok"], one["said"]) for one in said["checks"]}

    def run(self, *words: str, **settings: str) -> tuple[int, str]:
        with self._monkeypatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(f"QUELL_{name.upper()}", value)
            patch.setattr(sys, "argv", ["quell", "doctor", *words])
            try:
                main()
                code = 0
            except SystemExit as exit_:
                code = int(exit_.code or 0)
        said = self._capsys.readouterr()
        assert said.err == ""
        for secret in ("canary", "xoxb"):
            assert secret not in said.out
        return code, said.out


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Doctor]:
    for name in [name for name in os.environ if name.startswith("QUELL_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o077)
    yield Doctor(monkeypatch, capsys)
    os.umask(before)


@pytest.fixture(scope="module")
def chats() -> Iterator[Playground]:
    with chats_elsewhere(free_port(), "http://127.0.0.1:9", Switchboard("ws://127.0.0.1:9").routes()) as playground:
        yield playground


def test_where_all_is_in_order_it_says_so_of_each(doctor: Doctor, chats: Playground, database_url: str) -> None:
    code, found = doctor(**both_chats(chats), database_url=database_url, secret_key=KEY)
    assert code == 0, found
    assert list(found) == CHECKS
    assert "https://quell.example.com" in found["configuration"][1]
    assert "Slack and Teams" in found["clock"][1]
    assert "the workspace Playground" in found["slack"][1]


def test_by_socket_mode_both_tokens_are_tried_and_there_is_no_signing_secret(doctor: Doctor, chats: Playground) -> None:
    code, found = doctor(slack_bot_token=chats.accounts.slack_bot_token, slack_api_url=chats.accounts.slack_api_url, slack_app_token=TOKEN)
    assert code == 0, found
    assert found["slack"][1] == "it takes the token, as that of the workspace Playground, and opens a socket"


def test_on_a_new_machine_all_is_in_order_and_the_chats_are_off(doctor: Doctor) -> None:
    code, out = doctor.run()
    assert code == 0
    assert [(line[:14].strip(), line[14:].split()[0]) for line in out.splitlines()] == [(name, "ok") for name in CHECKS]
    assert out.count("switched off") == 2


@pytest.mark.parametrize(
    ("wrong", "check", "words"),
    [
        ({"slack_bot_token": "xoxb-canary"}, "slack", "does not take QUELL_SLACK_BOT_TOKEN (invalid_auth)"),
        ({"slack_app_token": "xapp-canary"}, "slack", "does not take QUELL_SLACK_APP_TOKEN (invalid_auth)"),
        ({"slack_api_url": "http://127.0.0.1:1/api/"}, "slack", "no answer from 127.0.0.1"),
        ({"teams_app_password": "canary"}, "teams", "QUELL_TEAMS_APP_PASSWORD"),
        ({"teams_login_url": "http://127.0.0.1:1"}, "teams", "look at QUELL_TEAMS_LOGIN_URL"),
        ({"teams_openid_metadata": "http://127.0.0.1:1/keys"}, "teams", "QUELL_TEAMS_OPENID_METADATA"),
        ({"database_url": "postgresql+psycopg://quell:canary@127.0.0.1:1/quell", "secret_key": KEY}, "database", "does not answer"),
        ({"database_url": "sqlite:////dev/null/quell.db", "secret_key": KEY}, "database", "cannot be opened"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do_and_the_rest_is_looked_at_all_the_same(
    doctor: Doctor, chats: Playground, wrong: dict[str, str], check: str, words: str
) -> None:
    code, found = doctor(**{**both_chats(chats), **wrong})
    assert code == 1
    is_ok, said = found[check]
    assert not is_ok
    assert words in said
    assert [name for name, (is_ok, _) in found.items() if not is_ok] == [check]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"port": "many"}, "QUELL_PORT"),
        ({"secret_key": "canary"}, "QUELL_SECRET_KEY"),
        ({"database_url": "postgresql+psycopg://quell:canary@127.0.0.1:1/quell"}, "QUELL_SECRET_KEY: with PostgreSQL"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_the_first_thing_to_mend(doctor: Doctor, wrong: dict[str, str], words: str) -> None:
    code, found = doctor(**wrong)
    assert (code, list(found)) == (1, ["configuration"])
    assert words in found["configuration"][1]


def test_anonymous_teams_is_in_order_and_said_to_be_open(doctor: Doctor) -> None:
    assert "anybody on this machine" in doctor(teams_anonymous="true")[1]["teams"][1]


def test_a_clock_that_is_off_is_named_with_by_how_much() -> None:
    found = _clock({"the database": timedelta(seconds=2), "Slack": timedelta(seconds=-400), "Teams": None})
    assert not found.ok
    assert "400 s off Slack;" in found.said
    assert _clock({"Slack": timedelta(seconds=59)}).ok


@pytest.mark.postgres
def test_a_postgresql_that_is_not_migrated_or_cannot_be_written_says_what_to_do(doctor: Doctor, postgres: str, postgres_template: str) -> None:
    fresh = sqlalchemy_url(postgres, "postgres")
    assert "Run: quell db upgrade" in doctor(database_url=fresh, secret_key=KEY)[1]["database"][1]
    url = sqlalchemy_url(postgres, postgres_template)
    standby = f"{url}{'&' if '?' in url else '?'}options=-c%20default_transaction_read_only%3Don"
    assert "cannot be written to" in doctor(database_url=standby, secret_key=KEY)[1]["database"][1]
