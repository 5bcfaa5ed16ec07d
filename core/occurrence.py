"""One event as it came in, and what came of it: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.types import JSON, Level, Source

MAX_DOOR_CHARS = 16
MAX_TAG_CHARS = 200
"""Characters of a tag's value that are kept."""

Effect = Literal["new", "seen", "regressed", "unarchived", "escalating", "duplicate", "discarded"]


@dataclass(frozen=True)
class Occurrence:
    """One event, read and cleaned by whoever took it in.

        ``hashes`` are its fingerprints by each version of the grouping rules, the newest first; ``person`` is whom of the program's users it hit;
    ``payload`` is what is kept. ``door`` is the way by which it came: ``ingest`` for an SDK, else the name of the hook, of at most
    ``MAX_DOOR_CHARS`` characters.
    """

    event_id: str
    happened_at: datetime
    hashes: tuple[str, ...]
    title: str
    culprit: str
    message: str
    level: Level
    platform: str
    details: JSON
    person: str | None
    release: str | None
    environment: str | None
    payload: JSON
    tags: tuple[tuple[str, str], ...] = ()
    door: str = Source.INGEST

    @property
    def all_tags(self) -> dict[str, str]:
        """Its tags, with those that every event has."""
        known = (("environment", self.environment), ("release", self.release))
        return dict(self.tags) | {key: value[:MAX_TAG_CHARS] for key, value in known if value}


@dataclass(frozen=True)
class Recorded:
    """What came of an event. A discarded one belongs to no issue: its number is 0."""

    event_id: str
    issue_id: int
    effect: Effect
