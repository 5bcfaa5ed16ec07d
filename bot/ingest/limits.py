"""Limits on incoming data: per body, per project and minute, and in the memory of the process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from bot.ingest.errors import Full, OverQuota, TooLarge

MIB = 1024 * 1024
MAX_COMPRESSED_BYTES = 20 * MIB
"""Size of a compressed body."""
MAX_BODY_BYTES = 100 * MIB
"""Size of a decompressed body."""
MAX_EVENT_BYTES = MIB
"""Size of one event's JSON."""
MAX_COMPRESSION_RATIO = 1_100
"""How many times its size a body may unpack to. Deflate reaches at most 1,032; crafted brotli and zstd can reach more."""
RATIO_CHECKED_FROM_BYTES = MIB
"""The ratio is checked from this decompressed size on."""
MAX_ITEMS = 1_000
"""Items in an envelope."""
MAX_EVENTS = 10
"""Events in an envelope. SDKs send one; the format allows more."""
MAX_LINE_BYTES = 64 * 1024
"""Size of the JSON header of an envelope or item."""
_MINUTE = timedelta(minutes=1)
MAX_HELD_BYTES = 32 * MIB
"""JSON of events that are being read or wait to be stored, in bytes as ``json_text.weight`` counts them. As objects they take about four times as
much.
"""


def too_large_event() -> TooLarge:
    """Build the error for an event over the limit."""
    return TooLarge(f"The event is larger than {MAX_EVENT_BYTES // MIB} MiB.")


@dataclass
class _Bucket:
    events: float
    filled_at: datetime


class Quotas:
    """The token buckets of all projects, in memory. ``per_minute`` 0 means no limit."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: dict[int, _Bucket] = {}

    def take(self, project_id: int, events: int, now: datetime) -> None:
        """Take ``events`` from the project's bucket. Raises OverQuota if it is empty.

        A request may take more than is left; then the following ones wait longer.
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

    def give_back(self, project_id: int, events: int) -> None:
        """Puts events back that were taken out for what then turned out to be no events."""
        if self._per_minute and events:
            self._buckets[project_id].events += events


class MemoryBudget:
    """The memory that all requests reservation."""

    def __init__(self, most: int = MAX_HELD_BYTES) -> None:
        self.left = most
        """Free bytes."""

    def reserve(self) -> Reservation:
        """Return the reservation of one request, to be used in a ``with`` statement."""
        return Reservation(self)


class Reservation:
    """The memory held by one request, freed at the end."""

    def __init__(self, room: MemoryBudget) -> None:
        self._room = room
        self._size = 0

    def hold(self, size: int) -> None:
        """Set the number of bytes held, including those held before. Raises Full."""
        more = size - self._size
        if more > self._room.left:
            raise Full
        self._room.left -= more
        self._size = size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.hold(0)
