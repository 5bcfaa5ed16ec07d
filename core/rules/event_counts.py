"""What a batch of events comes to, hour by hour, day by day and tag by tag; and how many tags of an issue are counted (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.occurrence import Occurrence


@dataclass
class EventCounts:
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


MAX_VALUES_PER_TAG = 100
"""Values of one tag that an issue is counted by: those that came first."""
MAX_TAGS_PER_ISSUE = 1_000
"""Tags that an issue is counted by, each value of each."""
_ALWAYS_COUNTED = frozenset({"environment", "release"})
"""Every event has these, and people look for them; however many other tags there are, they are counted."""

Tag = tuple[int, str, str]
"""Issue, key, value."""


def within_limits(tags: Iterable[Tag], counted: Mapping[tuple[int, str], int]) -> set[Tag]:
    """Those of the tags that may get a row where they have none yet. The others are still counted if they have one.

    Args:
        tags: the tags of the events that have just come, each once, in the order in which they came.
        counted: how many values each key of each of the issues is counted by until now.
    """
    of_key = Counter(counted)
    of_issue: Counter[int] = Counter()
    for (issue_id, _), values in counted.items():
        of_issue[issue_id] += values
    free: set[Tag] = set()
    for issue_id, key, value in tags:
        # One that has a row takes up room here all the same. It may keep out a new one for now, and costs no question.
        if of_key[issue_id, key] < MAX_VALUES_PER_TAG and (of_issue[issue_id] < MAX_TAGS_PER_ISSUE or key in _ALWAYS_COUNTED):
            free.add((issue_id, key, value))
            of_key[issue_id, key] += 1
            of_issue[issue_id] += 1
    return free
