"""One incoming event, and the result of recording it: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.types import JSON, Level, Source

MAX_DOOR_CHARS = 16
MAX_TAG_CHARS = 200
"""The maximum length of a tag's stored value, in characters."""

Effect = Literal["new", "seen", "regressed", "unarchived", "escalating", "duplicate", "discarded"]


@dataclass(frozen=True)
class Occurrence:
    """One event, already parsed and cleaned.

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
        """Return its tags, together with those that every event has."""
        known = (("environment", self.environment), ("release", self.release))
        return dict(self.tags) | {key: value[:MAX_TAG_CHARS] for key, value in known if value}


@dataclass(frozen=True)
class Recorded:
    """The result of recording an event. A discarded event belongs to no issue: its number is 0."""

    event_id: str
    issue_id: int
    effect: Effect
