"""Storms: so many new issues at once that a channel gets one summary instead of a message for each (chat.md §7 and §10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db.database import Database
from core.db.storms import MINUTE

REDRAWN_EVERY = timedelta(seconds=2)
"""How soon after it was drawn the summary is drawn again: thirty times a minute."""


@dataclass(frozen=True)
class Storms:
    """Storms begin with the events that bring them; they end here."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def calm_down(self, limit: int = 100) -> int:
        """Ends the storms of channels that came by fewer new issues in the last minute; each summary is drawn once more, with the totals."""
        now = self.clock()
        with self.database.read() as work:
            if not work.storms.raging_since(now - MINUTE, limit):
                return 0
        with self.database.write() as work:
            ended = work.storms.calm_down(now, limit)
        if ended:
            self.on_change()
        return ended
