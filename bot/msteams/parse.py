"""Reads Teams' activities, as raw JSON, into neutral interactions. Nothing here is trusted for permission."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from bot.interactions import ChatPerson, Deed, Interaction, Lookup, Place, Press, Submission, Typed
from bot.msteams.forms import DATE, MORNING, RESERVED, TIME, field_name, zone_of

PLATFORM = "msteams"
EXECUTE, FETCH, SUBMIT, SEARCH = "adaptiveCard/action", "task/fetch", "task/submit", "application/search"
THREAD = ";messageid="
LONGEST_ID = 512
LONGEST_TEXT = 30_000
"""Characters of a message; Teams takes about 28 KB from a person."""
MOST_VALUES = 64
BIGGEST_ID = 2**63 - 1

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""What no database takes in a text."""
_TAG = re.compile(r"</?at\b[^>]*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>|</p>", re.IGNORECASE)

Json = Mapping[str, Any]


class Malformed(Exception):
    """The activity is not what Teams would send."""


def parse(activity: Json, tenant: str = "") -> Interaction | None:
    """What somebody did, or None when it asks for nothing. Raises Malformed. ``tenant`` stands in where the activity names none."""
    kind = _text(activity, "type", LONGEST_ID)
    if kind not in {"message", "invoke"} or _is_bot(activity):
        return None
    person = _person(activity, tenant)
    deed = _message(activity, person) if kind == "message" else _invoke(activity, person)
    if deed is None:
        return None
    return Interaction(person, _place(activity), deed, _request_id(activity))


def tenant_of(activity: Json) -> str:
    """The tenant the activity comes from; empty when it names none, or two. Raises Malformed."""
    told = _text(_object(_object(activity, "channelData"), "tenant"), "id", LONGEST_ID, "")
    other = _text(_object(activity, "conversation"), "tenantId", LONGEST_ID, "")
    return "" if told and other and told != other else told or other


def invoked(activity: Json) -> str:
    """The name of the invoke, or nothing."""
    return _text(activity, "name", LONGEST_ID, "") if activity.get("type") == "invoke" else ""


def service_url(activity: Json) -> str:
    """Where answers go. Raises Malformed."""
    return _text(activity, "serviceUrl", 2048)


def _is_bot(activity: Json) -> bool:
    """Our own words never come back to us, nor another bot's."""
    sender = _object(activity, "from")
    return sender.get("role") == "bot" or (sender.get("id") is not None and sender.get("id") == _object(activity, "recipient").get("id"))


def _person(activity: Json, tenant: str) -> ChatPerson:
    sender = _object(activity, "from")
    handle = _text(sender, "id", LONGEST_ID)
    subject = _text(sender, "aadObjectId", LONGEST_ID, "") or handle
    return ChatPerson(PLATFORM, tenant_of(activity) or tenant, subject, _text(sender, "name", 256, ""), handle, _time_zone(activity))


def _time_zone(activity: Json) -> str | None:
    told = _text(activity, "localTimezone", 64, "")
    clients = [entity for entity in _objects(activity, "entities") if entity.get("type") == "clientInfo"]
    return told or next((name for client in clients if (name := _text(client, "timezone", 64, ""))), None)


def _place(activity: Json) -> Place:
    channel, _, thread = _text(_object(activity, "conversation"), "id", LONGEST_ID).partition(THREAD)
    return Place(channel, _text(activity, "replyToId", LONGEST_ID, "") or None, thread or None, service_url(activity))


def _request_id(activity: Json) -> str:
    """Teams repeats an activity with its id. The ids of messages are times, unique in their conversation only, so the rest counts too."""
    told = [
        _object(activity, "conversation").get("id"),
        _object(activity, "from").get("id"),
        *(activity.get(name) for name in ("name", "text", "value")),
    ]
    try:
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    except RecursionError:
        raise Malformed("nested too deep") from None
    return f"{PLATFORM}:{_text(activity, 'id', LONGEST_ID)}:{digest[:16]}"


def _message(activity: Json, person: ChatPerson) -> Deed:
    value = activity.get("value")
    if isinstance(value, dict) and "verb" in value:
        return _deed(value, person)
    text, people = _named(activity, person)
    return Typed(html.unescape(_TAG.sub("", _BREAK.sub("\n", text))).replace("\u00a0", " ").strip(), people)


