"""Parse Teams' activities, as raw JSON, into neutral interactions. Nothing here is trusted for permissions."""

from __future__ import annotations

import hashlib
import html
import json
import re
from datetime import date, datetime, time

from bot.chat.elements import REFRESH
from bot.chat.interactions import (
    ChatPerson,
    FormSubmitted,
    Interaction,
    InteractionPayload,
    LinksShared,
    Lookup,
    Place,
    Press,
    ThreadReply,
    TypedCommand,
)
from bot.chat.targets import OneIssue, SeveralIssues
from bot.msteams.elements import TICK, CardOrigin
from bot.msteams.forms import DATE, MORNING, RESERVED, TIME, field_name, zone_of
from bot.msteams.payload import MAX_ID_CHARS, Json, MalformedActivity, number, number_of, object_of, objects_of, storable, text_of

__all__ = ["MalformedActivity", "invoked", "is_overheard", "is_shared", "parse", "pressed_on", "service_url", "tenant_of"]

MAX_TEXT_CHARS = 30_000
"""The maximum length of a message, in characters; Teams accepts about 28 KB from a person."""
MAX_VALUES = 64
MAX_IDS = 100
ON = ("unfolded", "board", "home")


def press_or_form(data: Json, time_zone: str | None) -> InteractionPayload:
    """Return a press, or a submitted form. Raises MalformedActivity."""
    return _submission(data, time_zone) if data.get("form") is True else press_of(data)


def press_of(data: Json) -> Press:
    """Return a press; on a board, with the ticked issues of that board. Raises MalformedActivity."""
    one, choice = _one_issue(data), text_of(data, "choice", MAX_TEXT_CHARS, "")
    return Press(verb_of(data), one, choice or None) if one else Press(verb_of(data), SeveralIssues(_ticked(data), choice))


def _one_issue(data: Json) -> OneIssue | None:
    """Return the issue of a control as it was shown, or None if the data has zeros, which mean several issues."""
    one = OneIssue(number_of(data, "issue"), number_of(data, "version"))
    return one if one.issue_id else None


def origin_of(data: Json) -> CardOrigin:
    """Return where the pressed control is. Raises MalformedActivity."""
    on = data.get("on")
    if on not in ON:
        return CardOrigin()
    page = text_of(data, "page", MAX_TEXT_CHARS, "") or text_of(data, "choice", MAX_TEXT_CHARS, "")
    return CardOrigin(on, number_of(data, "board"), page)


def verb_of(data: Json) -> str:
    """Return the verb of a press. Raises MalformedActivity."""
    return text_of(data, "verb", MAX_ID_CHARS)


def _ticked(data: Json) -> tuple[int, ...]:
    """Return the ticked issues. A card with several boards sends the boxes of all; only those of the pressed board count."""
    if data.get("on") not in ("board", "home"):
        return ()
    prefix = f"{TICK}{origin_of(data).board}_"
    ids = [key.removeprefix(prefix) for key, value in data.items() if key.startswith(prefix) and value in ("true", True)]
    if len(ids) > MAX_IDS:
        raise MalformedActivity("too many ticked boxes")
    return tuple(number(id_, "a ticked box") for id_ in ids)


def _submission(data: Json, time_zone: str | None) -> FormSubmitted:
    typed = {storable(key): text_of(data, key, MAX_TEXT_CHARS, "") for key, value in data.items() if key not in RESERVED and isinstance(value, str)}
    if len(typed) > MAX_VALUES:
        raise MalformedActivity("too many values")
    targets = _one_issue(data) or SeveralIssues(_ids(data), origin_of(data).page)
    return FormSubmitted(verb_of(data), targets, _joined(typed, time_zone))


def _ids(data: Json) -> tuple[int, ...]:
    found = data.get("ids") or []
    if not isinstance(found, list) or len(found) > MAX_IDS:
        raise MalformedActivity("ids is no list, or too long")
    return tuple(number(value, "ids") for value in found)


def _joined(typed: dict[str, str], time_zone: str | None) -> dict[str, str]:
    """Join a date and its time into one value, in the person's own time zone."""
    values = {}
    for key, value in typed.items():
        if key.endswith(DATE):
            name = key.removesuffix(DATE)
            values[field_name(name)] = _moment(value, typed.get(name + TIME, ""), time_zone)
        elif not key.endswith(TIME):
            values[field_name(key)] = value
    return values


