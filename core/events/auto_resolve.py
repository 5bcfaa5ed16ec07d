"""The end of what was reported, told by the fingerprints it was reported under; and that it goes on after all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.activity_data import PlainData, RegressedData
from core.db.database import Database
from core.db.models import InboxEntry, Issue
from core.events.record import Recorded
from core.issues.actions.base import Action, Context
from core.issues.actions.outcomes import ResolveOutcome, UnresolveOutcome
from core.issues.activity import Change
from core.issues.engine import UpdateEngine
from core.issues.requests import UpdateRequest
from core.types import ActivityType, ByIds, Facet, InboxReason, Source, Status, Substatus


@dataclass(frozen=True)
class Ending:
    """What has one of these fingerprints was over at that moment."""

    hashes: tuple[str, ...]
    ended_at: datetime


@dataclass(frozen=True)
class Ended:
    """How many issues were resolved, and how many were kept open because events of theirs came from elsewhere."""

    resolved: int
    kept: int


@dataclass(frozen=True)
class AutoResolve:
    """Resolves the issues of what is over, and opens those of what goes on, by the same engine as every other change."""

    database: Database
    engine: UpdateEngine

    def resolve(self, project_id: int, endings: Sequence[Ending], source: Source, *, is_trusted: bool) -> Ended:
        """Resolves the open issues of the project that these tell of. Those of nothing we know do nothing.

        Unless ``is_trusted``, anybody could have said so who knows the public key of the project: then only issues all of whose events came
        by the same source are resolved.
        """
        with self.database.read() as work:
            fingerprints = work.fingerprints
            owners = fingerprints.owners(project_id, {hash_ for ending in endings for hash_ in ending.hashes})
            kept = set() if is_trusted else fingerprints.open_from_elsewhere(set(owners.values()), source)
        ended_at = {issue_id: at for issue_id, at in _latest(endings, owners).items() if issue_id not in kept}
        action = End(ended_at, only_source=None if is_trusted else source)
        return Ended(self._apply(project_id, ended_at, action, source), len(kept))

    def reopen(self, project_id: int, recorded: Sequence[Recorded], source: Source) -> int:
        """Opens what the source had closed of the issues of events that it reports again, and says how many."""
        event_ids = {event.issue_id: event.event_id for event in recorded if event.effect == "duplicate"}
        return self._apply(project_id, event_ids, Resume(event_ids), source)

    def _apply(self, project_id: int, issue_ids: Collection[int], action: Action, source: Source) -> int:
        with self.database.read() as work:
            project = work.accounts.project(project_id)
        if project is None or not issue_ids:
            return 0
        request = UpdateRequest(project.organization_id, ByIds(tuple(issue_ids), project_id), [action], source)
        return len(self.engine.apply(request).changed)


def _latest(endings: Sequence[Ending], owners: Mapping[str, int]) -> dict[int, datetime]:
    """When each issue was over; the latest end where several of its fingerprints ended."""
    ended_at: dict[int, datetime] = {}
    for ending in endings:
        for issue_id in {owners[hash_] for hash_ in ending.hashes if hash_ in owners}:
            ended_at[issue_id] = max(ended_at.get(issue_id, ending.ended_at), ending.ended_at)
    return ended_at


@dataclass(frozen=True)
class End:
    """Each issue was over at a moment of its own; ``ended_at`` has them by the issue's number. ``only_source`` limits it to issues all of whose
    events came that way.

    Only open issues are resolved: what people have archived stays where it is. The issue counts as resolved since it was over, not since
    we heard of it. So what happened after the end and is reported before it brings the issue back all the same, and both times
    come from the same clock, however wrong that goes.
    """

    ended_at: Mapping[int, datetime]
    only_source: Source | None = None
    statuses: ClassVar[Sequence[Status]] = (Status.UNRESOLVED,)

    def check(self, context: Context) -> None:
        """Nothing speaks against it."""

    def apply(self, context: Context) -> None:
        """Resolves those that nothing newer is known of, and takes them out of the inbox."""
        over = [issue for issue in context.issues if self._is_news(issue)]
        before = {issue.id: context.snapshot(issue) for issue in over}
        context.inbox.remove(over)
        for issue in over:
            issue.status, issue.substatus, issue.resolved_at = Status.RESOLVED, None, self.ended_at[issue.id]
            context.record(issue, Change(PlainData(ActivityType.SET_RESOLVED), Facet.STATUS, before[issue.id], context.snapshot(issue)))
        context.outcomes.append(ResolveOutcome())

    def _is_news(self, issue: Issue) -> bool:
        """Whether it has not been reported again since, nor been resolved since and opened again, nor been fed by others meanwhile."""
        if self.only_source is not None and issue.only_source != self.only_source:
            return False
        ended_at = self.ended_at[issue.id]
        return issue.last_seen_at <= ended_at and (issue.resolved_at is None or issue.resolved_at < ended_at)


@dataclass(frozen=True)
class Resume:
    """What was said to be over goes on: the very firing that had ended is reported again. ``event_ids`` has its event by the issue's number.

    Whoever watches had only lost sight of it for a while. An issue that a person has resolved stays resolved: they knew of this firing.
    """

    event_ids: Mapping[int, str]
    statuses: ClassVar[Sequence[Status]] = (Status.RESOLVED,)

    def check(self, context: Context) -> None:
        """Nothing speaks against it."""

    def apply(self, context: Context) -> None:
        """Opens those that were closed by the same source, and puts them into the inbox."""
        ended = context.work.fingerprints.last_moved_by(context.issue_ids, context.source)
        going_on = [issue for issue in context.issues if issue.id in ended]
        before = {issue.id: context.snapshot(issue) for issue in going_on}
        context.inbox.put([InboxEntry(issue_id=issue.id, reason=InboxReason.REGRESSION, details={}, added_at=context.now) for issue in going_on])
        for issue in going_on:
            issue.status, issue.substatus, issue.resolved_at, issue.active_at = Status.UNRESOLVED, Substatus.REGRESSED, None, context.now
            data = RegressedData(self.event_ids[issue.id])
            context.record(issue, Change(data, Facet.STATUS, before[issue.id], context.snapshot(issue)))
        context.outcomes.append(UnresolveOutcome())
