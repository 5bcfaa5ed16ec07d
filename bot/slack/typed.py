"""What people write to the bot in Slack, as they mean it: slash commands, and the text of messages. Pure."""

from __future__ import annotations

import re

from bot.interactions import ChatPerson, Interaction, Place, Typed

from .shapes import Json, ident, text

# Slack writes everything that is more than text between angle brackets, and real angle brackets as entities.
_TOKEN = re.compile(r"<([^<>]*)>")
_MENTION = re.compile(r"@([UW][A-Z0-9]{1,30})(?:\|([^|]*))?")


def command(payload: Json) -> Interaction:
    """``/quell …``. Raises Malformed."""
    tenant = ident(payload, "team_id")
    person = ChatPerson("slack", tenant, ident(payload, "user_id"), name=text(payload, "user_name"))
    request = f"slack:{ident(payload, 'trigger_id')}"
    return Interaction(person, Place(ident(payload, "channel_id")), words(text(payload, "text"), tenant, ""), request)


def words(written: str, tenant: str, bot_user: str) -> Typed:
    """A command as it was meant, and the people named in it."""
    people = {subject: ChatPerson("slack", tenant, subject, name=name) for subject, name in mentions(written) if subject != bot_user}
    return Typed(meant(written, bot_user), people)


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
