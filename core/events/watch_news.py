"""Notify watches of a batch of events, and schedule the redraw of old counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core.db.models import Issue
from core.db.unit_of_work import UnitOfWork
from core.db.watches import IssueNews
from core.notify import threads
from core.occurrence import Recorded

MILESTONES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
"""Counts at which all copies are redrawn at once."""
COUNT_REFRESH_INTERVAL = timedelta(minutes=3)
"""Otherwise counts are redrawn at most this often: a count is not a change of state."""
_NOTIFIED_EFFECTS = frozenset({"new", "regressed", "unarchived", "escalating"})


def notify_watches(work: UnitOfWork, issues: Sequence[Issue], seen_before: Mapping[int, int], recorded: Sequence[Recorded], now: datetime) -> None:
    """Schedule alerts for these issues. ``seen_before`` holds their event counts before the batch. Write the batch first."""
    effects: dict[int, set[str]] = {issue.id: set() for issue in issues}
    for event in recorded:
        if event.effect in _NOTIFIED_EFFECTS:
            effects[event.issue_id].add(event.effect)
    matches = work.watch_matches.record_matches([IssueNews(issue, frozenset(effects[issue.id]), seen_before[issue.id]) for issue in issues], now)
    threads.schedule_repeats(work, [event for event in matches if event.is_repeat], now)
    # Skip issues whose only event is the new one: their copy is new as well.
    again = [issue for issue in issues if issue.times_seen > max(seen_before[issue.id], 1)]
    at_once = [issue.id for issue in again if _passes_milestone(seen_before[issue.id], issue.times_seen)]
    later = [issue.id for issue in again if not _passes_milestone(seen_before[issue.id], issue.times_seen)]
    if at_once:
        work.messages.refresh_counts(at_once, now)
    if later:
        work.messages.refresh_counts(later, now + COUNT_REFRESH_INTERVAL)


def _passes_milestone(before: int, after: int) -> bool:
    return any(before < milestone <= after for milestone in MILESTONES)
