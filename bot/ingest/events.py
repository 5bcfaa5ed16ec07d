"""Turn an event of an SDK into an occurrence: cleaned, bounded, with tags and fingerprints."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.ingest.errors import BadEvent
from bot.ingest.json_text import load_json
from bot.ingest.timestamps import event_time
from bot.security.clean import STACK_BYTES, clean_text, cleaned, tidy
from bot.security.scrub import scrubbed
from bot.security.secret_names import FILTERED, is_secret_name
from core.events.record import Occurrence
from core.rules.derived_tags import derived_tags
from core.rules.grouping.fingerprints import fingerprints
from core.rules.grouping.own_rules import OwnRules
from core.rules.grouping.reading import text_of
from core.rules.tag_keys import MAX_TAG_VALUE_CHARS, PERSON_PREFIXES, tag_key
from core.rules.titles import MAX_TITLE_CHARS, culprit, message, metadata, shortened, title
from core.types import JSON, LEVELS, Level

MAX_BREADCRUMBS = 100
NO_RULES = OwnRules()
_MAX_TAGS = 100
_MAX_PERSON_CHARS = 64
_MAX_LABEL_CHARS = 250

_MAX_BYTES_OF = {
    **STACK_BYTES, "breadcrumbs": 32_000, "request": 16_000, "contexts": 16_000, "extra": 16_000,
    "logentry": 12_000, "user": 4_000, "tags": 12_000, "modules": 8_000, "sdk": 4_000, "fingerprint": 2_000, "debug_meta": 9_000,
    "message": 8_000,
}  # fmt: skip
"""Bytes of JSON that each part of an event may take. Together with the labels they stay below 256 KiB."""
_LABELS = ("platform", "logger", "transaction", "server_name", "release", "dist", "environment", "culprit", "type")

_OLD_NAMES = {
    "sentry.interfaces.Exception": "exception",
    "sentry.interfaces.Message": "logentry",
    "sentry.interfaces.Stacktrace": "stacktrace",
    "sentry.interfaces.Http": "request",
    "sentry.interfaces.User": "user",
    "sentry.interfaces.Breadcrumbs": "breadcrumbs",
}
"""Names of the parts of an event in version 6 of the protocol and in older clients."""
_EVENT_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_ERROR_TYPES = frozenset({"", "error", "event", "default", "csp", "hpkp", "expectct", "expectstaple"})
"""What an event that makes an issue calls its type."""
_SAYS_WHAT_HAPPENED = ("exception", "logentry", "message")


def read_event(text: bytes) -> JSON:
    """Parse an event. Raises BadEvent; TooLarge if it has too many values."""
    try:
        event = load_json(text, "The event")
    except (ValueError, RecursionError):
        raise BadEvent("The event is not JSON.") from None
    if not isinstance(event, dict):
        raise BadEvent("The event is not a JSON object.")
    return event


def is_error(event: JSON) -> bool:
    """Whether the event can make an issue. Transactions cannot; feedback, check-ins and unknown types only with an exception or a message."""
    kind = event.get("type")
    if not isinstance(kind, str) or kind.strip().lower() in _ERROR_TYPES:
        return True
    return kind != "transaction" and any(event.get(name) for name in _SAYS_WHAT_HAPPENED)


def occurrence(
    event: JSON,
    received_at: datetime,
    sent_at: datetime | None = None,
    rules: OwnRules = NO_RULES,
    with_originals: Callable[[JSON], JSON] | None = None,
) -> Occurrence:
    """Build the occurrence of an event. Ignores anything that is malformed.

    Args:
        event: the event as an SDK sent it.
        received_at: when it came.
        sent_at: when it was sent, by the sender's clock.
        rules: the project's own grouping rules.
        with_originals: gives the event the frames of its original code, before it is named and grouped.

    """
    event = in_new_names(event)
    if with_originals:
        event = with_originals(event)
    happened_at = event_time(event.get("timestamp"), received_at, sent_at)
    level = _level(event.get("level"))
    event_id = hexadecimal_id(event.get("event_id")) or uuid.uuid4().hex
    kept = {"event_id": event_id, "timestamp": happened_at.isoformat(), "level": level.name.lower()} | _kept(event)
    grouped = rules.applied_with_title(event)
    return Occurrence(
        event_id=event_id,
        happened_at=happened_at,
        hashes=fingerprints(grouped.event),
        title=shortened(clean_text(grouped.title).strip(), MAX_TITLE_CHARS) or title(kept),
        culprit=culprit(kept),
        message=message(kept),
        level=level,
        platform=shortened(text_of(kept.get("platform")), 64) or "other",
        details=metadata(kept),
        person=_person(event.get("user")),
        release=kept.get("release"),
        environment=shortened(text_of(kept.get("environment")), 64) or None,
        payload=kept,
        tags=_all_tags(kept),
    )


def hexadecimal_id(value: object) -> str | None:
    """Return an event id as 32 hexadecimal digits; hyphens are allowed. None if it is malformed or all zeros, which many senders use."""
    bare = value.strip().replace("-", "").lower() if isinstance(value, str) else ""
    return bare if _EVENT_ID.fullmatch(bare) else None


def in_new_names(event: JSON) -> JSON:
    """Return the event with its parts under the names of today's protocol."""
    renamed = {_OLD_NAMES.get(name, name): value for name, value in event.items()}
    if isinstance(renamed.get("message"), dict):
        renamed["logentry"] = renamed.pop("message")
    return renamed


