"""Discard issues: delete them and drop their future events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.db.models import Tombstone
from core.issues.actions.base import Context
from core.issues.actions.delete import begin_deletion
from core.issues.actions.outcomes import DiscardOutcome
from core.types import OPEN_TO_TRIAGE, ActivityType, Status


@dataclass(frozen=True)
class Discard:
    """Delete the issues, and drop future events that carry one of their fingerprints."""

    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Accept every issue; the role is checked where the request comes in."""

    def apply(self, context: Context) -> None:
        """Replace each issue with a tombstone."""
        tombstones = {
            issue.id: Tombstone(
                project_id=issue.project_id,
                previous_issue_id=issue.id,
                level=issue.level,
                title=issue.title,
                culprit=issue.culprit,
                message=issue.message,
                actor_id=context.actor_id,
                times_seen=0,
                created_at=context.now,
            )
            for issue in context.issues
        }
        context.work.tombstones.add(list(tombstones.values()))
        begin_deletion(context, ActivityType.DISCARD, {issue_id: tombstone.id for issue_id, tombstone in tombstones.items()})
        context.outcomes.append(DiscardOutcome())
