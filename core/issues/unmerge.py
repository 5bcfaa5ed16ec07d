"""Unmerge: split fingerprints off an issue. They move to a new issue, with their stored events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.activity_data import FirstSeenData, UnmergeDestinationData, UnmergeSourceData
from core.db.database import Database
from core.db.merging import MovedCounts
from core.db.models import Event, Issue
from core.db.unit_of_work import PerIssueStore, Row, UnitOfWork
from core.db.watches import IssueNews
from core.errors import LeavingIssue, TooLate, TriageError, UnknownIssue
from core.issues.actions.archive import forecast_rows
from core.issues.actions.roles import UNMERGE, refuse_less
from core.issues.activity import Cause, Change, Journal
from core.rules import titles
from core.types import OPEN_TO_TRIAGE, Actor, Facet, Level, Priority, Source, Status, Substatus


class NotItsOwn(TriageError):
    """{issue} has none of these fingerprints (any more). Nothing was changed."""


@dataclass(frozen=True)
class UnmergeRequest:
    """The issue, and the fingerprints that become an issue of their own."""

    organization_id: int
    issue: int | str
    hashes: tuple[str, ...]
    source: Source
    actor: Actor | None = None


@dataclass(frozen=True)
class Unmerging:
    """Splits issues, each in one transaction."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def apply(self, request: UnmergeRequest) -> int:
        """Move the given fingerprints of the issue to a new issue; return the number of the new issue.

        The new issue gets a copy of the old issue's status and everything that depends on it. Raises NotItsOwn, NotAllowed, or the error for an
        unknown issue.
        """
        refuse_less(request.actor, UNMERGE)
        now = self.clock()
        with self.database.write() as work:
            source = _lock_issue(work, request)
            rows = work.unmerges
            hashes = rows.lock_owned_hashes(source, request.hashes)
            if not hashes:
                raise NotItsOwn(issue=work.issues.short_id(source.id))
            new = _create_issue(work, source, now)
            old = (source.times_seen, source.users_seen)
            counts = rows.move(source, new, hashes)
            rows.add_counts(new, counts)
            rows.subtract_counts(source, counts)
            _describe(source, rows.oldest_and_newest(source))
            _describe(new, rows.oldest_and_newest(new))
            _move_counts(work, source, new, counts)
            _copy_state(work, source, new, now)
            _correct_snoozes(work, source, new, old)
            journal = Journal(work, Cause(now, request.source, request.actor.user_id if request.actor else None))
            _record(journal, source, new, hashes)
            journal.close()
            work.watch_matches.record_matches([IssueNews(new, frozenset({"new"}), new.times_seen)], now)
        self.on_change()
        return new.id


def _lock_issue(work: UnitOfWork, request: UnmergeRequest) -> Issue:
    """Lock the project before the issue, in the same order as incoming events."""
    found = work.issues.one(request.organization_id, request.issue)
    if found is None:
        purged = work.issues.is_purged(request.organization_id, request.issue)
        raise TooLate(issue=request.issue) if purged else UnknownIssue(name=request.issue)
    work.events.lock_project(found[1].id)
    issue = work.issues.relock([found[0].id])[0]
    if issue.status == Status.PENDING_DELETION:
        raise LeavingIssue(issue=work.issues.short_id(issue.id))
    if issue.status not in OPEN_TO_TRIAGE:
        raise UnknownIssue(name=request.issue)
    return issue


def _create_issue(work: UnitOfWork, source: Issue, now: datetime) -> Issue:
    project = work.events.lock_project(source.project_id)
    project.last_number += 1
    kept = ("level", "priority", "first_priority", "priority_locked_at", "title", "culprit", "message", "platform", "details", "only_source")
    standing = ("status", "substatus", "resolved_at")
    new = Issue(
        project_id=source.project_id,
        number=project.last_number,
        version=1,
        times_seen=0,
        users_seen=0,
        comments=0,
        first_seen_at=now,
        last_seen_at=now,
        active_at=source.active_at,
        **{name: getattr(source, name) for name in (*kept, *standing)},
    )
    work.add(new)
    return new


