"""Slack's events: mentions, direct messages, replies in threads, pasted links, the App Home, and news of channels. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.chat.interactions import (
    ChannelChanged,
    ChatPerson,
    HomeOpened,
    Interaction,
    InteractionPayload,
    LinksShared,
    Place,
    ThreadReply,
    TypedCommand,
)
from bot.slack.codec import MAX_URL_CHARS
from bot.slack.payload import Json, MalformedPayload, list_of, object_at, optional_id, required_id, text

CHANNEL_EVENTS = ("channel_rename", "channel_unarchive", "group_rename", "group_unarchive", "member_joined_channel")
"""The event types that are parsed here, in the form of the subscription."""


def channel_change(payload: Json, bot_user: str) -> ChannelChanged | None:
    """Return the channel news in an event, or None. Raises MalformedPayload."""
    if payload.get("type") != "event_callback":
        return None
    event_data = object_at(payload, "event")
    match event_data.get("type"):
        case "member_joined_channel":
            return ChannelChanged("slack", required_id(event_data, "channel"), is_open=True) if event_data.get("user") == bot_user else None
        case "channel_unarchive" | "group_unarchive":
            return ChannelChanged("slack", required_id(event_data, "channel"), is_open=True)
        case "channel_rename" | "group_rename":
            renamed = object_at(event_data, "channel")
            return ChannelChanged("slack", required_id(renamed, "id"), text(renamed, "name"))
    return None


_CHANNELS = ("channel", "group", "mpim")
_BROADCAST = "thread_broadcast"
"""The subtype of a thread reply that is also shown in the channel."""


def event(payload: Json, bot_user: str) -> Interaction | None:
    """Return the interaction in an event, or None if it does not concern us. Raises MalformedPayload.

    Messages of bots (above all our own) are ignored. An edited message is not carried out again.
    """
    event_data = object_at(payload, "event")
    if not isinstance(event_data.get("type"), str):
        raise MalformedPayload
    found = _read(payload, event_data, bot_user)
    if found is None:
        return None
    subject = required_id(event_data, "user")
    if subject in (bot_user, "USLACKBOT"):
        return None
    place, parsed = found
    person = ChatPerson("slack", _tenant(payload, event_data), subject)
    return Interaction(person, place, parsed, f"slack:{required_id(payload, 'event_id')}")


def _read(payload: Json, event_data: Json, bot_user: str) -> tuple[Place, InteractionPayload] | None:
    match event_data["type"]:
        case "app_home_opened":
            return (Place(""), HomeOpened()) if event_data.get("tab") == "home" else None
        case "link_shared":
            return _shared_links(event_data)
        case "app_mention" | "message":
            return _message(payload, event_data, bot_user)
    return None


def _message(payload: Json, event_data: Json, bot_user: str) -> tuple[Place, InteractionPayload] | None:
    """Parse a person's message. Most messages do not concern us; that is checked before anything else is parsed."""
    if any(event_data.get(sign) for sign in ("bot_id", "edited", "hidden")):
        return None
    if event_data["type"] == "app_mention" or event_data.get("channel_type") == "im":
        return _command(payload, event_data, bot_user)
    return _thread_reply(event_data, bot_user) if event_data.get("channel_type") in _CHANNELS else None


def _command(payload: Json, event_data: Json, bot_user: str) -> tuple[Place, InteractionPayload] | None:
    if event_data.get("subtype"):
        return None
    typed = command_text(text(event_data, "text"), _home(payload), bot_user)
    return _place(event_data, "ts"), replace(typed, is_overheard=event_data.get("channel_type") != "im")


def _thread_reply(event_data: Json, bot_user: str) -> tuple[Place, InteractionPayload] | None:
    """Parse a reply in a thread. A reply that mentions us arrives a second time, as a command."""
    thread, raw_text = optional_id(event_data, "thread_ts"), text(event_data, "text")
    if not thread or thread == event_data.get("ts") or event_data.get("subtype") not in (None, _BROADCAST):
        return None
    if any(subject == bot_user for subject, _ in mentions(raw_text)):
        return None
    comment = readable(raw_text, bot_user)
    return (_place(event_data, "ts"), ThreadReply(comment)) if comment else None


