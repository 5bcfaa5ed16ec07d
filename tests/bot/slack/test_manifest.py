"""The manifest: everything the bot listens to and calls is in it, and in the docs."""

from __future__ import annotations

import json
from pathlib import Path

from bot.slack.bolt import EVENTS as LISTENED_TO
from bot.slack.events import CHANNEL_EVENTS
from bot.slack.manifest import EVENTS, SCOPES, manifest

DOCS = Path("docs/slack.md").read_text()


def test_every_address_is_the_one_door() -> None:
    written = json.dumps(manifest("https://quell.example.com"))
    assert written.count("https://quell.example.com") == written.count("https://quell.example.com/slack/events") == 4


def test_for_socket_mode_there_is_no_address_and_all_else_is_the_same() -> None:
    made, by_door = manifest("https://quell.example.com", by_socket=True), manifest("https://quell.example.com")
    assert "https://" not in json.dumps(made)
    assert "_url" not in json.dumps(made)
    assert made["settings"]["socket_mode_enabled"] is True
    assert by_door["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["interactivity"] == {"is_enabled": True}
    assert made["settings"]["event_subscriptions"] == {"bot_events": list(EVENTS)}
    assert made["features"]["unfurl_domains"] == ["quell.example.com"]
    assert made["oauth_config"] == by_door["oauth_config"]


def test_links_unfold_for_the_host_alone() -> None:
    assert manifest("https://quell.example.com:8443")["features"]["unfurl_domains"] == ["quell.example.com"]


def test_slack_is_asked_for_every_event_that_is_listened_to() -> None:
    made = manifest("https://quell.example.com")
    assert {event.partition(".")[0] for event in made["settings"]["event_subscriptions"]["bot_events"]} == {*LISTENED_TO, *CHANNEL_EVENTS}
    assert made["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)


def test_names_are_within_slacks_limits() -> None:
    made = manifest("https://quell.example.com")
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    assert len(made["features"]["bot_user"]["display_name"]) <= 80


def test_the_docs_name_every_scope_and_event() -> None:
    assert [name for name in (*SCOPES, *EVENTS) if f"`{name}`" not in DOCS] == []
