"""Parse durations, times and counts as people write them: ``90m``, ``2h``, ``tomorrow 09:00``, ``monday``, ``2026-12-01 09:00``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser, relativedelta

from core.errors import Invalid

MORNING = time(9, 0)
"""The time of day that *tomorrow* and *monday* mean in a snooze."""
MAX_DURATION = timedelta(days=3660)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONG_UNITS = {"second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w"}
_PART = re.compile(r"(?P<number>\d{1,9})\s*(?P<unit>[a-z]+)\s*")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"^(?P<hour>\d{1,2})(:(?P<minute>\d{2}))?$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}(?!\d)", re.ASCII)


def duration(text: str, field: str = "duration") -> timedelta:
    """Parse ``30m``, ``2h``, ``1d 12h`` or ``3 days``. Raises Invalid for ``field``."""
    rest, total, at = text.strip().lower(), timedelta(), 0
    if not rest:
        raise Invalid(field, "Say how long. Example: 90m, 2h or 3d.")
    while at < len(rest):
        match = _PART.match(rest, at)
        unit = _unit(match["unit"]) if match else None
        if match is None or unit is None:
            raise Invalid(field, f"{text.strip()!r} is not a duration. Example: 90m, 2h or 3d.")
        # Check the longest part before the sum: timedelta itself overflows at 999,999,999 days.
        total += min(timedelta(**{_UNITS[unit]: min(int(match["number"]), 10**8)}), 2 * MAX_DURATION)
        at = match.end()
    if not timedelta() < total <= MAX_DURATION:
        raise Invalid(field, f"{text.strip()!r} is not between a second and ten years. Example: 90m, 2h or 3d.")
    return total


def moment(text: str, now: datetime, zone: ZoneInfo, field: str = "until") -> datetime:
    """Parse ``tomorrow``, ``monday 09:00``, ``14:30`` or ``2026-12-01 09:00`` in that time zone. Raises Invalid."""
    at = _moment(text, now, zone, field)
    if at > now + MAX_DURATION:
        raise Invalid(field, f"{text.strip()!r} is more than ten years away. Example: 2026-12-01 09:00, tomorrow 09:00 or monday.")
    return at


def _moment(text: str, now: datetime, zone: ZoneInfo, field: str) -> datetime:
    words = text.strip().lower().split()
    local = now.astimezone(zone)
    if words and (day := _day(words[0], local)) is not None and len(words) <= 2:
        at = _clock(words[1]) if len(words) == 2 else MORNING
        if at is not None:
            return _aware(day, at, zone)
    if len(words) == 1 and (at := _clock(words[0])) is not None and ":" in words[0]:
        today = _aware(local, at, zone)
        return today if today > now else _aware(local + timedelta(days=1), at, zone)
    return _written(text, zone, field)


def many(count: int, noun: str) -> str:
    """Return the count with its noun: ``1 event``, ``5 events``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def clock(text: str, field: str) -> time:
    """Parse a time of day: ``9:00`` or ``14:30``. Raises Invalid."""
    at = _clock(text.strip())
    if at is None:
        raise Invalid(field, f"{text.strip()!r} is not a time of day. Example: 09:00")
    return at


def zone(name: str | None) -> ZoneInfo:
    """Return the time zone with that name, or UTC if it is unknown."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _unit(word: str) -> str | None:
    return word if word in _UNITS else _LONG_UNITS.get(word.removesuffix("s"))


def _day(word: str, local: datetime) -> datetime | None:
    if word == "today":
        return local
    if word == "tomorrow":
        return local + timedelta(days=1)
    if word in _WEEKDAYS:
        # Always a future day: on a Monday, *monday* is in a week.
        weekday = relativedelta.weekday(_WEEKDAYS.index(word))
        return local + timedelta(days=1) + relativedelta.relativedelta(days=0, weekday=weekday)
    return None


def _clock(word: str) -> time | None:
    match = _CLOCK.match(word)
    if match is None or int(match["hour"]) > 23 or int(match["minute"] or 0) > 59:
        return None
    return time(int(match["hour"]), int(match["minute"] or 0))


def _aware(day: datetime, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day.date(), at, tzinfo=zone).astimezone(UTC)


def _written(text: str, zone: ZoneInfo, field: str) -> datetime:
    try:
        return _iso(text.strip(), zone)
    except (ValueError, OverflowError):
        raise Invalid(field, f"{text.strip()!r} is not a time. Example: 2026-12-01 09:00, tomorrow 09:00 or monday.") from None


def _iso(text: str, zone: ZoneInfo) -> datetime:
    # ISO 8601 also allows bare years and weeks, but *until 5000* means something else.
    if not _DATE.match(text):
        raise ValueError
    day, _, hour = text.partition(" ")
    at = _clock(hour.strip()) if hour else None
    if at is not None:
        return _aware(parser.isoparse(day), at, zone)
    found = parser.isoparse(text.replace(" ", "T", 1).upper())
    if found.tzinfo is None:
        found = datetime.combine(found.date(), found.time() if len(text) > len(day) or "T" in text.upper() else MORNING, tzinfo=zone)
    return found.astimezone(UTC)
