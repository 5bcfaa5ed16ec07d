"""Archive issues: forever, until a condition is met, or until they escalate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from core.activity_data import ArchivedData
from core.db.models import ForecastRow, Issue, Snooze
from core.db.unit_of_work import UnitOfWork
from core.issues.actions.base import Context
from core.issues.actions.outcomes import ArchiveOutcome, InboxChange, InboxOutcome
from core.issues.activity import Change
from core.rules.escalation import forecast
from core.rules.snooze import Condition
from core.types import OPEN_TO_TRIAGE, Facet, Status, Substatus

FORECAST_HISTORY = timedelta(hours=168)
"""How much of an issue's past a forecast uses."""


@dataclass(frozen=True)
class Archive:
    """Archive issues until ``condition`` is met. Without a condition: forever, or until there are more events than the forecast allows."""

    condition: Condition | None = None
    is_until_escalating: bool = False
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Raise Invalid if the condition makes no sense."""
        if self.condition:
            self.condition.check(context.now)

    def apply(self, context: Context) -> None:
        """Archive the issues that are not archived in exactly this way; a new condition replaces the old one."""
        changing = [issue for issue in context.issues if not self._is_already_archived(issue, context)]
        before = {issue.id: context.snapshot(issue) for issue in changing}
        context.inbox.remove(changing)
        context.forget_resolutions(changing)
        if self.condition:
            context.snoozes.put([_snooze(issue, self.condition, context) for issue in changing])
        else:
            context.snoozes.remove(changing)
        if self.is_until_escalating:
            context.work.forecasts.put(forecast_rows(context.work, changing, context.now))
        for issue in changing:
            issue.status, issue.substatus = Status.ARCHIVED, self._substatus
            change = Change(self._data, Facet.STATUS, before[issue.id], context.snapshot(issue))
            context.record(issue, change)
        context.subscribe_actor(changing if context.is_single else [])
        outcome = ArchiveOutcome(self.condition, self.is_until_escalating, context.actor_id if self.condition else None)
        context.outcomes += (outcome, InboxOutcome(InboxChange.CLEARED))

    @property
    def _substatus(self) -> Substatus:
        if self.is_until_escalating:
            return Substatus.UNTIL_ESCALATING
        return Substatus.UNTIL_CONDITION_MET if self.condition else Substatus.FOREVER

    def _is_already_archived(self, issue: Issue, context: Context) -> bool:
        if issue.status != Status.ARCHIVED or issue.substatus != self._substatus:
            return False
        snooze = context.snoozes.get(issue)
        return (condition_of(snooze) if snooze else None) == self.condition

    @property
    def _data(self) -> ArchivedData:
        waits = self.condition or Condition()
        return ArchivedData(waits.until_at, waits.events, waits.events_window, waits.users, waits.users_window, self.is_until_escalating)


def condition_of(snooze: Snooze) -> Condition:
    """Return the condition that ends a snooze."""
    return Condition(snooze.until_at, snooze.events, snooze.events_window, snooze.users, snooze.users_window)


def forecast_rows(work: UnitOfWork, issues: Sequence[Issue], now: datetime) -> list[ForecastRow]:
    """Return the forecasts of these issues, from their events of the last week; issues without events get none."""
    counts = work.events.hours([issue.id for issue in issues], now - FORECAST_HISTORY)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = []
    for issue in issues:
        ceilings = forecast(_in_order(counts.get(issue.id, {})), now.date())
        if ceilings:
            rows.append(ForecastRow(issue_id=issue.id, starts_at=midnight, ceilings=list(ceilings)))
    return rows


def _in_order(hours: dict[datetime, int]) -> list[tuple[datetime, int]]:
    return sorted(hours.items())


def _snooze(issue: Issue, condition: Condition, context: Context) -> Snooze:
    return Snooze(
        issue_id=issue.id,
        until_at=condition.until_at,
        events=condition.events,
        events_window=condition.events_window,
        users=condition.users,
        users_window=condition.users_window,
        events_before=issue.times_seen,
        users_before=issue.users_seen,
        actor_id=context.actor_id,
        began_at=context.now,
    )
