"""Reads what comes back from a card: presses with the ticked boxes, and filled forms."""

from __future__ import annotations

from datetime import date, datetime, time

from bot.interactions import Deed, Press, Submission
from bot.msteams.controls import TICK, Origin
from bot.msteams.fields import LONGEST_ID, Json, Malformed, number, number_of, storable, text_of
from bot.msteams.forms import DATE, MORNING, RESERVED, TIME, field_name, zone_of

LONGEST_TEXT = 30_000
"""Characters of a message; Teams takes about 28 KB from a person."""
MOST_VALUES = 64
MOST_IDS = 100
ON = ("unfolded", "board", "home")


def deed_of(data: Json, time_zone: str | None) -> Deed:
    """A press, or a form that was filled. Raises Malformed."""
    return _submission(data, time_zone) if data.get("form") is True else press_of(data)


def press_of(data: Json) -> Press:
    """A press; on a board with the boxes of that board that are ticked. Raises Malformed."""
    choice = text_of(data, "choice", LONGEST_TEXT, "") or None
    return Press(verb_of(data), number_of(data, "issue"), number_of(data, "version"), choice, _ticked(data))


def origin_of(data: Json) -> Origin:
    """Where the pressed control stands. Raises Malformed."""
    on = data.get("on")
    if on not in ON:
        return Origin()
    page = text_of(data, "page", LONGEST_TEXT, "") or text_of(data, "choice", LONGEST_TEXT, "")
    return Origin(on, number_of(data, "board"), page)


def verb_of(data: Json) -> str:
    """Raises Malformed."""
    return text_of(data, "verb", LONGEST_ID)


def _ticked(data: Json) -> tuple[int, ...]:
    """A card of several boards sends the boxes of all; only those of the pressed one count."""
    if data.get("on") not in ("board", "home"):
        return ()
    prefix = f"{TICK}{origin_of(data).board}_"
    ids = [key.removeprefix(prefix) for key, value in data.items() if key.startswith(prefix) and value in ("true", True)]
    if len(ids) > MOST_IDS:
        raise Malformed("too many ticked boxes")
    return tuple(number(one, "a ticked box") for one in ids)


def _submission(data: Json, time_zone: str | None) -> Submission:
    typed = {storable(key): text_of(data, key, LONGEST_TEXT, "") for key, value in data.items() if key not in RESERVED and isinstance(value, str)}
    if len(typed) > MOST_VALUES:
        raise Malformed("too many values")
    values, page = _joined(typed, time_zone), origin_of(data).page
    return Submission(verb_of(data), number_of(data, "issue"), number_of(data, "version"), values, _ids(data), page)


def _ids(data: Json) -> tuple[int, ...]:
    found = data.get("ids") or []
    if not isinstance(found, list) or len(found) > MOST_IDS:
        raise Malformed("ids is no list, or too long")
    return tuple(number(one, "ids") for one in found)


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
