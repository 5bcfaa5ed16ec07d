"""What the events of an arrival come to, hour by hour, day by day and tag by tag (pure)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from core.ingest.occurrence import Occurrence


@dataclass
class Tally:
    """How many events are to be added to which row; the first part of each key is the issue."""

    hours: Counter[tuple[int, datetime]] = field(default_factory=Counter)
    days: Counter[tuple[int, datetime]] = field(default_factory=Counter)
    tags: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    tags_seen: dict[tuple[int, str, str], datetime] = field(default_factory=dict)
    """When each tag was seen last."""
    versions: dict[tuple[int, str], None] = field(default_factory=dict)
    """In which releases each issue was seen, in the order in which they came."""

    def add(self, issue_id: int, occurrence: Occurrence) -> None:
        """Counts one more event."""
        at = occurrence.happened_at
        hour = at.replace(minute=0, second=0, microsecond=0)
        self.hours[issue_id, hour] += 1
        self.days[issue_id, hour.replace(hour=0)] += 1
        for key, value in occurrence.all_tags.items():
            tag = (issue_id, key, value)
            self.tags[tag] += 1
            self.tags_seen[tag] = max(self.tags_seen.get(tag, at), at)
        if occurrence.release:
            self.versions[issue_id, occurrence.release] = None
