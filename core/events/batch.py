"""Process the events of one transaction: route them to issues, count them, and apply their effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.activity_data import FirstSeenData
from core.db.columns import DuplicateRow
from core.db.event_batches import ReleaseBatchStore
from core.db.models import Issue, Project
from core.db.unit_of_work import UnitOfWork
from core.events.effects import Effects
from core.events.evidence import Evidence
from core.events.routing import Route, Routing
from core.events.rows import event_row, issue_row, title_columns
from core.events.watch_news import notify_watches
from core.issues.activity import Change, Journal
from core.occurrence import Effect, Occurrence, Recorded
from core.rules.escalation import known_velocity
from core.rules.event_counts import EventCounts
from core.types import InboxReason, Priority


class Batch:
    """Reads everything at the start, decides event by event in memory, and writes at the end."""

    def __init__(self, work: UnitOfWork, project: Project, journal: Journal, now: datetime) -> None:
        self._work = work
        self._project = project
        self._journal = journal
        self._now = now
        self._rows = work.batches

    def take(self, occurrences: Sequence[Occurrence]) -> list[Recorded]:
        """Store the events and apply their effects; return the outcome of each."""
        issues, routes = self._route(occurrences)
        taken = [route for route in routes if route.is_stored]
        touched = list({route.number: issues[route.number] for route in taken}.values())
        seen_before = {issue.id: issue.times_seen for issue in touched}
        state = self._load_state(issues, taken)
        recorded = [state.record(route, issues.get(route.number)) for route in routes]
        if touched:
            self._write(state, touched)
            notify_watches(self._work, touched, seen_before, recorded, self._now)
        return recorded

    def _route(self, occurrences: Sequence[Occurrence]) -> tuple[dict[int, Issue], list[Route]]:
        """Return the issues of all events by number, including new ones, and the route of each event."""
        rows, project = self._rows, self._project
        stored = rows.stored_events(project.id, {occurrence.event_id for occurrence in occurrences})
        hashes = {hash_ for occurrence in occurrences if occurrence.event_id not in stored for hash_ in occurrence.hashes}
        locked = {issue.id: issue for issue in rows.lock_issues(project.id, hashes)}
        owners, tombstones = rows.fingerprints(project.id, hashes)
        if not locked.keys() >= set(owners.values()):
            # While we waited for the locks, a merge or a restore moved a fingerprint to an issue that we have not locked.
            raise DuplicateRow("hashes")
        routing = Routing(stored, {hash_: locked[id_].number for hash_, id_ in owners.items()}, tombstones, project.last_number)
        routes = [routing.route(occurrence) for occurrence in occurrences]
        project.last_number = routing.last_number
        rows.count_discarded(routing.discarded, self._now)
        born = rows.insert_issues([issue_row(occurrence, project.id, number) for number, occurrence in routing.new_issues.items()])
        issues = {issue.number: issue for issue in (*locked.values(), *born)}
        rows.assign_hashes(project.id, {hash_: issues[number].id for hash_, number in routing.new_owners.items()})
        return issues, routes

    def _load_state(self, issues: Mapping[int, Issue], taken: Sequence[Route]) -> _BatchState:
        """Read the data that decides what happens to the issues."""
        met: dict[tuple[int, str], datetime] = {}
        for route in taken:
            if person := route.occurrence.person:
                met.setdefault((issues[route.number].id, person), route.occurrence.happened_at)
        releases = ReleaseBatchStore(self._work.session, self._project, self._now)
        releases.add_missing({route.occurrence.release for route in taken if route.occurrence.release})
        known = {route.number: issues[route.number] for route in taken if route.kind == "known"}
        evidence = Evidence(self._work, list(known.values()), {person for _, person in met}, self._now)
        velocity = known_velocity(self._project.velocity, self._project.velocity_at, self._now)
        return _BatchState(self._journal, Effects(self._journal, evidence, velocity, self._now), releases, self._rows.add_people(met))

    def _write(self, state: _BatchState, touched: Sequence[Issue]) -> None:
        project_id, now = self._project.id, self._now
        self._rows.insert_events([event_row(route, project_id, issue_id, now) for issue_id, route in state.events])
        self._rows.add_counts(state.counts)
        state.update_titles()
        self._rows.mark_modified(touched)
        state.releases.record_seen(state.counts.versions)
        self._journal.close()
        state.effects.write(self._work)
        self._work.session.flush()


class _BatchState:
    """Processes one event after another; each sees the effects of those before it."""

    def __init__(self, journal: Journal, effects: Effects, releases: ReleaseBatchStore, first_met: set[tuple[int, str]]) -> None:
        self.effects = effects
        self.releases = releases
        self.counts = EventCounts()
        self.events: list[tuple[int, Route]] = []
        """The events to store, each with its issue id."""
        self._journal = journal
        self._first_met = first_met
        self._newest: dict[int, tuple[Issue, Occurrence]] = {}

    def update_titles(self) -> None:
        """Give each issue the title of its newest event."""
        for issue, occurrence in self._newest.values():
            for name, value in title_columns(occurrence).items():
                setattr(issue, name, value)

    def record(self, route: Route, issue: Issue | None) -> Recorded:
        """Count the next event and return its outcome."""
        occurrence = route.occurrence
        if issue is None or route.kind == "duplicate":
            leads: Effect = "duplicate" if route.kind == "duplicate" else "discarded"
            return Recorded(occurrence.event_id, issue.id if issue else route.issue_id, leads)
        self.events.append((issue.id, route))
        self.counts.add(issue.id, occurrence)
        self._count(issue, occurrence)
        self.releases.resolve_pending(occurrence.release)
        return Recorded(occurrence.event_id, issue.id, self._on_new_issue(issue) if route.kind == "new" else self._on_known_issue(issue, occurrence))

    def _count(self, issue: Issue, occurrence: Occurrence) -> None:
        at = occurrence.happened_at
        issue.times_seen += 1
        if issue.only_source != occurrence.door:
            issue.only_source = None
        if occurrence.person and (issue.id, occurrence.person) in self._first_met:
            self._first_met.remove((issue.id, occurrence.person))
            issue.users_seen += 1
        if at >= issue.last_seen_at:
            issue.last_seen_at, self._newest[issue.id] = at, (issue, occurrence)
        elif at < issue.first_seen_at:
            issue.first_seen_at = at

    def _on_new_issue(self, issue: Issue) -> Effect:
        self.effects.put_into_inbox(issue, InboxReason.NEW)
        self._journal.record(issue, Change(FirstSeenData(Priority(issue.priority))))
        return "new"

    def _on_known_issue(self, issue: Issue, occurrence: Occurrence) -> Effect:
        return self.effects.apply_event(issue, occurrence, self.releases.of(occurrence.release))
