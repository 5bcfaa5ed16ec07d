"""The time that a list is about: ``statsPeriod``, or ``start`` and ``end``. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field

from bot.api.fields import shown
from core.errors import Invalid
from core.types import Period

_PERIOD = re.compile(r"([1-9][0-9]{0,4})([smhdw])", re.IGNORECASE | re.ASCII)
_LONGEST = timedelta(days=36_500)
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class PeriodParameters(BaseModel):
    """The query parameters that choose a time."""

    stats_period: str | None = Field(None, alias="statsPeriod", description="This last time: `24h`, `14d`, `2w`.")
    start: str | None = Field(None, description="From then on, in ISO 8601; UTC without an offset. Not beside `statsPeriod`.")
    end: str | None = Field(None, description="Until then, likewise.")

    def period(self, now: datetime) -> Period:
        """Return the chosen time, without bounds where none are given. Raises Invalid."""
        since, until = moment("start", self.start), moment("end", self.end)
        if self.stats_period and (since or until):
            raise Invalid("statsPeriod", "It stands beside start or end; give only one of them.")
        if since and until and since > until:
            raise Invalid("start", "It is after end.")
        return Period(now - duration(self.stats_period), None) if self.stats_period else Period(since, until)


def duration(text: str) -> timedelta:
    """Return a length of time such as ``24h``. Raises Invalid."""
    match = _PERIOD.fullmatch(text)
    length = int(match[1]) * _UNITS[match[2].lower()] if match else None
    if length is None or length > _LONGEST:
        raise Invalid("statsPeriod", f"{shown(text)} is no length of time, or more than a hundred years. Example: 14d")
    return length


def moment(field: str, text: str | None) -> datetime | None:
    """Return a time in ISO 8601, in UTC if it has no offset; None for none. Raises Invalid."""
    if not text:
        return None
    try:
        value = datetime.fromisoformat(text)
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(field, f"{shown(text)} is not a time. Example: 2030-01-31T09:00:00Z") from None
