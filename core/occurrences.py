"""An event comes in: a new issue, one seen again, one that regresses, a snooze that is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.activity import Cause, Change, Journal, standing
from core.db.database import Database
from core.db.models import Event, InboxEntry, Issue, Project, Snooze
from core.db.repeated import Repeated
from core.db.unit_of_work import UnitOfWork
from core.errors import DatabaseAway
from core.types import JSON, ActivityType, Facet, InboxReason, Level, Priority, Source, Status, Substatus
from core.until import Condition, Progress, ending

Effect = Literal["new", "seen", "regressed", "unarchived", "duplicate"]

MILESTONES = frozenset({10, 100, 1_000, 10_000, 100_000, 1_000_000})
"""At these counts every copy's numbers are redrawn at once."""
NUMBERS_EVERY = timedelta(minutes=3)
"""Otherwise they are redrawn at most this often: a count is not a change of state."""
_ATTEMPTS = 5

_PRIORITIES = {
    Level.DEBUG: Priority.LOW,
    Level.INFO: Priority.LOW,
    Level.WARNING: Priority.MEDIUM,
    Level.ERROR: Priority.HIGH,
    Level.FATAL: Priority.HIGH,
}
"""The priority an issue is born with (engine.md §8.6)."""


@dataclass(frozen=True)
class Occurrence:
    """One event, read and cleaned by whoever took it in.

    ``hashes`` are its fingerprints, most telling first; ``person`` is whom of the program's users it hit; ``payload`` is what is kept.
    """

    event_id: str
    happened_at: datetime
    hashes: tuple[str, ...]
    title: str
    culprit: str
    message: str
    level: Level
    platform: str
    details: JSON
    person: str | None
    release: str | None
    environment: str | None
    payload: JSON


@dataclass(frozen=True)
class Recorded:
    """What came of an event."""

    event_id: str
    issue_id: int
    effect: Effect


