"""What ends an archive, as the ``ignore…`` fields of a body say it (D6, D7). Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.api.fields import count, shown
from core.errors import Invalid
from core.types import JSON
from core.until import LONGEST_WINDOW, Condition

DETAILS = "statusDetails"
_COUNTS = (("ignoreCount", "ignoreWindow"), ("ignoreUserCount", "ignoreUserWindow"))
ENDS = ("ignoreDuration", "ignoreUntil", *(name for pair in _COUNTS for name in pair))
FIELDS = (*ENDS, "snoozeDuration")
"""All that can end an archive; the last one only at the top level."""


def condition_of(body: JSON, details: JSON, now: datetime) -> Condition | None:
    """The condition, or None where there is none and the archive is forever.

    Each field is read from ``statusDetails``, else from the top level. A duration, in minutes, and an exact end may stand together: the earlier
    one counts. Raises Invalid.
    """
    ends = [end for end in (_after(body, details, now), _exact(body, details, now)) if end]
    (events, events_window), (users, users_window) = (_counted(body, details, *names) for names in _COUNTS)
    condition = Condition(min(ends, default=None), events, events_window, users, users_window)
    return None if condition == Condition() else condition


def is_used(body: JSON, details: JSON, name: str) -> bool:
    """Whether the field of the top level is the one that counts."""
    return body.get(name) is not None and _found(body, details, name)[0] == name


def _counted(body: JSON, details: JSON, name: str, window_name: str) -> tuple[int | None, int | None]:
    """How many, and within how many minutes; the minutes alone say nothing (D6)."""
    number = count(*_found(body, details, name))
    field, value = _found(body, details, window_name)
    window = count(field, value, LONGEST_WINDOW)
    if window is not None and number is None:
        raise Invalid(field, f"A window needs the {name} that it is about.")
    return number, window


def _after(body: JSON, details: JSON, now: datetime) -> datetime | None:
    """``snoozeDuration`` is the older name of ``ignoreDuration``; sentry-cli sends it as null."""
    durations = [count(*_found(body, details, name)) for name in ("ignoreDuration", "snoozeDuration")]
    minutes = next((minutes for minutes in durations if minutes), None)
    return now + timedelta(minutes=minutes) if minutes else None


def _exact(body: JSON, details: JSON, now: datetime) -> datetime | None:
    field, value = _found(body, details, "ignoreUntil")
    if value is None:
        return None
    try:
        end = datetime.fromisoformat(value) if isinstance(value, str) else None
        end = end.astimezone(UTC) if end and end.tzinfo else None
    except (ValueError, OverflowError):
        end = None
    if end is None:
        raise Invalid(field, f"{shown(value)} is not a time with its offset from UTC. Example: 2030-01-31T09:00:00Z")
    if end <= now:
        raise Invalid(field, f"{shown(value)} is not in the future.")
    return end


def _found(body: JSON, details: JSON, name: str) -> tuple[str, object]:
    """A field and where it was found; null is as good as absent."""
    if details.get(name) is not None:
        return f"{DETAILS}.{name}", details[name]
    return name, body.get(name)