def _describe(issue: Issue, ends: tuple[Event, Event] | None) -> None:
    """Give the issue the title, the level and the times of its stored events. Without stored events, keep them."""
    if ends is None:
        return
    oldest, newest = ends
    issue.first_seen_at, issue.last_seen_at = oldest.happened_at, newest.happened_at
    issue.title, issue.culprit = titles.title(newest.payload), titles.culprit(newest.payload)
    issue.message, issue.details = titles.message(newest.payload), titles.metadata(newest.payload)
    if level := {level.name.lower(): level for level in Level}.get(str(newest.payload.get("level"))):
        issue.level = level


def _move_counts(work: UnitOfWork, source: Issue, new: Issue, counts: MovedCounts) -> None:
    # Events that are no longer stored stay with the old issue.
    source.times_seen = max(source.times_seen - counts.events, 0)
    source.users_seen = work.merges.people(source)
    new.times_seen, new.users_seen = counts.events, len(counts.people)


def _copy_state(work: UnitOfWork, source: Issue, new: Issue, now: datetime) -> None:
    """Copy what ends the archive, the resolution and the place in the inbox."""
    if snooze := _copied_row(work.snoozes, source, new):
        work.snoozes.put([snooze])
    if entry := _copied_row(work.inbox, source, new):
        work.inbox.put([entry])
    if resolution := _copied_row(work.resolutions, source, new):
        work.resolutions.put([resolution])
    if forecast := _copied_row(work.forecasts, source, new):
        work.forecasts.put([forecast])
    work.forecasts.put(forecast_rows(work, [issue for issue in (source, new) if issue.substatus == Substatus.UNTIL_ESCALATING], now))
    for commit_id in work.commit_links.newest([source.id]).values():
        work.commit_links.add([new.id], commit_id, new.last_seen_at)


def _correct_snoozes(work: UnitOfWork, source: Issue, new: Issue, old: tuple[int, int]) -> None:
    """Make each snooze count the events of its own issue since the archive; neither comes nearer to its end.

    ``old`` is the number of events and of people that the source had before.
    """
    work.session.flush()
    rows = work.snoozes.of([source, new])
    if not rows:
        return
    snooze, copy = rows[source.id], rows[new.id]
    events, people = max(old[0] - snooze.events_before, 0), max(old[1] - snooze.users_before, 0)
    _, left_people = work.progress.since(source, snooze.began_at)
    moved_events, moved_people = work.progress.since(new, snooze.began_at)
    moved_events = min(moved_events, events)
    # Events that are not stored any more stay with the source, and count there as they did.
    snooze.events_before = source.times_seen - (events - moved_events)
    snooze.users_before = source.users_seen - min(left_people, people)
    copy.events_before, copy.users_before = new.times_seen - moved_events, new.users_seen - min(moved_people, people)


def _copied_row(table: PerIssueStore[Row], source: Issue, new: Issue) -> Row | None:
    row = table.of([source]).get(source.id)
    if row is None:
        return None
    columns = [column.key for column in type(row).__mapper__.column_attrs]
    return type(row)(**{name: getattr(row, name) for name in columns} | {"issue_id": new.id})


def _record(journal: Journal, source: Issue, new: Issue, hashes: Sequence[str]) -> None:
    journal.record(new, Change(FirstSeenData(Priority(new.first_priority))))
    moved = {"hashes": list(hashes)}
    journal.record(source, Change(UnmergeSourceData(new.id, tuple(hashes)), Facet.LIFECYCLE, moved, {"unmerged": new.id}))
    journal.record(new, Change(UnmergeDestinationData(source.id, tuple(hashes)), Facet.LIFECYCLE, after=moved))