@dataclass(frozen=True)
class Occurrences:
    """Takes events in; what they do to issues is decided in the same transaction that counts them."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def record(self, project_id: int, occurrences: Sequence[Occurrence]) -> list[Recorded]:
        """Stores and counts the events of one project, each id once, and says what came of each."""
        for _ in range(_ATTEMPTS):
            try:
                return self._attempt(project_id, occurrences)
            except Repeated:
                # Another process made the same issue or stored the same event at the same moment; now we shall find it.
                continue
        raise DatabaseAway

    def _attempt(self, project_id: int, occurrences: Sequence[Occurrence]) -> list[Recorded]:
        now = self.clock()
        with self.database.write() as work:
            project = work.events.lock_project(project_id)
            journal = Journal(work, Cause(now, Source.INGEST))
            arrival = _Arrival(work, project, journal, now)
            recorded = [arrival.take(occurrence) for occurrence in occurrences]
            journal.close()
            arrival.tell()
        if any(one.effect != "duplicate" for one in recorded):
            self.on_change()
        return recorded


class _Arrival:
    """The events of one transaction, one after another."""

    def __init__(self, work: UnitOfWork, project: Project, journal: Journal, now: datetime) -> None:
        self._work = work
        self._project = project
        self._journal = journal
        self._now = now
        self._told: dict[int, Issue] = {}
        self._counted: dict[int, Issue] = {}

    def take(self, occurrence: Occurrence) -> Recorded:
        """Stores one event and does what follows from it."""
        if issue_id := self._work.events.issue_of(self._project.id, occurrence.event_id):
            return Recorded(occurrence.event_id, issue_id, "duplicate")
        known = self._work.events.issue_of_hashes(self._project.id, occurrence.hashes)
        issue = known or self._born(occurrence)
        self._work.events.adopt_hashes(issue, occurrence.hashes)
        self._store(issue, occurrence)
        effect: Effect = "new"
        if known:
            self._count(issue, occurrence)
            effect = self._consequence(issue, occurrence)
        return Recorded(occurrence.event_id, issue.id, effect)

    def tell(self) -> None:
        """Promises new and returned issues to the channels that watch, and fresh numbers to those that show the rest."""
        self._work.session.flush()
        if self._told:
            self._work.messages.promise_to_watchers(list(self._told.values()), self._now)
        at_once = [issue.id for issue in self._counted.values() if issue.times_seen in MILESTONES]
        later = [issue.id for issue in self._counted.values() if issue.times_seen not in MILESTONES]
        if at_once:
            self._work.messages.refresh_numbers(at_once, self._now)
        if later:
            self._work.messages.refresh_numbers(later, self._now + NUMBERS_EVERY)

    def _born(self, occurrence: Occurrence) -> Issue:
        self._project.last_number += 1
        priority = _PRIORITIES[occurrence.level]
        issue = Issue(
            project_id=self._project.id,
            number=self._project.last_number,
            version=1,
            status=Status.UNRESOLVED,
            substatus=Substatus.NEW,
            level=occurrence.level,
            priority=priority,
            first_priority=priority,
            title=occurrence.title,
            culprit=occurrence.culprit,
            message=occurrence.message,
            platform=occurrence.platform,
            details=occurrence.details,
            times_seen=1,
            users_seen=0,
            first_seen_at=occurrence.happened_at,
            last_seen_at=occurrence.happened_at,
            active_at=occurrence.happened_at,
        )
        self._work.session.add(issue)
        self._work.session.flush()
        self._into_inbox(issue, InboxReason.NEW)
        self._journal.record(issue, Change(ActivityType.FIRST_SEEN, data={"priority": priority.name.lower()}))
        self._told[issue.id] = issue
        return issue

    def _store(self, issue: Issue, occurrence: Occurrence) -> None:
        self._work.events.add(
            Event(
                project_id=self._project.id,
                issue_id=issue.id,
                event_id=occurrence.event_id,
                happened_at=occurrence.happened_at,
                received_at=self._now,
                release=occurrence.release,
                environment=occurrence.environment,
                payload=occurrence.payload,
            )
        )
        self._work.events.count_hour(issue.id, occurrence.happened_at)
        if occurrence.person and self._work.events.meet(issue.id, occurrence.person, occurrence.happened_at):
            issue.users_seen += 1

    def _count(self, issue: Issue, occurrence: Occurrence) -> None:
        issue.times_seen += 1
        if occurrence.happened_at >= issue.last_seen_at:
            issue.last_seen_at = occurrence.happened_at
            issue.title, issue.culprit, issue.message = occurrence.title, occurrence.culprit, occurrence.message
            issue.level, issue.details = occurrence.level, occurrence.details
        issue.first_seen_at = min(issue.first_seen_at, occurrence.happened_at)
        self._counted[issue.id] = issue

    def _consequence(self, issue: Issue, occurrence: Occurrence) -> Effect:
        # An event that happened before the resolution, however late it comes, only counts (D28).
        if issue.status == Status.RESOLVED and (issue.resolved_at is None or occurrence.happened_at > issue.resolved_at):
            self._regress(issue, occurrence)
            return "regressed"
        if issue.status == Status.ARCHIVED:
            snooze = self._work.snoozes.of([issue]).get(issue.id)
            if snooze and self._is_over(issue, snooze):
                self._unarchive(issue, snooze, occurrence)
                return "unarchived"
        return "seen"

    def _regress(self, issue: Issue, occurrence: Occurrence) -> None:
        before = standing(issue, None, None)
        issue.status, issue.substatus = Status.UNRESOLVED, Substatus.REGRESSED
        issue.active_at = max(occurrence.happened_at, issue.last_seen_at)
        entry = self._into_inbox(issue, InboxReason.REGRESSION)
        data = {"event_id": occurrence.event_id, "version": occurrence.release or ""}
        self._journal.record(issue, Change(ActivityType.SET_REGRESSION, Facet.STATUS, data, before, standing(issue, None, entry)))
        self._told[issue.id] = issue

    def _is_over(self, issue: Issue, snooze: Snooze) -> bool:
        progress = Progress(self._now, issue.times_seen - snooze.events_before, issue.users_seen - snooze.users_before)
        return ending(Condition(None, snooze.events, snooze.users), progress) is not None

    def _unarchive(self, issue: Issue, snooze: Snooze, occurrence: Occurrence) -> None:
        before = standing(issue, snooze, None)
        self._work.snoozes.remove([issue.id])
        issue.status, issue.substatus = Status.UNRESOLVED, Substatus.ESCALATING
        entry = self._into_inbox(issue, InboxReason.ESCALATING)
        expired = {
            "until": snooze.until_at.isoformat() if snooze.until_at else None,
            "count": snooze.events,
            "window": None,
            "user_count": snooze.users,
            "user_window": None,
        }
        data = {"event_id": occurrence.event_id, "expired_snooze": expired}
        self._journal.record(issue, Change(ActivityType.SET_ESCALATING, Facet.STATUS, data, before, standing(issue, None, entry)))
        self._told[issue.id] = issue

    def _into_inbox(self, issue: Issue, reason: InboxReason) -> InboxEntry:
        entry = InboxEntry(issue_id=issue.id, reason=reason, details={}, added_at=self._now)
        self._work.inbox.put([entry])
        return entry
