"""Load the data that decides about the issues of a batch, once for all, and keep it up to date event by event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from core.db.events import WindowStore
from core.db.models import Issue, Snooze
from core.db.unit_of_work import PerIssueStore, Row, UnitOfWork
from core.occurrence import Occurrence
from core.rules.escalation import Forecast
from core.rules.snooze import Progress
from core.types import Status, Substatus

_HOUR = timedelta(hours=1)


class Evidence:
    """Snoozes, resolutions, forecasts and counts; ``people`` are the users affected by the batch."""

    def __init__(self, work: UnitOfWork, issues: Sequence[Issue], people: Collection[str], now: datetime) -> None:
        self._now = now
        self._hour = now.replace(minute=0, second=0, microsecond=0)
        archived = [issue for issue in issues if issue.status == Status.ARCHIVED]
        waiting = [issue for issue in archived if issue.substatus == Substatus.UNTIL_ESCALATING]
        resolved = [issue for issue in issues if issue.status == Status.RESOLVED]
        self.snoozes = _rows_by_issue(work.snoozes, archived)
        self.resolutions = _rows_by_issue(work.resolutions, resolved)
        self.unreleased = _unreleased(work, resolved)
        """Resolved issues whose fix is in no release yet."""
        self._waiting = {issue.id for issue in waiting}
        self._forecasts = _rows_by_issue(work.forecasts, waiting)
        hours = work.events.hours([issue.id for issue in waiting], self._hour) if waiting else {}
        self._in_hour = Counter({id_: counts.get(self._hour, 0) for id_, counts in hours.items()})
        self._read_windows(work.windows, people)

    def count(self, issue: Issue, occurrence: Occurrence) -> None:
        """Count one more event of the issue. A new issue has no snooze, so its first event does not matter here."""
        id_, at, person = issue.id, occurrence.happened_at, occurrence.person
        if id_ in self._waiting and self._hour <= at < self._hour + _HOUR:
            self._in_hour[id_] += 1
        if id_ in self._events_since and at > self._events_since[id_]:
            self._events[id_] += 1
        if person and id_ in self._people_since and at > self._people_since[id_] and (id_, person) not in self._met:
            self._met.add((id_, person))
            self._people[id_] += 1

    def events_this_hour(self, issue: Issue) -> int:
        """Return the number of events since the full hour, for an issue archived until it escalates."""
        return self._in_hour[issue.id]

    def ceiling(self, issue: Issue) -> int:
        """Return how many events per hour the issue may have today."""
        row, today = self._forecasts.get(issue.id), self._now.date()
        forecast = Forecast(row.starts_at.date(), tuple(row.ceilings)) if row else Forecast.unknown(today)
        return forecast.ceiling(today)

    def progress(self, issue: Issue, snooze: Snooze) -> Progress:
        """Return how far the issue has come since its snooze began."""
        id_ = issue.id
        events = self._events[id_] if snooze.events_window else issue.times_seen - snooze.events_before
        users = self._people[id_] if snooze.users_window else issue.users_seen - snooze.users_before
        return Progress(self._now, events, users)

    def _read_windows(self, windows: WindowStore, people: Collection[str]) -> None:
        """Read the counts within the windows of the snoozes.

        Windows slide but never start before the archive; within a batch they stand still.
        """
        rows = self.snoozes.items()
        self._events_since = {id_: self._start(row, row.events_window) for id_, row in rows if row.events_window}
        self._people_since = {id_: self._start(row, row.users_window) for id_, row in rows if row.users_window}
        self._events = Counter(windows.events(self._events_since))
        self._people = Counter(windows.people(self._people_since))
        self._met = windows.people_among(self._people_since, people)

    def _start(self, snooze: Snooze, minutes: int) -> datetime:
        return max(snooze.began_at, self._now - timedelta(minutes=minutes))


def _rows_by_issue(table: PerIssueStore[Row], issues: Sequence[Issue]) -> dict[int, Row]:
    return table.of(issues) if issues else {}


def _unreleased(work: UnitOfWork, issues: Sequence[Issue]) -> set[int]:
    links = work.commit_links.newest([issue.id for issue in issues]) if issues else {}
    released = work.windows.released(set(links.values()))
    return {id_ for id_, commit_id in links.items() if commit_id not in released}
