"""How many tags of an issue are counted (pure). Each is a row, and whoever may send events could make any number of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

MOST_VALUES = 100
"""Values of one tag that an issue is counted by: those that came first."""
MOST_TAGS = 1_000
"""Tags that an issue is counted by, each value of each."""
_ALWAYS = frozenset({"environment", "release"})
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
        if of_key[issue_id, key] < MOST_VALUES and (of_issue[issue_id] < MOST_TAGS or key in _ALWAYS):
            free.add((issue_id, key, value))
            of_key[issue_id, key] += 1
            of_issue[issue_id] += 1
    return free
