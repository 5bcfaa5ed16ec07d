"""What ``conversations.info`` says of a channel. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.platform import ChannelState

LONGEST_NAME = 200


def channel_state(said: Mapping[str, Any]) -> ChannelState:
    """The name of a channel, and Slack's own word for why the bot cannot post there. People who talk to the bot alone are in no channel."""
    name = said.get("name")
    trouble = ""
    if said.get("is_archived") is True:
        trouble = "is_archived"
    elif said.get("is_member") is False and said.get("is_im") is not True:
        trouble = "not_in_channel"
    return ChannelState(name[:LONGEST_NAME] if isinstance(name, str) and name else None, trouble)
