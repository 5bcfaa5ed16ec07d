"""Determine when an event happened, as far as the sender's clock can be trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TOLERATED_SKEW = timedelta(minutes=1)
"""A smaller difference between sending and receiving is latency and not a wrong clock."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_SECONDS = 1e11
_UNITS_A_SECOND = (1, 1_000, 1_000_000, 1_000_000_000)


def moment(value: object) -> datetime | None:
    """The moment written as ISO 8601 (UTC where no zone is given) or as a number, or None where it is neither or before 1970.

    A number counts seconds since 1970, or milli-, micro- or nanoseconds where as seconds it would be later than the year 5138.
    """
    try:
        read = _of_number(value) if isinstance(value, int | float) else _of_text(value)
        return read if read and read >= _EPOCH else None
    except (ValueError, OverflowError, OSError):
        return None


def event_time(stamp: object, received_at: datetime, sent_at: datetime | None) -> datetime:
    """Return when an event with this timestamp happened.

    ``sent_at`` is the time of sending by the sender's clock. If that is off by more than a minute, the timestamp is corrected by the difference. An
    event cannot have happened after it was received; without a timestamp it happened then.
    """
    happened_at = moment(stamp)
    if happened_at is None:
        return received_at
    if sent_at and abs(received_at - sent_at) > TOLERATED_SKEW:
        try:
            happened_at += received_at - sent_at
        except OverflowError:
            return received_at
    return min(max(happened_at, _EPOCH), received_at)


def _of_number(value: float) -> datetime | None:
    if isinstance(value, bool):
        return None
    seconds = next((value / units for units in _UNITS_A_SECOND if value / units < _MAX_SECONDS), value)
    return datetime.fromtimestamp(seconds, UTC)


def _of_text(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    text = value.strip()[:64]
    try:
        return _of_number(float(text))
    except ValueError:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
