"""The reference model: the rules for issues as plain Python over plain values, slow and obvious.

It knows nothing of the core. It was written from the decisions in docs/engine.md (D1 to D40), not from the code. Where those leave a question
open, the answer stands in a comment that begins with *Reading*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tests.model.access import Access
from tests.model.releases import Fix, Release, is_old, numbers
from tests.model.unmerging import Unmerging
from tests.model.values import (
    COPIES_MAY_LAG,
    WEEK,
    Happening,
    Issue,
    Snooze,
    Standing,
    Until,
    clock_hour,
)


class Model(Unmerging):
    """All issues of one organization, with what events and the passing of time do to them."""

    def __init__(self, now: datetime, access: Access, ages: Mapping[str, timedelta] | None = None) -> None:
        super().__init__(now, access)
        self.ages = ages or {}
        """After how long an open issue of a project counts as resolved."""
        self.aged_at: dict[str, datetime] = {}

    # Events -----------------------------------------------------------------------------------------------------------

    def take_in(self, happenings: Sequence[Happening]) -> list[str]:
        """What each event of one arrival does; an arrival is one transaction."""
        effects = [self._take_in(one) for one in happenings]
        self._close(None, "ingest")
        return effects

    def _take_in(self, event: Happening) -> str:
        key = (event.project, event.title)
        if any(event.event_id in issue.events for issue in self.issues.values()):
            return "duplicate"
        if key in self.buried:
            self.tombstones[self.buried[key]] += 1
            return "discarded"
        owner = self.fingerprints.get(key)
        issue = self.issues[owner] if owner else self._born(event)
        issue.events[event.event_id] = replace(event, received=self.now)
        self._arrive(event)
        issue.times_seen += 1
        issue.people |= {event.person} if event.person else set()
        hour = clock_hour(event.at)
        issue.hours[hour] = issue.hours.get(hour, 0) + 1
        issue.first_seen, issue.last_seen = min(issue.first_seen, event.at), max(issue.last_seen, event.at)
        return self._consequence(issue, event) if owner else "new"

    def _arrive(self, event: Happening) -> None:
        """The first event of a version makes the release; what waited for the next one has it now."""
        releases = self.releases.setdefault(event.project, [])
        if event.release is None or any(release.version == event.release for release in releases):
            return
        releases.append(Release(event.release, self.now))
        for issue in self.issues.values():
            fix = issue.standing.fix
            if issue.project == event.project and fix and fix.waits and fix.resolved <= self.now and not is_old(fix, event.release, self.now):
                answered = replace(fix, version=event.release, added=self.now, waits=False)
                issue.standing = replace(issue.standing, fix=answered)

    def _explains(self, fix: Fix | None, event: Happening) -> bool:
        added = next((release.added for release in self.releases[event.project] if release.version == event.release), self.now)
        return fix is not None and is_old(fix, event.release, added)

    def _born(self, event: Happening) -> Issue:
        number = self.born[event.project] = self.born.get(event.project, 0) + 1
        standing = Standing("unresolved", "new", inbox=("new", self.now, None))
        issue = Issue(sum(self.born.values()), event.project, number, event.at, event.at, standing)
        self.issues[issue.id] = issue
        self.fingerprints[event.project, event.title] = issue.id
        self._record(issue, "first_seen", None, None)
        return issue

    def _consequence(self, issue: Issue, event: Happening) -> str:
        standing = issue.standing
        # An event from before the resolution, however late it arrives, is only counted.
        if standing.status == "resolved" and standing.resolved_at is not None and event.at > standing.resolved_at:
            if self._explains(standing.fix, event):
                return "seen"
            opened = replace(standing, status="unresolved", substatus="regressed", inbox=("regression", self.now, None), fix=None)
            self._stand(issue, "set_regression", opened, said=_regression(standing.fix, event.release or ""))
            return "regressed"
        if standing.status == "ignored" and standing.substatus == "archived_until_escalating":
            return self._escalate(issue, "escalating") if issue.hours.get(clock_hour(self.now), 0) > self._ceiling(issue) else "seen"
        if standing.status == "ignored" and standing.snooze and self.is_over(issue, standing.snooze):
            return self._escalate(issue, "unarchived")
        return "seen"

    def is_over(self, issue: Issue, snooze: Snooze) -> bool:
        """Return whether the number of events or users is reached. The scheduler handles the time."""
        until = snooze.until
        events, people = issue.times_seen - snooze.events_before, len(issue.people) - snooze.users_before
        if until.events_window:
            events = len(self._since(issue, snooze, until.events_window))
        if until.users_window:
            people = len({event.person for event in self._since(issue, snooze, until.users_window)} - {None})
        return (until.events is not None and events >= until.events) or (until.users is not None and people >= until.users)

    def _since(self, issue: Issue, snooze: Snooze, minutes: int) -> list[Happening]:
        # Reading: a window uses the times at which events happened, so a late event from before the archive is outside of it.
        since = max(snooze.began_at, self.now - timedelta(minutes=minutes))
        return [event for event in issue.events.values() if event.at > since and self._joined_with(event) is None]

    def _escalate(self, issue: Issue, effect: str) -> str:
        escalating = Standing("unresolved", "escalating", issue.standing.resolved_at, None, ("escalating", self.now, _ended(issue)))
        self._stand(issue, "set_escalating", escalating)
        raised = "medium" if issue.priority == "low" else "high"
        if issue.locked_at is None and issue.priority != raised:
            self._record(issue, "set_priority", "priority", (issue.priority, None))
            issue.priority = raised
        return effect

    # The scheduler ----------------------------------------------------------------------------------------------------

    def lift_snoozes(self) -> int:
        """End the archives whose time has come. A deleted issue keeps its snooze until it is restored."""
        due = [issue for issue in self.issues.values() if issue.status == "ignored" and (at := _end(issue)) and at <= self.now]
        for issue in due:
            inbox = ("ongoing", self.now, _ended(issue))
            self._stand(issue, "set_unresolved", Standing("unresolved", "ongoing", issue.standing.resolved_at, None, inbox))
        self._close(None, "scheduler")
        return len(due)

    def begin_purges(self) -> int:
        due = [issue for issue in self.issues.values() if issue.status == "pending_deletion" and issue.purge_at and issue.purge_at <= self.now]
        for issue in due:
            self._stand(issue, "purge", replace(issue.standing, status="deletion_in_progress"), "lifecycle")
        self._close(None, "scheduler")
        return len(due)

    def purge(self) -> None:
        """Until nothing is left to do: events at once, the issue when its copies say so, or have not for a day."""
        for issue in [one for one in self.issues.values() if one.status == "deletion_in_progress"]:
            issue.events = {}
            lags = issue.shown < issue.version
            if not lags or (issue.purge_at and issue.purge_at < self.now - COPIES_MAY_LAG):
                children = [self.issues[id_] for id_ in self.issues if self.redirects.get(str(id_)) == issue.id]
                for gone in (issue, *children):
                    del self.issues[gone.id]
                    self.purged.update(gone.names)
                    for name in gone.names:
                        self.redirects.pop(name, None)

    def settle(self) -> int:
        since = self.now - WEEK
        due = [issue for issue in self.issues.values() if _is_unsettled(issue, since)]
        for issue in due:
            was_escalating = issue.standing.substatus == "escalating"
            self._stand(issue, "auto_set_ongoing", replace(issue.standing, substatus="ongoing", inbox=None))
            if was_escalating and issue.locked_at is None and issue.priority != "high":
                self._record(issue, "set_priority", "priority", (issue.priority, None))
                issue.priority = "high"
        self._close(None, "scheduler")
        return len(due) + self._clear_inbox(since)

    def _clear_inbox(self, since: datetime) -> int:
        """D40. Reading: nobody did anything, so it is no change and stands in no log."""
        due = [issue for issue in self.issues.values() if issue.standing.inbox and issue.standing.inbox[1] <= since]
        for issue in due:
            issue.standing = replace(issue.standing, inbox=None)
        return len(due)

    def resolve_by_age(self) -> int:
        """D35. A project is looked at once an hour."""
        due = []
        for project, age in self.ages.items():
            if project not in self.aged_at or self.aged_at[project] <= self.now - timedelta(hours=1):
                due += [issue for issue in self.issues.values() if issue.project == project and _is_silent(issue, self.now - age)]
                self.aged_at[project] = self.now
        for issue in due:
            self._stand(issue, "set_resolved_by_age", Standing("resolved", None, self.now))
        self._close(None, "scheduler")
        return len(due)

    def refresh_forecasts(self) -> int:
        today = self.now.date()
        waiting = [issue for issue in self.issues.values() if issue.standing.substatus == "archived_until_escalating" and issue.status == "ignored"]
        due = [issue for issue in waiting if issue.forecast and issue.forecast[0] < today]
        for issue in due:
            if not self._forecast(issue):
                issue.forecast = (today, self._ceiling(issue))
        return len(due)

    def deadlines(self) -> list[datetime]:
        """When the next things fall due by themselves."""
        ends = [_end(issue) for issue in self.issues.values()]
        moments = [*ends, *(issue.purge_at for issue in self.issues.values()), *(issue.first_seen + WEEK for issue in self.issues.values())]
        moments += [issue.standing.inbox[1] + WEEK for issue in self.issues.values() if issue.standing.inbox]
        moments += [max(issue.last_seen, issue.opened_at or issue.last_seen) + self.ages[issue.project] for issue in self._aging()]
        return sorted({moment for moment in moments if moment and moment > self.now})

    def _aging(self) -> list[Issue]:
        return [issue for issue in self.issues.values() if issue.status == "unresolved" and issue.project in self.ages]


def _regression(fix: Fix | None, version: str) -> tuple[str, str | None, bool | None]:
    return (version, fix.version, bool(numbers(fix.version) and numbers(version))) if fix else (version, None, None)


def _is_silent(issue: Issue, since: datetime) -> bool:
    return issue.status == "unresolved" and issue.last_seen <= since and (issue.opened_at is None or issue.opened_at <= since)


def _ended(issue: Issue) -> Until | None:
    return issue.standing.snooze.until if issue.standing.snooze else None


def _is_unsettled(issue: Issue, since: datetime) -> bool:
    moved = [entry.at for entry in issue.log if entry.facet == "status" and entry.at and entry.at > since]
    return issue.status == "unresolved" and issue.standing.substatus != "ongoing" and issue.first_seen <= since and not moved


def _end(issue: Issue) -> datetime | None:
    return issue.standing.snooze.until.at if issue.standing.snooze else None
