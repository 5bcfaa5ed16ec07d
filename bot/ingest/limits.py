"""How much may come in: by body, by project and minute, and in the memory of the process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from bot.ingest.errors import Full, OverQuota, TooLarge

MIB = 1024 * 1024
MAX_COMPRESSED_BYTES = 20 * MIB
"""Bytes of a compressed body."""
MAX_BODY_BYTES = 100 * MIB
"""Bytes of a body when it is decompressed."""
MAX_EVENT_BYTES = MIB
"""Bytes of one event's JSON."""
MAX_COMPRESSION_RATIO = 1_100
"""How many times its size a body may unpack to. Deflate cannot do more than 1,032; brotli and zstd can be made to, by who means harm."""
RATIO_CHECKED_FROM_BYTES = MIB
"""Bytes unpacked; below this nobody cares."""
MAX_ITEMS = 1_000
"""Items in an envelope."""
MAX_EVENTS = 10
"""Events in an envelope. SDKs send one; the format does not forbid more."""
MAX_LINE_BYTES = 64 * 1024
"""Bytes of the JSON about an envelope or an item."""


def too_large_event() -> TooLarge:
    """What is said of an event over the limit."""
    return TooLarge(f"The event is larger than {MAX_EVENT_BYTES // MIB} MiB.")


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


MAX_HELD_BYTES = 32 * MIB
"""Bytes of JSON of events that are being read or wait to be stored, as ``json_text.weight`` counts them. As objects they take about four
times as much."""


class MemoryBudget:
    """What is there for all."""

    def __init__(self, most: int = MAX_HELD_BYTES) -> None:
        self.left = most
        """Bytes."""

    def reserve(self) -> Reservation:
        """One request's part of it, to be used in a ``with``."""
        return Reservation(self)


class Reservation:
    """What one request holds; it is given back at the end."""

    def __init__(self, room: MemoryBudget) -> None:
        self._room = room
        self._size = 0

    def hold(self, size: int) -> None:
        """Holds so many bytes, all that it held before included. Raises Full."""
        more = size - self._size
        if more > self._room.left:
            raise Full
        self._room.left -= more
        self._size = size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.hold(0)
