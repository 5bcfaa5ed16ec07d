"""Reads Teams' activities, as raw JSON, into neutral interactions. Nothing here is trusted for permission."""

from __future__ import annotations

import hashlib
import html
import json
import re

from bot.interactions import ChatPerson, Deed, Interaction, Lookup, Pasted, Place, Said, Typed
from bot.msteams.controls import Origin
from bot.msteams.fields import LONGEST_ID, Json, Malformed, number, object_of, objects_of, text_of
from bot.msteams.submitted import LONGEST_TEXT, deed_of, origin_of, press_of

__all__ = ["Malformed", "invoked", "is_overheard", "is_shared", "parse", "pressed_on", "service_url", "tenant_of"]

PLATFORM = "msteams"
EXECUTE, FETCH, SUBMIT, SEARCH = "adaptiveCard/action", "task/fetch", "task/submit", "application/search"
PASTE = "composeExtension/queryLink"
THREAD = ";messageid="
REFRESH = "refresh"
"""The verb of a card that asks for the truth by itself; it changes nothing."""
LONGEST_URL = 2048

_TAG = re.compile(r"</?at\b[^<>]*>", re.IGNORECASE)
_NAME_BEGINS = re.compile(r"<at\b[^<>]*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>|</p>", re.IGNORECASE)


def parse(activity: Json, tenant: str = "", *, is_always_addressed: bool = False) -> Interaction | None:
    """What somebody did, or None when it asks for nothing. Raises Malformed.

    ``tenant`` stands in where the activity names none. ``is_always_addressed`` takes every message in a channel for a command, mentioned or
    not: the Microsoft 365 Agents Playground knows no mentions.
    """
    kind = text_of(activity, "type", LONGEST_ID)
    if kind not in {"message", "invoke"} or _is_bot(activity):
        return None
    person = _person(activity, tenant)
    deed = _invoke(activity, person) if kind == "invoke" else _message(activity, person, is_addressed=is_always_addressed or _is_addressed(activity))
    if deed is None:
        return None
    return Interaction(person, _place(activity), deed, _request_id(activity))


def tenant_of(activity: Json) -> str:
    """The tenant the activity comes from; empty when it names none, or two. Raises Malformed."""
    told = text_of(object_of(object_of(activity, "channelData"), "tenant"), "id", LONGEST_ID, "")
    other = text_of(object_of(activity, "conversation"), "tenantId", LONGEST_ID, "")
    return "" if told and other and told != other else told or other


def invoked(activity: Json) -> str:
    """The name of the invoke, or nothing."""
    return text_of(activity, "name", LONGEST_ID, "") if activity.get("type") == "invoke" else ""


def service_url(activity: Json) -> str:
    """Where answers go. Raises Malformed."""
    return text_of(activity, "serviceUrl", LONGEST_URL)


def is_overheard(activity: Json) -> bool:
    """Whether others can read where it was done: everywhere but in what says of itself that it is a personal chat. Raises Malformed."""
    return object_of(activity, "conversation").get("conversationType") != "personal"


def is_shared(activity: Json) -> bool:
    """Whether it was done in what says of itself that it is a channel or a group chat. Raises Malformed."""
    return object_of(activity, "conversation").get("conversationType") in ("channel", "groupChat")


def pressed_on(activity: Json) -> Origin:
    """What kind of card an activity comes from. Raises Malformed."""
    value = activity.get("value")
    if not isinstance(value, dict):
        return Origin()
    match invoked(activity):
        case "":
            return origin_of(value)
        case "adaptiveCard/action":
            return origin_of(object_of(object_of(value, "action"), "data"))
        case _:
            return origin_of(object_of(value, "data"))


def _is_bot(activity: Json) -> bool:
    """Our own words never come back to us, nor another bot's."""
    sender = object_of(activity, "from")
    return sender.get("role") == "bot" or (sender.get("id") is not None and sender.get("id") == _own_id(activity))


def _own_id(activity: Json) -> object:
    return object_of(activity, "recipient").get("id")


def _person(activity: Json, tenant: str) -> ChatPerson:
    sender = object_of(activity, "from")
    handle = text_of(sender, "id", LONGEST_ID)
    subject = text_of(sender, "aadObjectId", LONGEST_ID, "") or handle
    return ChatPerson(PLATFORM, tenant_of(activity) or tenant, subject, text_of(sender, "name", 256, ""), handle, _time_zone(activity))