def _moment(day: str, hour: str, time_zone: str | None) -> str:
    """Return ISO 8601 with offset. An invalid date stays as typed, so that its reader can report it; an empty date is no value."""
    if not day:
        return ""
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(hour or MORNING), zone_of(time_zone)).isoformat()
    except (ValueError, OverflowError):
        return f"{day} {hour}".strip()


PLATFORM = "msteams"
EXECUTE, FETCH, SUBMIT, SEARCH = "adaptiveCard/action", "task/fetch", "task/submit", "application/search"
PASTE = "composeExtension/queryLink"
THREAD = ";messageid="
MAX_URL_CHARS = 2048

_TAG = re.compile(r"</?at\b[^<>]*>", re.IGNORECASE)
_NAME_BEGINS = re.compile(r"<at\b[^<>]*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>|</p>", re.IGNORECASE)


def parse(activity: Json, tenant: str = "", *, is_always_addressed: bool = False) -> Interaction | None:
    """Return the interaction in an activity, or None if it asks for nothing. Raises MalformedActivity.

    ``tenant`` is used if the activity names none. ``is_always_addressed`` treats every message in a channel as a command, even without a mention:
    the Microsoft 365 Agents Playground has no mentions.
    """
    kind = text_of(activity, "type", MAX_ID_CHARS)
    if kind not in {"message", "invoke"} or _is_bot(activity):
        return None
    person = _person(activity, tenant)
    payload = (
        _invoke(activity, person) if kind == "invoke" else _message(activity, person, is_addressed=is_always_addressed or _is_addressed(activity))
    )
    if payload is None:
        return None
    return Interaction(person, _place(activity), payload, _request_id(activity))


def tenant_of(activity: Json) -> str:
    """Return the tenant of the activity; empty if it names none, or two. Raises MalformedActivity."""
    value = text_of(object_of(object_of(activity, "channelData"), "tenant"), "id", MAX_ID_CHARS, "")
    other = text_of(object_of(activity, "conversation"), "tenantId", MAX_ID_CHARS, "")
    return "" if value and other and value != other else value or other


def invoked(activity: Json) -> str:
    """Return the name of the invoke, or an empty text."""
    return text_of(activity, "name", MAX_ID_CHARS, "") if activity.get("type") == "invoke" else ""


def service_url(activity: Json) -> str:
    """Return the service URL for replies. Raises MalformedActivity."""
    return text_of(activity, "serviceUrl", MAX_URL_CHARS)


def is_overheard(activity: Json) -> bool:
    """Return whether other people can read the conversation: everywhere except in a declared personal chat. Raises MalformedActivity."""
    return object_of(activity, "conversation").get("conversationType") != "personal"


def is_shared(activity: Json) -> bool:
    """Return whether the conversation is a declared channel or group chat. Raises MalformedActivity."""
    return object_of(activity, "conversation").get("conversationType") in ("channel", "groupChat")


def pressed_on(activity: Json) -> CardOrigin:
    """Return the kind of card that an activity comes from. Raises MalformedActivity."""
    value = activity.get("value")
    if not isinstance(value, dict):
        return CardOrigin()
    match invoked(activity):
        case "":
            return origin_of(value)
        case "adaptiveCard/action":
            return origin_of(object_of(object_of(value, "action"), "data"))
        case _:
            return origin_of(object_of(value, "data"))


def _is_bot(activity: Json) -> bool:
    """Return whether a bot sent the activity; messages of bots, including our own, are ignored."""
    sender = object_of(activity, "from")
    return sender.get("role") == "bot" or (sender.get("id") is not None and sender.get("id") == _own_id(activity))


def _own_id(activity: Json) -> object:
    return object_of(activity, "recipient").get("id")


def _person(activity: Json, tenant: str) -> ChatPerson:
    sender = object_of(activity, "from")
    handle = text_of(sender, "id", MAX_ID_CHARS)
    subject = text_of(sender, "aadObjectId", MAX_ID_CHARS, "") or handle
    return ChatPerson(PLATFORM, tenant_of(activity) or tenant, subject, text_of(sender, "name", 256, ""), handle, _time_zone(activity))


def _time_zone(activity: Json) -> str | None:
    value = text_of(activity, "localTimezone", 64, "")
    clients = [entity for entity in objects_of(activity, "entities") if entity.get("type") == "clientInfo"]
    return value or next((name for client in clients if (name := text_of(client, "timezone", 64, ""))), None)


