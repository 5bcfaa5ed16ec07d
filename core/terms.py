"""What a watch asks for, and when it has something to tell (pure)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_REASON = 120
"""Characters of a reason with its query: what fits under an alert."""


@dataclass(frozen=True)
class Terms:
    """Of which issues a channel is told, and on what.

    ``query`` is a search that finds the issues meant, or empty for all; ``every`` tells at each so many events of an unresolved issue;
    ``min_interval`` is how many minutes lie between two times that the same issue is told of.
    """

    query: str = ""
    on_new: bool = True
    on_regression: bool = True
    on_escalation: bool = True
    every: int | None = None
    min_interval: int | None = None

    def on(self, effects: Collection[str]) -> str | None:
        """What of that is to be told: the weightiest, in a word. The end of an archive is an escalation too, as its priority is."""
        wanted = {"new": self.on_new, "regressed": self.on_regression, "escalating": self.on_escalation, "unarchived": self.on_escalation}
        return next((_WORDS[effect] for effect, is_wanted in wanted.items() if is_wanted and effect in effects), None)

    def rounds(self, before: int, after: int) -> int:
        """How many multiples of ``every`` are met by counting on from one number of events to another."""
        return after // self.every - before // self.every if self.every else 0

    @property
    def at_a_round(self) -> str:
        """What is said where a multiple of ``every`` was met."""
        return f"every {self.every} events"

    def is_too_soon(self, told_at: datetime | None, now: datetime) -> bool:
        """Whether the issue was told of a moment ago."""
        return told_at is not None and self.min_interval is not None and now < told_at + timedelta(minutes=self.min_interval)

    def because(self, why: str) -> str:
        """The rule that fired, for a footer: *regression: level:error*."""
        said = f"{why}: {self.query}" if self.query else why
        return said if len(said) <= LONGEST_REASON else f"{said[: LONGEST_REASON - 1]}…"


_WORDS = {"new": "new", "regressed": "regression", "escalating": "escalating", "unarchived": "unarchived"}
