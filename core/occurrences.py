"""An event comes in: a new issue, one seen again, one that regresses, a snooze that is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.activity import Cause, Change, Journal
from core.consequences import Consequences, Effect
from core.db.database import Database
from core.db.models import Event, Issue, Project
from core.db.repeated import Repeated
from core.db.unit_of_work import UnitOfWork
from core.errors import DatabaseAway
from core.types import JSON, ActivityType, InboxReason, Level, Priority, Source, Status, Substatus

LONGEST_TAG = 200
"""Characters of a tag's value that are kept."""
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
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Recorded:
    """What came of an event. A discarded one belongs to no issue: its number is 0."""

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
            work.events.lock_owners(project_id, [hash_ for occurrence in occurrences for hash_ in occurrence.hashes])
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
        self._consequences = Consequences(work, journal, now)
        self._told: dict[int, Issue] = {}
        self._counted: dict[int, Issue] = {}

    def take(self, occurrence: Occurrence) -> Recorded:
        """Stores one event and does what follows from it."""
        if issue_id := self._work.events.issue_of(self._project.id, occurrence.event_id):
            return Recorded(occurrence.event_id, issue_id, "duplicate")
        known = self._work.events.issue_of_hashes(self._project.id, occurrence.hashes)
        # Looked for once the issue is locked: a discard may have come first.
        if tombstone_id := self._work.tombstones.met(self._project.id, occurrence.hashes):
            self._work.tombstones.count(tombstone_id, self._now)
            return Recorded(occurrence.event_id, 0, "discarded")
        issue = known or self._born(occurrence)
        self._work.events.adopt_hashes(issue, occurrence.hashes)
        self._store(issue, occurrence)
        effect: Effect = "new"
        if known:
            self._count(issue, occurrence)
            effect = self._consequences.of(issue, occurrence)
            if effect != "seen":
                self._told[issue.id] = issue
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
        self._consequences.into_inbox(issue, InboxReason.NEW)
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
                person=occurrence.person,
                hash=occurrence.hashes[0],
                payload=occurrence.payload,
            )
        )
        self._work.events.count_hour(issue.id, occurrence.happened_at)
        self._work.tags.count(issue.id, _tags(occurrence), occurrence.happened_at)
        if occurrence.release:
            self._work.releases.note_event(self._project.organisation_id, self._project.id, issue.id, occurrence.release, self._now)
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


def _tags(occurrence: Occurrence) -> list[tuple[str, str]]:
    """The event's tags, with those that every event has."""
    known = (("environment", occurrence.environment), ("release", occurrence.release))
    return [*occurrence.tags, *((key, value[:LONGEST_TAG]) for key, value in known if value)]
