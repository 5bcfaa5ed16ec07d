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
from bot.slack.codec import MOST_URL
from bot.slack.payload import Json, MalformedPayload, ident, listed, optional_ident, part, text

CHANNEL_EVENTS = ("channel_rename", "channel_unarchive", "group_rename", "group_unarchive", "member_joined_channel")
"""The events that are read here, as they are subscribed to."""


def channel_change(payload: Json, bot_user: str) -> ChannelChanged | None:
    """What an event tells of a channel, None where it tells of none. Raises MalformedPayload."""
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


_CHANNELS = ("channel", "group", "mpim")
_ALOUD = "thread_broadcast"
"""The subtype of a reply in a thread that is shown in the channel too."""


def event(payload: Json, bot_user: str) -> Interaction | None:
    """What an event tells, None where it is none of ours. Raises MalformedPayload.

    Bots are not listened to, ourselves least of all. An edited message is not carried out again.
    """
    told = part(payload, "event")
    if not isinstance(told.get("type"), str):
        raise MalformedPayload
    found = _read(payload, told, bot_user)
    if found is None:
        return None
    subject = ident(told, "user")
    if subject in (bot_user, "USLACKBOT"):
        return None
    place, deed = found
    person = ChatPerson("slack", _tenant(payload, told), subject)
    return Interaction(person, place, deed, f"slack:{ident(payload, 'event_id')}")


def _read(payload: Json, told: Json, bot_user: str) -> tuple[Place, InteractionPayload] | None:
    match told["type"]:
        case "app_home_opened":
            return (Place(""), HomeOpened()) if told.get("tab") == "home" else None
        case "link_shared":
            return _pasted(told)
        case "app_mention" | "message":
            return _written(payload, told, bot_user)
    return None


def _written(payload: Json, told: Json, bot_user: str) -> tuple[Place, InteractionPayload] | None:
    """What a person wrote. Most of it is not for us, which is seen before anything of it is read."""
    if any(told.get(sign) for sign in ("bot_id", "edited", "hidden")):
        return None
    if told["type"] == "app_mention" or told.get("channel_type") == "im":
        return _typed(payload, told, bot_user)
    return _said(told, bot_user) if told.get("channel_type") in _CHANNELS else None


def _typed(payload: Json, told: Json, bot_user: str) -> tuple[Place, InteractionPayload] | None:
    if told.get("subtype"):
        return None
    typed = words(text(told, "text"), _home(payload), bot_user)
    return _place(told, "ts"), replace(typed, is_overheard=told.get("channel_type") != "im")


def _said(told: Json, bot_user: str) -> tuple[Place, InteractionPayload] | None:
    """A reply in a thread. One that mentions us comes a second time, as what it is: a command."""
    thread, written = optional_ident(told, "thread_ts"), text(told, "text")
    if not thread or thread == told.get("ts") or told.get("subtype") not in (None, _ALOUD):
        return None
    if any(subject == bot_user for subject, _ in mentions(written)):
        return None
    said = meant(written, bot_user)
    return (_place(told, "ts"), ThreadReply(said)) if said else None


def _pasted(told: Json) -> tuple[Place, InteractionPayload] | None:
    """Links in a message. While it is still being composed there is none to unfold anything below."""
    if told.get("source") == "composer":
        return None
    urls = tuple(url for link in listed(told, "links") if _is_plain(url := text(link, "url")))
    return (_place(told, "message_ts"), LinksShared(urls)) if urls else None


def _is_plain(url: str) -> bool:
    """Whether a link may be one that we made: those are short, and nothing but plain characters."""
    return 0 < len(url) <= MOST_URL and url.isascii() and url.isprintable() and " " not in url


def _place(told: Json, message: str) -> Place:
    return Place(ident(told, "channel"), ident(told, message), optional_ident(told, "thread_ts") or None)


def _home(payload: Json) -> str:
    """The workspace the app is installed in; ``team_id`` may be another one where the channel is shared."""
    authorizations = payload.get("authorizations")
    if isinstance(authorizations, list) and authorizations and isinstance(authorizations[0], dict):
        return optional_ident(authorizations[0], "team_id") or ident(payload, "team_id")
    return ident(payload, "team_id")


def _tenant(payload: Json, told: Json) -> str:
    """The workspace the person belongs to. In a shared channel that is often another than ours, and what cannot be told is not ours."""
    home = _home(payload)
    theirs = optional_ident(told, "user_team") or optional_ident(told, "team")
    if payload.get("is_ext_shared_channel") is not True:
        return theirs if theirs.startswith("T") else home
    # People of an organization with several workspaces are named by the organization.
    is_ours = theirs == payload.get("enterprise_id") and home == payload.get("team_id")
    return home if theirs and is_ours else theirs


_TOKEN = re.compile(r"<([^<>]*)>")
_MENTION = re.compile(r"@([UW][A-Z0-9]{1,30})(?:\|([^|]*))?")


def command(payload: Json) -> Interaction:
    """``/quell …``. Raises MalformedPayload."""
    tenant = ident(payload, "team_id")
    person = ChatPerson("slack", tenant, ident(payload, "user_id"), name=text(payload, "user_name"))
    request = f"slack:{ident(payload, 'trigger_id')}"
    return Interaction(person, Place(ident(payload, "channel_id")), words(text(payload, "text"), tenant, ""), request)


def words(written: str, tenant: str, bot_user: str) -> TypedCommand:
    """A command as it was meant, and the people named in it."""
    people = {subject: ChatPerson("slack", tenant, subject, name=name) for subject, name in mentions(written) if subject != bot_user}
    return TypedCommand(meant(written, bot_user), people)


def mentions(written: str) -> list[tuple[str, str]]:
    """Who is mentioned: each one's id, and their name where Slack says it."""
    found = (_MENTION.fullmatch(token) for token in _TOKEN.findall(written))
    return [(each[1], each[2] or "") for each in found if each]


def meant(written: str, bot_user: str) -> str:
    """The text as a person would write it, without the bot's own name."""
    replaced = _TOKEN.sub(lambda token: _meant(token[1], bot_user), written)
    plain = replaced.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return plain.replace("\N{NO-BREAK SPACE}", " ").strip()


def _meant(token: str, bot_user: str) -> str:
    """What stands between angle brackets."""
    mention = _MENTION.fullmatch(token)
    if mention:
        return "" if mention[1] == bot_user else f"@{mention[1]}"
    target, _, label = token.partition("|")
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):  # a group with its label, @here, @channel, a date with its text
        return label or f"@{target[1:].partition('^')[0]}"
    return label or target.removeprefix("mailto:")