def _shared_links(event_data: Json) -> tuple[Place, InteractionPayload] | None:
    """Parse the links in a message. While it is being composed, there is no message to unfold links in."""
    if event_data.get("source") == "composer":
        return None
    urls = tuple(url for link in list_of(event_data, "links") if _is_plain(url := text(link, "url")))
    return (_place(event_data, "message_ts"), LinksShared(urls)) if urls else None


def _is_plain(url: str) -> bool:
    """Return whether a link may be ours: short, with plain characters only."""
    return 0 < len(url) <= MAX_URL_CHARS and url.isascii() and url.isprintable() and " " not in url


def _place(event_data: Json, message: str) -> Place:
    return Place(required_id(event_data, "channel"), required_id(event_data, message), optional_id(event_data, "thread_ts") or None)


def _home(payload: Json) -> str:
    """Return the workspace in which the app is installed; ``team_id`` may be another one if the channel is shared."""
    authorizations = payload.get("authorizations")
    if isinstance(authorizations, list) and authorizations and isinstance(authorizations[0], dict):
        return optional_id(authorizations[0], "team_id") or required_id(payload, "team_id")
    return required_id(payload, "team_id")


def _tenant(payload: Json, event_data: Json) -> str:
    """Return the person's workspace. In a shared channel it is often not ours; an unknown one counts as not ours."""
    home = _home(payload)
    theirs = optional_id(event_data, "user_team") or optional_id(event_data, "team")
    if payload.get("is_ext_shared_channel") is not True:
        return theirs if theirs.startswith("T") else home
    # Slack names people of an Enterprise organization by the organization.
    is_ours = theirs == payload.get("enterprise_id") and home == payload.get("team_id")
    return home if theirs and is_ours else theirs


_TOKEN = re.compile(r"<([^<>]*)>")
_MENTION = re.compile(r"@([UW][A-Z0-9]{1,30})(?:\|([^|]*))?")


def command(payload: Json) -> Interaction:
    """Parse ``/quell …``. Raises MalformedPayload."""
    tenant = required_id(payload, "team_id")
    person = ChatPerson("slack", tenant, required_id(payload, "user_id"), name=text(payload, "user_name"))
    request = f"slack:{required_id(payload, 'trigger_id')}"
    return Interaction(person, Place(required_id(payload, "channel_id")), command_text(text(payload, "text"), tenant, ""), request)


def command_text(raw_text: str, tenant: str, bot_user: str) -> TypedCommand:
    """Return the intended text of a command, and the people named in it."""
    people = {subject: ChatPerson("slack", tenant, subject, name=name) for subject, name in mentions(raw_text) if subject != bot_user}
    return TypedCommand(readable(raw_text, bot_user), people)


def mentions(raw_text: str) -> list[tuple[str, str]]:
    """Return the mentioned people: the id of each, and the name if Slack tells it."""
    found = (_MENTION.fullmatch(token) for token in _TOKEN.findall(raw_text))
    return [(match[1], match[2] or "") for match in found if match]


def readable(raw_text: str, bot_user: str) -> str:
    """Return the text as a person would write it, without the bot's own name."""
    replaced = _TOKEN.sub(lambda token: _readable_token(token[1], bot_user), raw_text)
    plain = replaced.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return plain.replace("\N{NO-BREAK SPACE}", " ").strip()


def _readable_token(token: str, bot_user: str) -> str:
    """Return the readable form of a token in angle brackets."""
    mention = _MENTION.fullmatch(token)
    if mention:
        return "" if mention[1] == bot_user else f"@{mention[1]}"
    target, _, label = token.partition("|")
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):  # a group with its label, @here, @channel, a date with its text
        return label or f"@{target[1:].partition('^')[0]}"
    return label or target.removeprefix("mailto:")
