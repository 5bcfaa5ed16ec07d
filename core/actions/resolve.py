"""Resolve and unresolve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from core.actions.base import Context
from core.activity import Change
from core.db.models import Issue
from core.types import OPEN_TO_TRIAGE, ActivityType, Facet, Status, Substatus

_STILL_NEW = timedelta(days=7)
"""An issue taken out of the archive this soon after its first event is still called new (engine.md §6.2)."""


@dataclass(frozen=True)
class Resolve:
    """It is fixed. An event that happens afterwards brings the issue back as regressed."""

    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Every issue can be resolved."""

    def apply(self, context: Context) -> None:
        """Resolves those that are not (D20), takes them out of archive and inbox and subscribes whoever did it."""
        changing = [issue for issue in context.issues if issue.status != Status.RESOLVED]
        before = {issue.id: context.standing(issue) for issue in changing}
        context.snoozes.remove(changing)
        context.inbox.remove(changing)
        for issue in changing:
            issue.status, issue.substatus, issue.resolved_at = Status.RESOLVED, None, context.now
            change = Change(ActivityType.SET_RESOLVED, Facet.STATUS, before=before[issue.id], after=context.standing(issue))
            context.record(issue, change)
        context.subscribe_actor(changing)
        context.delta.update(status="resolved", statusDetails={}, inbox=None)


@dataclass(frozen=True)
class Unresolve:
    """It wants attention again: opens a resolved issue, takes one out of the archive."""

    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Every issue can be unresolved."""

    def apply(self, context: Context) -> None:
        """Opens those that are not open, and ends their snooze (D8)."""
        changing = [issue for issue in context.issues if issue.status != Status.UNRESOLVED]
        before = {issue.id: context.standing(issue) for issue in changing}
        context.snoozes.remove(changing)
        for issue in changing:
            issue.substatus = self._substatus(issue, context)
            issue.status = Status.UNRESOLVED
            change = Change(ActivityType.SET_UNRESOLVED, Facet.STATUS, before=before[issue.id], after=context.standing(issue))
            context.record(issue, change)
        context.subscribe_actor(changing if len(context.issues) == 1 else [])
        context.delta.update(status="unresolved", statusDetails={})

    def _substatus(self, issue: Issue, context: Context) -> Substatus:
        """Inferred as engine.md §6.2 says; a bulk request makes everything ongoing."""
        if len(context.issues) > 1:
            return Substatus.ONGOING
        if issue.status == Status.RESOLVED:
            return Substatus.REGRESSED
        return Substatus.NEW if context.now - issue.first_seen_at < _STILL_NEW else Substatus.ONGOING
