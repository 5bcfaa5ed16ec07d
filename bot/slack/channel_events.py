"""Slack's events about channels themselves: the bot was added, a channel was unarchived or renamed. Pure."""

from __future__ import annotations

from bot.interactions import ChannelChanged

from .shapes import Json, ident, part, text

CHANNEL_EVENTS = ("channel_rename", "channel_unarchive", "group_rename", "group_unarchive", "member_joined_channel")
"""The events that are read here, as they are subscribed to."""


def channel_change(payload: Json, bot_user: str) -> ChannelChanged | None:
    """What an event tells of a channel, None where it tells of none. Raises Malformed."""
    if payload.get("type") != "event_callback":
        return None
    told = part(payload, "event")
    match told.get("type"):
        case "member_joined_channel":
            return ChannelChanged("slack", ident(told, "channel"), is_open=True) if told.get("user") == bot_user else None
        case "channel_unarchive" | "group_unarchive":
            return ChannelChanged("slack", ident(told, "channel"), is_open=True)
        case "channel_rename" | "group_rename":
            renamed = part(told, "channel")
            return ChannelChanged("slack", ident(renamed, "id"), text(renamed, "name"))
    return None
