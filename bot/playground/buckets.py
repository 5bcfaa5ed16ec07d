"""Rate limits by token buckets."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """A sustained rate per minute, and how many calls may come at once."""

    per_minute: float
    burst: int


class Buckets:
    """A token bucket for each key. A new bucket is full."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, key: str, rate: Rate) -> int:
        """Take a token. Return 0, or the whole seconds until the next token if the bucket is empty."""
        now = self._clock()
        level, at = self._levels.get(key, (float(rate.burst), now))
        level = min(rate.burst, level + (now - at) * rate.per_minute / 60)
        if level < 1:
            self._levels[key] = (level, now)
            return max(1, math.ceil((1 - level) * 60 / rate.per_minute))
        self._levels[key] = (level - 1, now)
        return 0