def _kept(event: JSON) -> JSON:
    """Return the cleaned parts of an event that are stored."""
    parts: JSON = {**event, "tags": _tags(event.get("tags")), "breadcrumbs": _breadcrumbs(event.get("breadcrumbs"))}
    kept = {name: cleaned(parts[name], room) for name, room in _MAX_BYTES_OF.items() if parts.get(name)}
    labels = {name: _label(event.get(name)) for name in _LABELS}
    kept |= {name: label for name, label in labels.items() if label}
    entry = kept.get("logentry")
    if isinstance(entry, dict) and any(FILTERED in text_of(entry.get(name)) for name in ("message", "formatted")):
        # The parameters contain what was removed from the text.
        entry.pop("params", None)
    return kept


def _label(value: object) -> str:
    text = text_of(value)
    return shortened(clean_text(text).strip(), _MAX_LABEL_CHARS) if text else ""


def _tags(tags: object) -> dict[str, str]:
    """Return the tags as a mapping, whichever way they were sent."""
    pairs: list[Any] = list(tags.items()) if isinstance(tags, dict) else tags if isinstance(tags, list) else []
    read: dict[str, str] = {}
    for pair in pairs[:_MAX_TAGS]:
        if isinstance(pair, list | tuple) and len(pair) == 2:
            name, value = _tag_name(pair[0]), _word(pair[1])
            if name and value:
                read[name] = FILTERED if is_secret_name(text_of(pair[0])) else value
    return read


def _all_tags(kept: JSON) -> tuple[tuple[str, str], ...]:
    """Return the tags of a cleaned event with its derived tags. The event's own tags win."""
    own = kept.get("tags")
    # If they did not fit they are not a mapping any more.
    named = {tag_key(str(name)): str(value) for name, value in own.items()} if isinstance(own, dict) else {}
    return tuple(({name: _word(value) for name, value in derived_tags(kept).items()} | named).items())


def _tag_name(value: object) -> str:
    """Return a tag's name without secrets, cut so that two long names stay two."""
    return tag_key(clean_text(text_of(value)).strip(), MAX_TAG_VALUE_CHARS)


def _word(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else text_of(value)
    # Look for secrets before cutting: half a secret is not always recognizable.
    return shortened(clean_text(text).strip(), MAX_TAG_VALUE_CHARS)


def _breadcrumbs(breadcrumbs: object) -> JSON | None:
    found = breadcrumbs.get("values") if isinstance(breadcrumbs, dict) else breadcrumbs
    return {"values": found[-MAX_BREADCRUMBS:]} if isinstance(found, list) and found else None


def _level(value: object) -> Level:
    if isinstance(value, str):
        return LEVELS.get(value.strip().lower(), Level.ERROR)
    # Raven sends the numeric levels of Python's logging, which equal ours.
    return Level(value) if isinstance(value, int) and value in set(Level) else Level.ERROR


def _person(user: object) -> str | None:
    """Return the affected user of the program, in at most 64 characters: ``id:42``; a hash if it is longer or contains a secret."""
    if not isinstance(user, dict):
        return None
    for kind, prefix in PERSON_PREFIXES.items():
        value = tidy(text_of(user.get(kind))).strip()
        # {{auto}} asks the server to use the client's address. Behind a proxy all users would become one person.
        if not value or value == "{{auto}}":
            continue
        person = f"{prefix}:{value}"
        is_plain = len(person) <= _MAX_PERSON_CHARS and scrubbed(person) == person
        return person if is_plain else f"{prefix}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"
    return None
