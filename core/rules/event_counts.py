"""Count a batch of events by hour, day and tag, and limit how many tags an issue is counted by (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.occurrence import Occurrence

MAX_VALUES_PER_TAG = 100
"""Number of values of one tag that an issue is counted by; the first ones win."""
MAX_TAGS_PER_ISSUE = 1_000
"""Number of tag values that an issue is counted by, over all its tags."""
_ALWAYS_COUNTED = frozenset({"environment", "release"})
"""Tags that every event has and that people search for: they are counted however many other tags there are."""
Tag = tuple[int, str, str]
"""Issue id, key, value."""


@dataclass
class EventCounts:
    """How many events to add to each row. The first part of each key is the issue id."""

    hours: Counter[tuple[int, datetime]] = field(default_factory=Counter)
    days: Counter[tuple[int, datetime]] = field(default_factory=Counter)
    tags: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    tags_seen: dict[tuple[int, str, str], datetime] = field(default_factory=dict)
    """When each tag was last seen."""
    versions: dict[tuple[int, str], None] = field(default_factory=dict)
    """The releases in which each issue was seen, in order of arrival."""

    def add(self, issue_id: int, occurrence: Occurrence) -> None:
        """Count one more event."""
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


def within_limits(tags: Iterable[Tag], counted: Mapping[tuple[int, str], int]) -> set[Tag]:
    """Return those of the tags that may get a new row. Tags that have a row already are counted in any case.

    Args:
        tags: the tags of the new events, each once, in order of arrival.
        counted: how many values of each key are counted already, by issue id and key.
    """
    of_key = Counter(counted)
    of_issue: Counter[int] = Counter()
    for (issue_id, _), values in counted.items():
        of_issue[issue_id] += values
    free: set[Tag] = set()
    for issue_id, key, value in tags:
        # A tag that has a row already takes up room here too. That may keep out a new tag for now, but saves a query.
        if of_key[issue_id, key] < MAX_VALUES_PER_TAG and (of_issue[issue_id] < MAX_TAGS_PER_ISSUE or key in _ALWAYS_COUNTED):
            free.add((issue_id, key, value))
            of_key[issue_id, key] += 1
            of_issue[issue_id] += 1
    return free
