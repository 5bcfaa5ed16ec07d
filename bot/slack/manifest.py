"""The app manifest: all settings that Slack needs for Quell, to be pasted where apps are created. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bot.slack.events import CHANNEL_EVENTS

SCOPES = {
    "app_mentions:read": "commands typed in a channel",
    "channels:history": "replies in threads that become comments; whether a post whose answer got lost is there",
    "channels:read": "what a channel is called, and whether the bot is in it",
    "chat:write": "alerts, answers and lines in threads",
    "commands": "/quell",
    "groups:history": "the same in private channels",
    "groups:read": "the same of private channels",
    "im:history": "commands typed in a direct message",
    "im:write": "direct messages to whoever is assigned",
    "links:read": "links to issues in messages",
    "links:write": "the live message below them",
    "users:read": "who is a guest, a bot or deactivated, and everybody's time zone",
    "users:read.email": "joins a person's accounts in Slack and Teams",
}
"""The scopes of the bot, and their purposes."""

EVENTS = ("app_home_opened", "app_mention", "link_shared", "message.channels", "message.groups", "message.im", *CHANNEL_EVENTS)
"""The events that Slack sends to the bot."""


def manifest(public_url: str, *, by_socket: bool = False) -> dict[str, Any]:
    """Return the manifest of a Quell at this base URL, without a trailing slash. Slack requires ``https``, except for Socket Mode."""

    def door(*names: str) -> dict[str, str]:
        """Return the request URL under these names; Socket Mode has none."""
        return {} if by_socket else dict.fromkeys(names, f"{public_url}/slack/events")

    return {
        "display_information": {"name": "Quell", "description": "Triage errors where you talk about them", "background_color": "#1f2933"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "Quell", "always_online": True},
            "slash_commands": [
                {
                    "command": "/quell",
                    **door("url"),
                    "description": "Look at issues and act on them",
                    "usage_hint": "help | inbox | list is:unresolved | resolve SHOP-1F",
                    "should_escape": True,
                }
            ],
            "unfurl_domains": [urlsplit(public_url).hostname or ""],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**door("request_url"), "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **door("request_url", "message_menu_options_url")},
            "org_deploy_enabled": False,
            "socket_mode_enabled": by_socket,
            "token_rotation_enabled": False,
        },
    }
