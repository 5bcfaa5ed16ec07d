"""How many events a project may send a minute: a bucket for each that fills steadily and holds a minute's worth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.intake.refusals import OverQuota

_MINUTE = timedelta(minutes=1)


@dataclass
class _Bucket:
    events: float
    filled_at: datetime


class Quotas:
    """The buckets of all projects, in memory. ``per_minute`` 0 is no limit."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: dict[int, _Bucket] = {}

    def take(self, project_id: int, events: int, now: datetime) -> None:
        """Takes so many events out of the project's bucket. Raises OverQuota where it is empty.

        Several at once may take more than is in it; then those that follow wait for longer.
        """
        if not self._per_minute or not events:
            return
        bucket = self._buckets.setdefault(project_id, _Bucket(self._per_minute, now))
        refill = max(now - bucket.filled_at, timedelta()) / _MINUTE * self._per_minute
        bucket.events = min(bucket.events + refill, self._per_minute)
        bucket.filled_at = now
        if bucket.events < 1:
            raise OverQuota(max(1, math.ceil((1 - bucket.events) / self._per_minute * _MINUTE.total_seconds())))
        bucket.events -= events
