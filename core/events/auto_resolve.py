"""Resolve issues when a monitoring system reports the end of an alert, and reopen them when the alert goes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.activity_data import PlainData, RegressedData
from core.db.database import Database
from core.db.models import InboxEntry, Issue
from core.events.record import Recorded
from core.events.routing import deciding_hash
from core.issues.actions.base import Action, Context
from core.issues.actions.outcomes import ResolveOutcome, UnresolveOutcome
from core.issues.activity import Change
from core.issues.engine import UpdateEngine
from core.issues.requests import UpdateRequest
from core.types import ActivityType, ByIds, Facet, InboxReason, Source, Status, Substatus


@dataclass(frozen=True)
class Ending:
    """A reported end: issues known by these fingerprints, one for each version of the grouping rules, ended at ``ended_at``."""

    hashes: tuple[str, ...]
    ended_at: datetime


@dataclass(frozen=True)
class Ended:
    """How many issues were resolved, and how many stayed open because they also had events from elsewhere."""

    resolved: int
    kept: int


@dataclass(frozen=True)
class AutoResolve:
    """Resolves and reopens issues as reported, through the same engine as every other change."""

    database: Database
    engine: UpdateEngine

    def resolve(self, project_id: int, endings: Sequence[Ending], source: Source, *, is_trusted: bool, door: str | None = None) -> Ended:
        """Resolve the project's open issues that have ended. Ignores unknown fingerprints.

        Unless ``is_trusted``, the report was signed with the public key only, which anyone can know. Then only issues are resolved whose events all
        came by the same ``door`` (see ``Occurrence``), which by default has the name of the source.
        """
        with self.database.read() as work:
            fingerprints = work.fingerprints
            owners = fingerprints.owners(project_id, {hash_ for ending in endings for hash_ in ending.hashes})
            latest = _latest(endings, owners)
            kept = set() if is_trusted else fingerprints.open_from_elsewhere(set(latest), door or source)
        ended_at = {issue_id: at for issue_id, at in latest.items() if issue_id not in kept}
        action = End(ended_at, only_source=None if is_trusted else door or source)
        return Ended(self._apply(project_id, ended_at, action, source), len(kept))

    def reopen(self, project_id: int, recorded: Sequence[Recorded], source: Source) -> int:
        """Reopen the issues that the source had closed and now reports again; return how many.

        What is reported again is not old: it counts as received now, so that no issue is resolved by age while its alert fires.
        """
        event_ids = {event.issue_id: event.event_id for event in recorded if event.effect == "duplicate"}
        if event_ids:
            with self.database.write() as work:
                work.events.mark_received(project_id, event_ids.values(), self.engine.clock())
        return self._apply(project_id, event_ids, Resume(event_ids), source)

    def _apply(self, project_id: int, issue_ids: Collection[int], action: Action, source: Source) -> int:
        with self.database.read() as work:
            project = work.accounts.project(project_id)
        if project is None or not issue_ids:
            return 0
        request = UpdateRequest(project.organization_id, ByIds(tuple(issue_ids), project_id), [action], source)
        return len(self.engine.apply(request).changed)


def _latest(endings: Sequence[Ending], owners: Mapping[str, int]) -> dict[int, datetime]:
    """Return when each issue ended that events of these fingerprints go to; the latest time if several of its fingerprints ended."""
    ended_at: dict[int, datetime] = {}
    for ending in endings:
        if (hash_ := deciding_hash(ending.hashes, owners)) is not None:
            ended_at[owners[hash_]] = max(ended_at.get(owners[hash_], ending.ended_at), ending.ended_at)
    return ended_at


@dataclass(frozen=True)
class End:
    """Resolve issues, each at its own moment; ``ended_at`` maps issue ids to times. ``only_source`` limits it to issues whose events all came from
    that source.

    Resolves only open issues: archived ones stay archived. An issue counts as resolved since the reported end, not since the report arrived. So an
    event that happened after the end but arrived before it still reopens the issue, and both times come from the same clock, however wrong that is.
    """

    ended_at: Mapping[int, datetime]
    only_source: str | None = None
    statuses: ClassVar[Sequence[Status]] = (Status.UNRESOLVED,)

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Resolve the issues that had nothing newer, and remove them from the inbox."""
        over = [issue for issue in context.issues if self._is_news(issue)]
        before = {issue.id: context.snapshot(issue) for issue in over}
        context.inbox.remove(over)
        for issue in over:
            issue.status, issue.substatus, issue.resolved_at = Status.RESOLVED, None, self.ended_at[issue.id]
            context.record(issue, Change(PlainData(ActivityType.SET_RESOLVED), Facet.STATUS, before[issue.id], context.snapshot(issue)))
        context.outcomes.append(ResolveOutcome())

    def _is_news(self, issue: Issue) -> bool:
        """Return whether the end is still current: the issue was not reported again, not resolved and reopened, and had no events from other
        sources since.
        """
        if self.only_source is not None and issue.only_source != self.only_source:
            return False
        ended_at = self.ended_at[issue.id]
        return issue.last_seen_at <= ended_at and (issue.resolved_at is None or issue.resolved_at < ended_at)


@dataclass(frozen=True)
class Resume:
    """Reopen issues whose end was reported, because the very same alert is reported as firing again. ``event_ids`` maps issue ids to events.

    The monitoring system had only lost sight of the alert. Issues that a person resolved stay resolved: that person knew of this alert.
    """

    event_ids: Mapping[int, str]
    statuses: ClassVar[Sequence[Status]] = (Status.RESOLVED,)

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Reopen the issues that the same source had closed, and put them into the inbox."""
        ended = context.work.fingerprints.last_moved_by(context.issue_ids, context.source)
        going_on = [issue for issue in context.issues if issue.id in ended]
        before = {issue.id: context.snapshot(issue) for issue in going_on}
        context.inbox.put([InboxEntry(issue_id=issue.id, reason=InboxReason.REGRESSION, details={}, added_at=context.now) for issue in going_on])
        for issue in going_on:
            issue.status, issue.substatus, issue.resolved_at, issue.active_at = Status.UNRESOLVED, Substatus.REGRESSED, None, context.now
            data = RegressedData(self.event_ids[issue.id])
            context.record(issue, Change(data, Facet.STATUS, before[issue.id], context.snapshot(issue)))
        context.outcomes.append(UnresolveOutcome())