def _time_zone(activity: Json) -> str | None:
    told = text_of(activity, "localTimezone", 64, "")
    clients = [entity for entity in objects_of(activity, "entities") if entity.get("type") == "clientInfo"]
    return told or next((name for client in clients if (name := text_of(client, "timezone", 64, ""))), None)


def _place(activity: Json) -> Place:
    channel, _, thread = text_of(object_of(activity, "conversation"), "id", LONGEST_ID).partition(THREAD)
    return Place(channel, text_of(activity, "replyToId", LONGEST_ID, "") or None, thread or None, service_url(activity))


def _request_id(activity: Json) -> str:
    """Teams repeats an activity with its id. The ids of messages are times, unique in their conversation only, so the rest counts too."""
    told = [
        object_of(activity, "conversation").get("id"),
        object_of(activity, "from").get("id"),
        *(activity.get(name) for name in ("name", "text", "value")),
    ]
    try:
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    except RecursionError:
        raise Malformed("nested too deep") from None
    return f"{PLATFORM}:{text_of(activity, 'id', LONGEST_ID)}:{digest[:16]}"


def _is_addressed(activity: Json) -> bool:
    """In a channel or group a bot hears only what mentions it, unless its app may read all; the rest is talk among people."""
    if not is_shared(activity):
        return True
    mentions = (entity for entity in objects_of(activity, "entities") if entity.get("type") == "mention")
    return any(object_of(entity, "mentioned").get("id") == _own_id(activity) for entity in mentions)


def _message(activity: Json, person: ChatPerson, *, is_addressed: bool) -> Deed | None:
    value = activity.get("value")
    if isinstance(value, dict) and "verb" in value:
        return deed_of(value, person.time_zone)
    if not is_addressed:
        return _said(activity)
    text, people = _named(activity, person)
    return Typed(_readable(_TAG.sub("", text)), people, is_overheard(activity))


def _said(activity: Json) -> Said | None:
    """A reply in a thread. The message that begins one is in a thread of its own."""
    thread = _place(activity).thread
    text = _readable(_TAG.sub("", _NAME_BEGINS.sub("@", text_of(activity, "text", LONGEST_TEXT, ""))))
    return Said(text) if text and thread and thread != activity.get("id") else None


def _readable(text: str) -> str:
    return _unescaped(_BREAK.sub("\n", text)).replace("\u00a0", " ").strip()


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:
        # It names a character by thousands of digits, more than Python makes a number of.
        return text


def _named(activity: Json, person: ChatPerson) -> tuple[str, dict[str, ChatPerson]]:
    """The text with the bot's own name taken out and each person's put as ``@<subject>``."""
    text = text_of(activity, "text", LONGEST_TEXT, "")
    own, people = _own_id(activity), dict[str, ChatPerson]()
    for entity in objects_of(activity, "entities"):
        mentioned, words = object_of(entity, "mentioned"), entity.get("text")
        handle = text_of(mentioned, "id", LONGEST_ID, "")
        if entity.get("type") != "mention" or not handle or not isinstance(words, str) or not words or words not in text:
            continue
        if handle == own:
            text = text.replace(words, "", 1)
        else:
            key = text_of(mentioned, "aadObjectId", LONGEST_ID, "") or handle
            people[key] = ChatPerson(PLATFORM, person.tenant, key, text_of(mentioned, "name", 256, ""), handle)
            text = text.replace(words, f"@{key}", 1)
    return text, people


def _invoke(activity: Json, person: ChatPerson) -> Deed | None:
    value = object_of(activity, "value")
    match invoked(activity):
        case "adaptiveCard/action":
            return _executed(value, person)
        case "task/fetch":
            return press_of(object_of(value, "data"))
        case "task/submit":
            return deed_of(object_of(value, "data"), person.time_zone)
        case "application/search":
            return _lookup(value)
        case "composeExtension/queryLink":
            return Pasted((text_of(value, "url", LONGEST_URL),))
        case _:
            return None


def _executed(value: Json, person: ChatPerson) -> Deed | None:
    """What a card asks by itself, unasked, may only be the truth."""
    action = object_of(value, "action")
    data = {"verb": action.get("verb"), **object_of(action, "data")}
    if value.get("trigger") == "automatic" and data["verb"] != REFRESH:
        return None
    return deed_of(data, person.time_zone)


def _lookup(value: Json) -> Lookup:
    """The dataset of a form's field names its issue too (see ``forms``)."""
    source, _, issue = text_of(value, "dataset", 64).partition(":")
    return Lookup(source, number(issue or 0, "the issue of dataset"), text_of(value, "queryText", 256, ""))