def _named(activity: Json, person: ChatPerson) -> tuple[str, dict[str, ChatPerson]]:
    """The text with the bot's own name taken out and each person's put as ``@<subject>``."""
    text = _text(activity, "text", LONGEST_TEXT, "")
    own, people = _object(activity, "recipient").get("id"), dict[str, ChatPerson]()
    for entity in _objects(activity, "entities"):
        mentioned, words = _object(entity, "mentioned"), entity.get("text")
        handle = _text(mentioned, "id", LONGEST_ID, "")
        if entity.get("type") != "mention" or not handle or not isinstance(words, str) or not words or words not in text:
            continue
        if handle == own:
            text = text.replace(words, "", 1)
        else:
            key = _text(mentioned, "aadObjectId", LONGEST_ID, "") or handle
            people[key] = ChatPerson(PLATFORM, person.tenant, key, _text(mentioned, "name", 256, ""), handle)
            text = text.replace(words, f"@{key}", 1)
    return text, people


def _invoke(activity: Json, person: ChatPerson) -> Deed | None:
    value = _object(activity, "value")
    match _text(activity, "name", LONGEST_ID, ""):
        case "adaptiveCard/action":
            return _executed(value, person)
        case "task/fetch":
            return _press(_object(value, "data"))
        case "task/submit":
            return _submission(_object(value, "data"), person)
        case "application/search":
            return Lookup(_text(value, "dataset", 64), 0, _text(value, "queryText", 256, ""))
        case _:
            return None


def _executed(value: Json, person: ChatPerson) -> Deed | None:
    """A card that refreshes itself, unasked, changes nothing."""
    if value.get("trigger") == "automatic":
        return None
    action = _object(value, "action")
    return _deed({"verb": action.get("verb"), **_object(action, "data")}, person)


def _deed(data: Json, person: ChatPerson) -> Deed:
    return _submission(data, person) if data.get("form") is True else _press(data)


def _press(data: Json) -> Press:
    return Press(_verb(data), _number(data, "issue"), _number(data, "version"), _text(data, "choice", LONGEST_TEXT, "") or None)


def _submission(data: Json, person: ChatPerson) -> Submission:
    typed = {
        _UNSTORABLE.sub("", key): _text(data, key, LONGEST_TEXT, "") for key, value in data.items() if key not in RESERVED and isinstance(value, str)
    }
    if len(typed) > MOST_VALUES:
        raise Malformed("too many values")
    return Submission(_verb(data), _number(data, "issue"), _number(data, "version"), _joined(typed, person.time_zone))


def _joined(typed: dict[str, str], time_zone: str | None) -> dict[str, str]:
    """A date and its time are one value, in the person's own time zone."""
    values = {}
    for key, value in typed.items():
        if key.endswith(DATE):
            name = key.removesuffix(DATE)
            values[field_name(name)] = _moment(value, typed.get(name + TIME, ""), time_zone)
        elif not key.endswith(TIME):
            values[field_name(key)] = value
    return values


def _moment(day: str, hour: str, time_zone: str | None) -> str:
    """ISO 8601 with offset. What is no date stays as typed, for whoever checks it to say so; no date is no value."""
    if not day:
        return ""
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(hour or MORNING), zone_of(time_zone)).isoformat()
    except (ValueError, OverflowError):
        return f"{day} {hour}".strip()


def _verb(data: Json) -> str:
    verb = _text(data, "verb", 64)
    if not verb:
        raise Malformed("no verb")
    return verb


def _number(data: Json, name: str) -> int:
    """Teams may send a number of a card's data back as a text."""
    value = data.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(BIGGEST_ID)):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= BIGGEST_ID:
        raise Malformed(f"{name} is no number")
    return value


def _object(holder: Json, name: str) -> Json:
    value = holder.get(name)
    if value is not None and not isinstance(value, dict):
        raise Malformed(f"{name} is no object")
    return value or {}


def _objects(holder: Json, name: str) -> list[Json]:
    value = holder.get(name)
    return [entry for entry in value[:200] if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(holder: Json, name: str, limit: int, default: str | None = None) -> str:
    """A text of at most ``limit`` characters. Without a ``default`` it must be there."""
    value = holder.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or len(value) > limit or (not value and default is None):
        raise Malformed(f"{name} is missing, no text, or too long")
    return _UNSTORABLE.sub("", value)
