"""Set the priority of issues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.activity_data import PriorityData
from core.issues.actions.base import Context
from core.issues.actions.outcomes import PriorityOutcome
from core.issues.activity import Change
from core.types import JSON, OPEN_TO_TRIAGE, Facet, Priority, Status


@dataclass(frozen=True)
class SetPriority:
    """Set the priority of issues, and lock it against the automatic rules."""

    priority: Priority
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Set and lock the priority. Locking the current priority is not recorded as a change."""
        for issue in context.issues:
            before: JSON = {"priority": issue.priority, "locked_at": issue.priority_locked_at.isoformat() if issue.priority_locked_at else None}
            has_changed = issue.priority != self.priority
            if has_changed or issue.priority_locked_at is None:
                issue.priority_locked_at = context.now
            if has_changed:
                issue.priority = self.priority
                context.record(issue, Change(PriorityData(self.priority), Facet.PRIORITY, before, {"priority": self.priority}))
        context.outcomes.append(PriorityOutcome(self.priority))
