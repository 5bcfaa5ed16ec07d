"""Limit calls to a platform: token buckets for channels and whole workspaces, by kind of call. Pure; the time is passed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from cachetools import LRUCache, TTLCache

Call = Literal["post", "update"]
"""The kinds of calls: a new post (also in a thread), or a redraw."""
MAX_BUCKETS = 20_000
"""The most buckets kept; a bucket unused for that long is full anyway."""
TURN_LOST_AFTER_SECONDS = 10.0
"""Seconds after which a waiting channel that did not come back loses its turn."""
HELD_MEMORY_SECONDS = 60.0
"""Seconds for which a channel that had to wait is counted."""
_ALMOST = 1e-6  # seconds; rounding errors of floats are smaller


@dataclass(frozen=True)
class Rate:
    """The calls per second over time, and the calls at once."""

    a_second: float
    burst: int


@dataclass(frozen=True)
class Limit:
    """The rate that a platform allows in one channel, or in a whole workspace or tenant, for these kinds of calls together."""

    scope: Literal["channel", "tenant"]
    calls: tuple[Call, ...]
    rate: Rate


Table = Mapping[str, tuple[Limit, ...]]
LIMITS: Table = {
    # One message a second in a channel with short bursts, some hundreds a minute in a workspace; chat.update is Tier 3, 50 a minute in a
    # workspace and more at times: https://docs.slack.dev/apis/web-api/rate-limits. A minute's worth at once is what a bulk change needs,
    # and two new messages at once leave a storm the time to be noticed before it has filled the channel.
    "slack": (
        Limit("channel", ("post",), Rate(1, 2)),
        Limit("tenant", ("post",), Rate(4, 20)),
        Limit("tenant", ("update",), Rate(50 / 60, 50)),
    ),
    # Microsoft counts in windows: 7 in a second, 8 in two, 60 in thirty and 1,800 in an hour for a conversation, 50 in a second for a tenant.
    # A burst and what comes after it must fit into each: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit.
    "msteams": (
        Limit("channel", ("post", "update"), Rate(2, 2)),
        Limit("channel", ("post", "update"), Rate(1.5, 15)),
        Limit("channel", ("post", "update"), Rate(0.4, 360)),
        Limit("tenant", ("post", "update"), Rate(30, 20)),
    ),
}


@dataclass(frozen=True)
class Ask:
    """A call that a sender wants to make. ``is_patient`` is true if it can wait: it only updates counts."""

    platform: str
    tenant: str
    channel: str
    call: Call
    is_patient: bool = False


class Bucket:
    """Tokens that refill with time. Channels queue first in, first out, so a busy channel cannot starve the others."""

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._level = float(rate.burst)
        self._at = now
        self._queue: dict[str, float] = {}

    def wait(self, channel: str, now: float, *, is_patient: bool = False) -> float:
        """Return the seconds until this channel can have a token; 0 if one is free. Patient calls leave half of the bucket to the others."""
        self._refill(now)
        spare = self._rate.burst / 2 if is_patient else 0
        missing = max(0.0, 1 + spare + self._ahead_of(channel, now) - self._level)
        wait = missing / self._rate.a_second + self._at - now
        return wait if wait > _ALMOST else 0

    def queue(self, channel: str, now: float) -> None:
        """Put the channel into the queue; it keeps the position that it already has."""
        self._queue[channel] = now

    def take(self, channel: str) -> None:
        """Use a token."""
        self._level -= 1
        self._queue.pop(channel, None)

    def _refill(self, now: float) -> None:
        if now > self._at:
            self._level = min(self._rate.burst, self._level + (now - self._at) * self._rate.a_second)
            self._at = now

    def _ahead_of(self, channel: str, now: float) -> int:
        self._queue = {channel_id: seen for channel_id, seen in self._queue.items() if seen > now - TURN_LOST_AFTER_SECONDS}
        places = list(self._queue)
        return places.index(channel) if channel in self._queue else len(places)


class RateLimits:
    """The buckets of this process. Other processes have their own; if the total is too much, the platform says so (429)."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock
        self._buckets: LRUCache[tuple[Limit, str, str, str], Bucket] = LRUCache(MAX_BUCKETS)
        self._held: TTLCache[tuple[str, str], bool] = TTLCache(MAX_BUCKETS, HELD_MEMORY_SECONDS, timer=clock)

    def wait(self, ask: Ask) -> float:
        """Return 0 and count the call if it may be made; else return the seconds after which to ask again."""
        now = self._clock()
        waits = [(bucket, bucket.wait(ask.channel, now, is_patient=ask.is_patient)) for bucket in self._asked(ask)]
        if not any(wait for _, wait in waits):
            for bucket, _ in waits:
                bucket.take(ask.channel)
            return 0
        for bucket, wait in waits:
            if wait and not ask.is_patient:
                bucket.queue(ask.channel, now)
        self._held[ask.platform, ask.channel] = True
        return max(wait for _, wait in waits)

    @property
    def held(self) -> int:
        """Return how many channels had to wait within the last minute."""
        return len(self._held)

    def _asked(self, ask: Ask) -> list[Bucket]:
        return [self._bucket(limit, ask) for limit in self._table.get(ask.platform, ()) if ask.call in limit.calls]

    def _bucket(self, limit: Limit, ask: Ask) -> Bucket:
        key = limit, ask.platform, ask.tenant, ask.channel if limit.scope == "channel" else ""
        if key not in self._buckets:
            self._buckets[key] = Bucket(limit.rate, self._clock())
        return self._buckets[key]
