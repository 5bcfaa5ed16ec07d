"""What people type to the bot in Slack: slash commands, mentions and direct messages -> Typed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.interactions import ChatPerson, Interaction, Place, Typed

from .shapes import Json, Malformed, ident, optional_ident, part, text

# Slack writes everything that is more than text between angle brackets, and real angle brackets as entities.
_TOKEN = re.compile(r"<([^<>]*)>")
_MENTION = re.compile(r"@([UW][A-Z0-9]{1,30})(?:\|([^|]*))?")


def command(payload: Json) -> Interaction:
    """``/quell …``. Raises Malformed."""
    tenant = ident(payload, "team_id")
    person = ChatPerson("slack", tenant, ident(payload, "user_id"), name=text(payload, "user_name"))
    request = f"slack:{ident(payload, 'trigger_id')}"
    return Interaction(person, Place(ident(payload, "channel_id")), _typed(text(payload, "text"), tenant, ""), request)


def event(payload: Json, bot_user: str) -> Interaction | None:
    """A mention of the bot, or a direct message to it; None for all other events. Raises Malformed.

    Bots are not listened to, ourselves least of all. An edited message is not carried out again, and other subtypes are no commands.
    """
    said = part(payload, "event")
    if not isinstance(said.get("type"), str):
        raise Malformed
    if not _is_for_us(said) or any(said.get(sign) for sign in ("bot_id", "subtype", "edited", "hidden")):
        return None
    subject = ident(said, "user")
    if subject in (bot_user, "USLACKBOT"):
        return None
    place = Place(ident(said, "channel"), ident(said, "ts"), optional_ident(said, "thread_ts") or None)
    person = ChatPerson("slack", _tenant(payload, said), subject)
    home = _home(payload)
    return Interaction(person, place, _typed(text(said, "text"), home, bot_user), f"slack:{ident(payload, 'event_id')}")


def is_direct(place: Place) -> bool:
    """Whether a place is a direct message with the bot: nobody else reads there."""
    return place.channel.startswith("D")


def _is_for_us(said: Json) -> bool:
    return said["type"] == "app_mention" or (said["type"] == "message" and said.get("channel_type") == "im")


def _home(payload: Json) -> str:
    """The workspace the app is installed in; ``team_id`` may be another one where the channel is shared."""
    authorizations = payload.get("authorizations")
    if isinstance(authorizations, list) and authorizations and isinstance(authorizations[0], dict):
        return optional_ident(authorizations[0], "team_id") or ident(payload, "team_id")
    return ident(payload, "team_id")


def _tenant(payload: Json, said: Json) -> str:
    """The workspace the person belongs to. In a shared channel that is often another than ours, and what cannot be told is not ours."""
    home = _home(payload)
    theirs = optional_ident(said, "user_team") or optional_ident(said, "team")
    if payload.get("is_ext_shared_channel") is not True:
        return theirs if theirs.startswith("T") else home
    # People of an organisation with several workspaces are named by the organisation.
    is_ours = theirs == payload.get("enterprise_id") and home == payload.get("team_id")
    return home if theirs and is_ours else theirs


def _typed(written: str, tenant: str, bot_user: str) -> Typed:
    """The text as it was meant, without the bot's own name, and the people named in it."""
    people = {subject: ChatPerson("slack", tenant, subject, name=name) for subject, name in _mentions(written) if subject != bot_user}
    meant = _TOKEN.sub(lambda token: _meant(token[1], bot_user), written)
    plain = meant.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return Typed(plain.replace("\N{NO-BREAK SPACE}", " ").strip(), people)


def _mentions(written: str) -> Iterable[tuple[str, str]]:
    found = (_MENTION.fullmatch(token) for token in _TOKEN.findall(written))
    return [(each[1], each[2] or "") for each in found if each]


def _meant(token: str, bot_user: str) -> str:
    """What stands between angle brackets, as a person would write it."""
    mention = _MENTION.fullmatch(token)
    if mention:
        return "" if mention[1] == bot_user else f"@{mention[1]}"
    target, _, label = token.partition("|")
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):  # a group with its label, @here, @channel, a date with its text
        return label or f"@{target[1:].partition('^')[0]}"
    return label or target.removeprefix("mailto:")
