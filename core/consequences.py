"""What an event does to an issue that is there already: it regresses, its archive ends, or it is only counted (engine.md §14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from core.actions.archive import condition_of
from core.activity import Change, Journal, standing
from core.db.models import InboxEntry, Issue, Snooze
from core.db.models import Resolution as ResolutionRow
from core.db.unit_of_work import UnitOfWork
from core.escalation import Forecast, is_escalating
from core.types import JSON, ActivityType, Facet, InboxReason, Priority, Status, Substatus
from core.until import Progress, ending
from core.versions import Release, Resolution, covers

if TYPE_CHECKING:
    from core.occurrences import Occurrence

Effect = Literal["new", "seen", "regressed", "unarchived", "escalating", "duplicate", "discarded"]


@dataclass(frozen=True)
class Consequences:
    """Decides in the transaction that counts the event."""

    work: UnitOfWork
    journal: Journal
    now: datetime

    def of(self, issue: Issue, occurrence: Occurrence) -> Effect:
        """What follows from one more event of an issue, which is counted already."""
        if issue.status == Status.RESOLVED and self._regresses(issue, occurrence):
            return self._regress(issue, occurrence)
        if issue.status == Status.ARCHIVED and issue.substatus == Substatus.UNTIL_ESCALATING:
            return self._maybe_escalate(issue, occurrence)
        if issue.status == Status.ARCHIVED:
            return self._maybe_unarchive(issue, occurrence)
        return "seen"

    def into_inbox(self, issue: Issue, reason: InboxReason) -> InboxEntry:
        """The issue waits for review now, for this reason."""
        entry = InboxEntry(issue_id=issue.id, reason=reason, details={}, added_at=self.now)
        self.work.inbox.put([entry])
        return entry

    def _regresses(self, issue: Issue, occurrence: Occurrence) -> bool:
        # An event that happened before the resolution, however late it comes, only counts (D28).
        if issue.resolved_at is not None and occurrence.happened_at <= issue.resolved_at:
            return False
        row = self.work.resolutions.of([issue]).get(issue.id)
        if row is not None and covers(_resolution(row), self._release(issue, occurrence)):
            return False
        commit_id = self.work.commit_links.newest([issue.id]).get(issue.id)
        return commit_id is None or self.work.commit_links.is_released(commit_id)

    def _release(self, issue: Issue, occurrence: Occurrence) -> Release | None:
        if not occurrence.release:
            return None
        known = self.work.release_order.named(issue.project_id, occurrence.release)
        return Release(occurrence.release, known.added_at if known else None)

    def _regress(self, issue: Issue, occurrence: Occurrence) -> Effect:
        row = self.work.resolutions.of([issue]).get(issue.id)
        before = standing(issue, row)
        self.work.resolutions.remove([issue.id])
        self.work.commit_links.remove([issue.id])
        issue.status, issue.substatus = Status.UNRESOLVED, Substatus.REGRESSED
        issue.active_at = max(occurrence.happened_at, issue.last_seen_at)
        entry = self.into_inbox(issue, InboxReason.REGRESSION)
        data: JSON = {"event_id": occurrence.event_id, "version": occurrence.release or ""}
        if row is not None:
            data["resolved_in_version"] = row.version
        self.journal.record(issue, Change(ActivityType.SET_REGRESSION, Facet.STATUS, data, before, standing(issue, entry)))
        return "regressed"

    def _maybe_escalate(self, issue: Issue, occurrence: Occurrence) -> Effect:
        hour = self.now.replace(minute=0, second=0, microsecond=0)
        events = self.work.events.hours([issue.id], hour).get(issue.id, {}).get(hour, 0)
        row = self.work.forecasts.of([issue]).get(issue.id)
        forecast = Forecast(row.starts_at.date(), tuple(row.ceilings)) if row else Forecast.unknown(self.now.date())
        ceiling = forecast.ceiling(self.now.date())
        if not is_escalating(events, ceiling):
            return "seen"
        before = standing(issue)
        entry = self._escalate(issue)
        data = {"event_id": occurrence.event_id, "forecast": ceiling, "events": events}
        self.journal.record(issue, Change(ActivityType.SET_ESCALATING, Facet.STATUS, data, before, standing(issue, entry)))
        self._raise_priority(issue)
        return "escalating"

    def _maybe_unarchive(self, issue: Issue, occurrence: Occurrence) -> Effect:
        snooze = self.work.snoozes.of([issue]).get(issue.id)
        if snooze is None or ending(condition_of(snooze), self._progress(issue, snooze)) in (None, "time"):
            return "seen"
        before = standing(issue, snooze)
        self.work.snoozes.remove([issue.id])
        entry = self._escalate(issue)
        expired = {
            "until": snooze.until_at.isoformat() if snooze.until_at else None,
            "count": snooze.events,
            "window": snooze.events_window,
            "user_count": snooze.users,
            "user_window": snooze.users_window,
        }
        data = {"event_id": occurrence.event_id, "expired_snooze": expired}
        self.journal.record(issue, Change(ActivityType.SET_ESCALATING, Facet.STATUS, data, before, standing(issue, entry)))
        self._raise_priority(issue)
        return "unarchived"

    def _escalate(self, issue: Issue) -> InboxEntry:
        issue.status, issue.substatus = Status.UNRESOLVED, Substatus.ESCALATING
        return self.into_inbox(issue, InboxReason.ESCALATING)

    def _raise_priority(self, issue: Issue) -> None:
        """Low becomes medium and anything else high, unless somebody has locked it (engine.md §8.6, D13)."""
        raised = Priority.MEDIUM if issue.priority == Priority.LOW else Priority.HIGH
        if issue.priority_locked_at is not None or issue.priority == raised:
            return
        before, issue.priority = {"priority": issue.priority, "locked_at": None}, raised
        data = {"priority": raised.name.lower(), "reason": "escalating"}
        self.journal.record(issue, Change(ActivityType.SET_PRIORITY, Facet.PRIORITY, data, before, {"priority": raised}))

    def _progress(self, issue: Issue, snooze: Snooze) -> Progress:
        """How far it has come; a window counts only what came since the archive (D29)."""
        events, users = issue.times_seen - snooze.events_before, issue.users_seen - snooze.users_before
        if snooze.events_window:
            events = self.work.events.events_since(issue.id, self._window(snooze, snooze.events_window))
        if snooze.users_window:
            users = self.work.events.people_since(issue.id, self._window(snooze, snooze.users_window))
        return Progress(self.now, events, users)

    def _window(self, snooze: Snooze, minutes: int) -> datetime:
        return max(snooze.began_at, self.now - timedelta(minutes=minutes))


def _resolution(row: ResolutionRow) -> Resolution:
    current = Release(row.current_release_version) if row.current_release_version else None
    kind: Literal["in_release", "in_next_release"] = "in_next_release" if row.kind == "in_next_release" else "in_release"
    return Resolution(kind, Release(row.version, row.added_at), row.resolved_at, current)