def _place(activity: Json) -> Place:
    channel, _, thread = text_of(object_of(activity, "conversation"), "id", MAX_ID_CHARS).partition(THREAD)
    return Place(channel, text_of(activity, "replyToId", MAX_ID_CHARS, "") or None, thread or None, service_url(activity))


def _request_id(activity: Json) -> str:
    """Return the id of the request. Teams repeats an activity with its id. Ids of messages are times, unique only in their conversation, so the
    conversation is included.
    """
    value = [
        object_of(activity, "conversation").get("id"),
        object_of(activity, "from").get("id"),
        *(activity.get(name) for name in ("name", "text", "value")),
    ]
    try:
        digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
    except RecursionError:
        raise MalformedActivity("nested too deep") from None
    return f"{PLATFORM}:{text_of(activity, 'id', MAX_ID_CHARS)}:{digest[:16]}"


def _is_addressed(activity: Json) -> bool:
    """Return whether a message is for the bot. In a channel or group only mentions are, even if the app may read everything."""
    if not is_shared(activity):
        return True
    mentions = (entity for entity in objects_of(activity, "entities") if entity.get("type") == "mention")
    return any(object_of(entity, "mentioned").get("id") == _own_id(activity) for entity in mentions)


def _message(activity: Json, person: ChatPerson, *, is_addressed: bool) -> InteractionPayload | None:
    value = activity.get("value")
    if isinstance(value, dict) and "verb" in value:
        return press_or_form(value, person.time_zone)
    if not is_addressed:
        return _thread_reply(activity)
    text, people = _named(activity, person)
    return TypedCommand(_readable(_TAG.sub("", text)), people, is_overheard(activity))


def _thread_reply(activity: Json) -> ThreadReply | None:
    """Return a reply in a thread. The message that starts a thread is not a reply, although Teams puts it into its own thread."""
    thread = _place(activity).thread
    text = _readable(_TAG.sub("", _NAME_BEGINS.sub("@", text_of(activity, "text", MAX_TEXT_CHARS, ""))))
    return ThreadReply(text) if text and thread and thread != activity.get("id") else None


def _readable(text: str) -> str:
    return _unescaped(_BREAK.sub("\n", text)).replace("\u00a0", " ").strip()


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:
        # A character reference with thousands of digits, more than Python converts to a number.
        return text


def _named(activity: Json, person: ChatPerson) -> tuple[str, dict[str, ChatPerson]]:
    """Return the text without the bot's own name, and with each person as ``@<subject>``."""
    text = text_of(activity, "text", MAX_TEXT_CHARS, "")
    own, people = _own_id(activity), dict[str, ChatPerson]()
    for entity in objects_of(activity, "entities"):
        mentioned, words = object_of(entity, "mentioned"), entity.get("text")
        handle = text_of(mentioned, "id", MAX_ID_CHARS, "")
        if entity.get("type") != "mention" or not handle or not isinstance(words, str) or not words or words not in text:
            continue
        if handle == own:
            text = text.replace(words, "", 1)
        else:
            key = text_of(mentioned, "aadObjectId", MAX_ID_CHARS, "") or handle
            people[key] = ChatPerson(PLATFORM, person.tenant, key, text_of(mentioned, "name", 256, ""), handle)
            text = text.replace(words, f"@{key}", 1)
    return text, people


def _invoke(activity: Json, person: ChatPerson) -> InteractionPayload | None:
    value = object_of(activity, "value")
    match invoked(activity):
        case "adaptiveCard/action":
            return _executed(value, person)
        case "task/fetch":
            return press_of(object_of(value, "data"))
        case "task/submit":
            return press_or_form(object_of(value, "data"), person.time_zone)
        case "application/search":
            return _lookup(value)
        case "composeExtension/queryLink":
            return LinksShared((text_of(value, "url", MAX_URL_CHARS),))
        case _:
            return None


def _executed(value: Json, person: ChatPerson) -> InteractionPayload | None:
    """Return the interaction of an action. A card's automatic action may only refresh the card."""
    action = object_of(value, "action")
    data = {"verb": action.get("verb"), **object_of(action, "data")}
    if value.get("trigger") == "automatic" and data["verb"] != REFRESH.verb:
        return None
    return press_or_form(data, person.time_zone)


def _lookup(value: Json) -> Lookup:
    """Return a look-up. The dataset of a form's field also names the issue (see ``forms``)."""
    source, _, issue = text_of(value, "dataset", 64).partition(":")
    return Lookup(source, number(issue, "the issue of dataset") if issue else None, text_of(value, "queryText", 256, ""))
