"""Do what is due: end snoozes, carry out deletions, forget old requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.activity_data import OngoingData, PlainData, PriorityData, ResolvedByAgeData
from core.db.database import Database
from core.db.models import InboxEntry
from core.issues.actions.archive import forecast_rows
from core.issues.activity import Cause, Change, Journal, snapshot
from core.rules.escalation import hourly_rate, velocity_threshold
from core.types import ActivityType, Facet, InboxReason, Priority, Source, Status, Substatus

REQUEST_RETENTION = timedelta(days=1)
"""How long a repeated request has no effect. Slack and Teams repeat within minutes."""
SETTLE_AFTER = timedelta(days=7)
"""How long an issue stays new, regressed, or escalating."""
MAX_COPY_LAG = timedelta(days=1)
"""How long a purge waits for the last redraw of its copies; the sender also gives up after 24 hours."""

AGE_CHECK_INTERVAL = timedelta(hours=1)
"""How long a project is skipped after all its old issues were resolved."""
VELOCITY_LIFETIME = timedelta(hours=24)
"""How long a project's threshold for new issues stays valid."""


@dataclass(frozen=True)
class Timers:
    """Finds due work and does it, one bounded transaction at a time. Each method returns the number of items done; 0 means that nothing is left."""

    database: Database
    clock: Callable[[], datetime]
    on_change: Callable[[], None]

    def lift_snoozes(self, limit: int = 200) -> int:
        """End the archives whose time has come: the issues become open and ongoing, and return to the inbox."""
        now = self.clock()
        with self.database.read() as work:
            # Nearly always nothing is due, and a read waits for no lock.
            if not work.deadlines.has_expired_snoozes(now):
                return 0
        with self.database.write() as work:
            issues = work.issues.relock(work.deadlines.expired_snoozes(now, limit))
            # Read again after locking the issues: somebody may have archived one of them again.
            snoozes = {id_: row for id_, row in work.snoozes.of(issues).items() if row.until_at and row.until_at <= now}
            journal = Journal(work, Cause(now, Source.SCHEDULER))
            ended = [issue for issue in issues if issue.id in snoozes and issue.status == Status.ARCHIVED]
            entries = [InboxEntry(issue_id=issue.id, reason=InboxReason.ONGOING, details={}, added_at=now) for issue in ended]
            for issue, entry in zip(ended, entries, strict=True):
                before = snapshot(issue, snoozes[issue.id], None)
                issue.status, issue.substatus = Status.UNRESOLVED, Substatus.ONGOING
                change = Change(PlainData(ActivityType.SET_UNRESOLVED), Facet.STATUS, before, snapshot(issue, None, entry))
                journal.record(issue, change)
            work.inbox.put(entries)
            work.snoozes.remove(issue.id for issue in ended)
            journal.close()
        if ended:
            self.on_change()
        return len(ended)

    def begin_purges(self, limit: int = 200) -> int:
        """Make due deletions final, and mark their copies for a redraw."""
        now = self.clock()
        with self.database.write() as work:
            issues = work.issues.relock(work.deadlines.due_deletions(now, limit))
            journal = Journal(work, Cause(now, Source.SCHEDULER))
            due = {id_ for id_, row in work.deletions.of(issues).items() if row.due_at <= now}
            starting = [issue for issue in issues if issue.id in due and issue.status == Status.PENDING_DELETION]
            for issue in starting:
                before = snapshot(issue, None, None)
                issue.status = Status.DELETION_IN_PROGRESS
                journal.record(issue, Change(PlainData(ActivityType.PURGE), Facet.LIFECYCLE, before, snapshot(issue, None, None)))
            journal.close()
        if starting:
            self.on_change()
        return len(starting)

    def purge(self, limit: int = 1000) -> int:
        """Remove events of issues that are being purged, and then the issues themselves once their copies show it."""
        with self.database.write() as work:
            gone = work.deadlines.purge_events(limit)
            # Each issue takes its activities and notes with it, so a batch has fewer issues than events.
            return gone or work.deadlines.purge_issues(self.clock(), MAX_COPY_LAG, max(1, limit // 10))

    def move_merged_events(self, limit: int = 1000) -> int:
        """Move the events of merged issues to their primaries; return the number moved."""
        with self.database.write() as work:
            return work.merges.move_events(limit)

    def refresh_forecasts(self, limit: int = 200) -> int:
        """Recompute the forecasts of archived issues once a day, from their events of the last week."""
        now = self.clock()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        with self.database.write() as work:
            issues = work.issues.relock(work.deadlines.old_forecasts(midnight, limit))
            rows = forecast_rows(work, issues, now)
            # An issue without events in the last week has no new forecast, so it keeps its old ceilings.
            old = work.forecasts.of(issues)
            for row in rows:
                old.pop(row.issue_id, None)
            work.forecasts.put(rows)
            for row in old.values():
                row.starts_at = midnight
            return len(issues)

    def settle(self, limit: int = 200) -> int:
        """Make issues ongoing that were new, regressed, or escalating for a week: out of the inbox, with their first priority."""
        now = self.clock()
        with self.database.write() as work:
            found = work.issues.relock(work.deadlines.unsettled(now - SETTLE_AFTER, limit))
            # Somebody may have changed one of them between the look and the lock.
            still = set(work.deadlines.unsettled(now - SETTLE_AFTER, limit))
            issues = [issue for issue in found if issue.id in still]
            entries = work.inbox.of(issues)
            journal = Journal(work, Cause(now, Source.SCHEDULER))
            for issue in issues:
                before, was_escalating = snapshot(issue, entries.get(issue.id)), issue.substatus == Substatus.ESCALATING
                issue.substatus = Substatus.ONGOING
                journal.record(issue, Change(OngoingData(SETTLE_AFTER.days), Facet.STATUS, before, snapshot(issue)))
                if was_escalating and issue.priority_locked_at is None and issue.priority != issue.first_priority:
                    old, issue.priority = {"priority": issue.priority, "locked_at": None}, issue.first_priority
                    data = PriorityData(Priority(issue.priority), "ongoing")
                    journal.record(issue, Change(data, Facet.PRIORITY, old, {"priority": issue.priority}))
            work.inbox.remove(entries)
            journal.close()
        if issues:
            self.on_change()
        return len(issues)

    def resolve_by_age(self, limit: int = 200) -> int:
        """Resolve issues without events for longer than their project's limit. Checks each project once an hour."""
        now = self.clock()
        with self.database.write() as work:
            ages = work.deadlines.resolve_ages(now - AGE_CHECK_INTERVAL)
            ends = {project_id: now - timedelta(hours=hours) for project_id, hours in ages.items()}
            found = work.deadlines.inactive_issues(ends, limit)
            locked = work.issues.relock(found)
            # An event may have come between the look and the lock.
            issues = [issue for issue in locked if issue.status == Status.UNRESOLVED and issue.last_seen_at <= ends[issue.project_id]]
            entries = work.inbox.of(issues)
            journal = Journal(work, Cause(now, Source.SCHEDULER))
            for issue in issues:
                before, data = snapshot(issue, entries.get(issue.id)), ResolvedByAgeData(ages[issue.project_id])
                issue.status, issue.substatus, issue.resolved_at = Status.RESOLVED, None, now
                journal.record(issue, Change(data, Facet.STATUS, before, snapshot(issue)))
            work.inbox.remove(entries)
            journal.close()
        if issues:
            self.on_change()
        if ages and len(found) < limit:
            # Not in the same transaction: events lock their project before their issues, so the reverse order could deadlock.
            with self.database.write() as work:
                work.deadlines.mark_ages_checked(ages, now)
        return len(issues)

    def refresh_velocities(self, limit: int = 20) -> int:
        """Recompute once a day, for each project, how many events an hour make a new issue escalate."""
        now = self.clock()
        with self.database.read() as work:
            velocities = work.velocities
            rates = {
                project_id: [hourly_rate(events, now - first_seen_at) for first_seen_at, events in velocities.counts(project_id, now)]
                for project_id in velocities.stale(now - VELOCITY_LIFETIME, limit)
            }
        if rates:
            with self.database.write() as work:
                work.velocities.put({project_id: velocity_threshold(known) for project_id, known in rates.items()}, now)
        return len(rates)

    def forget_requests(self) -> int:
        """Forget requests that are too old to be repeated."""
        with self.database.write() as work:
            return work.forget_requests(self.clock() - REQUEST_RETENTION)
