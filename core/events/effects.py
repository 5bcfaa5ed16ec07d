"""Decide what an event does to an existing issue: regression, end of an archive, escalation, or only a count."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.activity_data import EndedSnooze, EscalatedData, PriorityData, RegressedData
from core.db.models import InboxEntry, Issue
from core.db.models import Resolution as ResolutionRow
from core.db.releases import resolution_of
from core.db.stored import snoozes
from core.db.unit_of_work import UnitOfWork
from core.events.evidence import Evidence
from core.issues.actions.archive import condition_of, ended_snooze
from core.issues.activity import Change, Journal, snapshot
from core.occurrence import Effect, Occurrence
from core.rules.escalation import is_escalating, is_too_fast
from core.rules.snooze import ending
from core.rules.versions import DatedVersion, compare_as_semver, covers
from core.types import JSON, Facet, InboxReason, Priority, Status, Substatus


@dataclass
class Effects:
    """Decides event by event, in the transaction that counts them, and writes the related rows at the end."""

    journal: Journal
    evidence: Evidence
    velocity: float
    """Events per hour above which a new issue escalates; 0 if unknown."""
    now: datetime
    _entries: dict[int, InboxEntry] = field(default_factory=dict)
    _unsnoozed: list[int] = field(default_factory=list)
    _regressed: list[int] = field(default_factory=list)

    def apply_event(self, issue: Issue, occurrence: Occurrence, release: DatedVersion | None) -> Effect:
        """Apply one more event to an issue that has counted it already; return the effect. ``release`` is the event's release."""
        self.evidence.count(issue, occurrence)
        if issue.status == Status.RESOLVED and self._regresses(issue, occurrence, release):
            return self._regress(issue, occurrence)
        if issue.status == Status.ARCHIVED and issue.substatus == Substatus.UNTIL_ESCALATING:
            return self._maybe_escalate(issue, occurrence)
        if issue.status == Status.ARCHIVED:
            return self._maybe_unarchive(issue, occurrence)
        if issue.status == Status.UNRESOLVED and issue.substatus == Substatus.NEW:
            return self._maybe_escalate_new(issue, occurrence)
        return "seen"

    def put_into_inbox(self, issue: Issue, reason: InboxReason, ended: EndedSnooze | None = None) -> InboxEntry:
        """Put the issue into the inbox for this reason; ``ended`` is the snooze whose end is the reason."""
        details = snoozes.as_json(ended) if ended else {}
        entry = self._entries[issue.id] = InboxEntry(issue_id=issue.id, reason=reason, details=details, added_at=self.now)
        return entry

    def write(self, work: UnitOfWork) -> None:
        """Write the inbox, snooze and resolution rows. Write the issues first: their resolution may have changed too."""
        work.inbox.put(list(self._entries.values()))
        work.snoozes.remove(self._unsnoozed)
        work.resolutions.remove(self._regressed)
        work.commit_links.remove(self._regressed)

    def _regresses(self, issue: Issue, occurrence: Occurrence, release: DatedVersion | None) -> bool:
        # An event that happened before the resolution is only counted, however late it arrives.
        if issue.resolved_at is not None and occurrence.happened_at <= issue.resolved_at:
            return False
        row = self.evidence.resolutions.get(issue.id)
        if row is not None and covers(resolution_of(row), release):
            return False
        return issue.id not in self.evidence.unreleased

    def _regress(self, issue: Issue, occurrence: Occurrence) -> Effect:
        row = self.evidence.resolutions.get(issue.id)
        before = snapshot(issue, row)
        self._regressed.append(issue.id)
        issue.status, issue.substatus = Status.UNRESOLVED, Substatus.REGRESSED
        issue.active_at = max(occurrence.happened_at, issue.last_seen_at)
        entry = self.put_into_inbox(issue, InboxReason.REGRESSION)
        data = _regressed(occurrence, row)
        self.journal.record(issue, Change(data, Facet.STATUS, before, snapshot(issue, entry)))
        return "regressed"

    def _maybe_escalate(self, issue: Issue, occurrence: Occurrence) -> Effect:
        events, ceiling = self.evidence.events_this_hour(issue), self.evidence.ceiling(issue)
        if not is_escalating(events, ceiling):
            return "seen"
        self._escalate(issue, EscalatedData(occurrence.event_id, ceiling, events), snapshot(issue))
        return "escalating"

    def _maybe_unarchive(self, issue: Issue, occurrence: Occurrence) -> Effect:
        snooze = self.evidence.snoozes.get(issue.id)
        if snooze is None or ending(condition_of(snooze), self.evidence.progress(issue, snooze)) in (None, "time"):
            return "seen"
        self._unsnoozed.append(issue.id)
        self._escalate(issue, EscalatedData(occurrence.event_id, ended_snooze=ended_snooze(snooze)), snapshot(issue, snooze))
        return "unarchived"

    def _maybe_escalate_new(self, issue: Issue, occurrence: Occurrence) -> Effect:
        if not is_too_fast(issue.times_seen, self.now - issue.first_seen_at, self.velocity):
            return "seen"
        self._escalate(issue, EscalatedData(occurrence.event_id), snapshot(issue))
        return "escalating"

    def _escalate(self, issue: Issue, data: EscalatedData, before: JSON) -> None:
        """Reopen the issue as escalating, put it into the inbox and raise its priority."""
        issue.status, issue.substatus = Status.UNRESOLVED, Substatus.ESCALATING
        entry = self.put_into_inbox(issue, InboxReason.ESCALATING, data.ended_snooze)
        self.journal.record(issue, Change(data, Facet.STATUS, before, snapshot(issue, entry)))
        self._raise_priority(issue)

    def _raise_priority(self, issue: Issue) -> None:
        """Raise low priority to medium and any other to high, unless somebody has locked it."""
        raised = Priority.MEDIUM if issue.priority == Priority.LOW else Priority.HIGH
        if issue.priority_locked_at is not None or issue.priority == raised:
            return
        before, issue.priority = {"priority": issue.priority, "locked_at": None}, raised
        data = PriorityData(raised, "escalating")
        self.journal.record(issue, Change(data, Facet.PRIORITY, before, {"priority": raised}))


def _regressed(occurrence: Occurrence, row: ResolutionRow | None) -> RegressedData:
    version = occurrence.release or ""
    if row is None:
        return RegressedData(occurrence.event_id, version)
    return RegressedData(occurrence.event_id, version, row.version, compare_as_semver(row.version, version))
