"""Discard: delete, and never hear of it again."""

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
    """The issues go as by Delete, and events that carry one of their fingerprints are dropped from now on."""

    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Every issue can be discarded; who may is decided where the request comes in."""

    def apply(self, context: Context) -> None:
        """Puts a tombstone in each issue's place."""
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
