"""Token buckets: how often something may be done, with a burst."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """So many in a minute over time, and so many at once."""

    a_minute: float
    burst: int


class Buckets:
    """One bucket for each key, full at first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, key: str, rate: Rate) -> int:
        """Take one token; 0 when there was one, else the whole seconds until there will be."""
        now = self._clock()
        level, at = self._levels.get(key, (float(rate.burst), now))
        level = min(rate.burst, level + (now - at) * rate.a_minute / 60)
        if level < 1:
            self._levels[key] = (level, now)
            return max(1, math.ceil((1 - level) * 60 / rate.a_minute))
        self._levels[key] = (level - 1, now)
        return 0
