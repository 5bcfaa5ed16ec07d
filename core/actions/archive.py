"""Archive: put an issue aside, for good or until a condition is met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.actions.base import Context
from core.activity import Change
from core.db.models import Issue, Snooze
from core.types import JSON, OPEN_TO_TRIAGE, ActivityType, Facet, Status, Substatus
from core.until import Condition


@dataclass(frozen=True)
class Archive:
    """Put aside until ``condition`` is met; without one forever."""

    condition: Condition | None = None
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """The condition must make sense."""
        if self.condition:
            self.condition.check(context.now)

    def apply(self, context: Context) -> None:
        """Archives what is not archived in this very way: another condition replaces the old one (D4)."""
        changing = [issue for issue in context.issues if not self._holds(issue, context)]
        before = {issue.id: context.standing(issue) for issue in changing}
        context.inbox.remove(changing)
        if self.condition:
            context.snoozes.put([_snooze(issue, self.condition, context) for issue in changing])
        else:
            context.snoozes.remove(changing)
        for issue in changing:
            issue.status, issue.substatus = Status.ARCHIVED, self._substatus
            change = Change(ActivityType.SET_IGNORED, Facet.STATUS, self._data, before[issue.id], context.standing(issue))
            context.record(issue, change)
        context.subscribe_actor(changing if len(context.issues) == 1 else [])
        context.delta.update(status="ignored", statusDetails=self._details(context), inbox=None)

    @property
    def _substatus(self) -> Substatus:
        return Substatus.UNTIL_CONDITION_MET if self.condition else Substatus.FOREVER

    def _holds(self, issue: Issue, context: Context) -> bool:
        if issue.status != Status.ARCHIVED or issue.substatus != self._substatus:
            return False
        snooze = context.snoozes.get(issue)
        return (Condition(snooze.until_at, snooze.events, snooze.users) if snooze else None) == self.condition

    @property
    def _data(self) -> JSON:
        """The seven keys of the reference (engine.md §6.6), null where unused."""
        until_at = self.condition.until_at if self.condition else None
        return {
            "ignoreCount": self.condition.events if self.condition else None,
            "ignoreDuration": None,
            "ignoreUntil": until_at.isoformat() if until_at else None,
            "ignoreUserCount": self.condition.users if self.condition else None,
            "ignoreUserWindow": None,
            "ignoreWindow": None,
            "ignoreUntilEscalating": None,
        }

    def _details(self, context: Context) -> JSON:
        if self.condition is None:
            return {}
        shown = ("ignoreCount", "ignoreUntil", "ignoreUserCount", "ignoreUserWindow", "ignoreWindow")
        return {key: self._data[key] for key in shown} | {"actor": context.actor_id}


def _snooze(issue: Issue, condition: Condition, context: Context) -> Snooze:
    return Snooze(
        issue_id=issue.id,
        until_at=condition.until_at,
        events=condition.events,
        users=condition.users,
        events_before=issue.times_seen,
        users_before=issue.users_seen,
        actor_id=context.actor_id,
        began_at=context.now,
    )
