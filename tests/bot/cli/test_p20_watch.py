"""A channel that its chat does not know is never watched: ``quell watch`` asks, before real servers of both chats."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.playground import Playground
from core.bootstrap import CoreSettings, open_core
from tests.support.cli import Shell, both_chats
from tests.support.program import free_port
from tests.support.remote_chats import chats_elsewhere

TEAMS = "19:alerts@thread.tacv2"


@pytest.fixture(scope="module")
def chats() -> Iterator[Playground]:
    with chats_elsewhere(free_port(), "http://127.0.0.1:9") as playground:
        yield playground


@pytest.fixture
def quell(bare_shell: Shell, sqlite_template: Path, tmp_path: Path) -> Shell:
    """With a project, in a folder of its own; no chat is connected."""
    shutil.copy(sqlite_template, tmp_path / "quell.db")
    for words in (("org", "create", "acme"), ("project", "create", "shop")):
        assert bare_shell(*words).code == 0
    return bare_shell


@pytest.fixture
def connected(quell: Shell, chats: Playground) -> Shell:
    """With both chats connected; Teams has said where its messages go."""
    accounts = chats.accounts
    core = open_core(CoreSettings("sqlite:///quell.db"))
    core.directory.set_service_url("msteams", accounts.teams_tenant_id, accounts.teams_service_url)
    core.close()
    for name, value in {**both_chats(chats), "teams_service_hosts": "127.0.0.1"}.items():
        quell.monkeypatch.setenv(f"QUELL_{name.upper()}", value)
    return quell


def act(chats: Playground, do: str) -> None:
    base = chats.accounts.slack_api_url.partition("/slack/")[0]
    body = json.dumps({"platform": "slack", "as": "UPLAY1", "do": do}).encode()
    request = urllib.request.Request(f"{base}/act", body, {"Content-Type": "application/json"})  # noqa: S310  our own loopback server
    # Whether the bot heard of it does not matter: none is running.
    urllib.request.urlopen(request).close()  # noqa: S310  the same


def watched(quell: Shell) -> list[str]:
    return [watch["channel"] for watch in quell.json("watches")["watches"]]


def test_a_channel_that_is_there_is_watched(connected: Shell) -> None:
    assert connected.json("watch", "shop", "--slack", "CALERTS")["new"] is True
    assert connected.json("watch", "shop", "--teams", TEAMS)["new"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--slack", "C0NOSUCH"), "C0NOSUCH: channel_not_found; its id is wrong, or it is a private channel that the bot is not in"),
        (("--teams", "19:nosuch@thread.tacv2"), "19:nosuch@thread.tacv2: Teams answered 404 ConversationNotFound; add the bot to it"),
        (("--slack", "#alerts"), "a name is not enough"),
        (("--slack", "CALERTS", "--query", "!nosuchkey:x"), "there is no such key"),
    ],
)
def test_a_channel_that_the_chat_does_not_know_is_refused_with_what_to_do(connected: Shell, words: tuple[str, ...], said: str) -> None:
    assert said in connected("watch", "shop", *words).refusal
    assert watched(connected) == []


def test_an_archived_channel_is_refused_and_one_without_the_bot_is_warned_of(connected: Shell, chats: Playground) -> None:
    act(chats, "archive_channel")
    assert "CALERTS: is_archived; unarchive it" in connected("watch", "shop", "--slack", "CALERTS").refusal
    act(chats, "unarchive_channel")
    act(chats, "remove_bot")
    ran = connected("watch", "shop", "--slack", "CALERTS")
    act(chats, "invite_bot")
    assert (ran.code, watched(connected)) == (0, ["CALERTS"])
    assert "The bot is not in the channel CALERTS yet: invite the bot to it." in ran.err


@pytest.mark.parametrize("channel", [("--slack", "C0NOSUCH"), ("--teams", TEAMS)])
def test_where_the_chat_is_away_it_is_watched_with_a_warning(connected: Shell, channel: tuple[str, str]) -> None:
    connected.monkeypatch.setenv("QUELL_SLACK_API_URL", "http://127.0.0.1:1/api/")
    connected.monkeypatch.setenv("QUELL_TEAMS_LOGIN_URL", "http://127.0.0.1:1")
    ran = connected("watch", "shop", *channel)
    assert ran.code == 0, ran.err
    assert f"Could not ask whether the channel {channel[1]} exists" in ran.err
    assert watched(connected) == [channel[1]]


def test_where_no_chat_is_connected_nobody_is_asked(quell: Shell) -> None:
    assert quell.json("watch", "shop", "--slack", "C0NOSUCH")["new"] is True
    assert quell.json("watch", "shop", "--teams", "19:nosuch@thread.tacv2")["new"] is True
