"""Resolve issues (now, in a release, by a commit), and unresolve them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from core.activity_data import ActivityData, OngoingData, PlainData, ResolvedInCommitData, ResolvedInReleaseData
from core.db.models import Issue, Resolution
from core.errors import Invalid
from core.issues.actions.base import Context
from core.issues.actions.fixes import Fix, Fixes, plan
from core.issues.actions.modes import InCommit, Mode, Now
from core.issues.actions.outcomes import InboxChange, InboxOutcome, ResolveOutcome, UnresolveOutcome
from core.issues.activity import Change
from core.types import OPEN_TO_TRIAGE, ActivityType, Facet, Status, Substatus, belongs

_NEW_FOR = timedelta(days=7)
"""How long after its first event an unarchived issue still counts as new."""
_REOPENED = PlainData(ActivityType.SET_UNRESOLVED)


@dataclass(frozen=True)
class Resolve:
    """Resolve issues: now, or in a release or a commit."""

    mode: Mode = field(default_factory=Now)
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Raise an error unless the release or commit exists and belongs to the one project of the issues."""
        plan(self.mode, context)

    def apply(self, context: Context) -> None:
        """Resolve the issues that are not resolved in exactly this way, and remove them from archive and inbox."""
        fixes = plan(self.mode, context)
        linked = context.work.commit_links.newest(context.issue_ids) if fixes.commit_id is not None else {}
        changing = [issue for issue in context.issues if not _is_already_resolved(issue, fixes, context.resolutions.get(issue), linked.get(issue.id))]
        before = {issue.id: context.snapshot(issue) for issue in changing}
        context.snoozes.remove(changing)
        context.inbox.remove(changing)
        context.forget_resolutions(changing)
        context.resolutions.put([row for issue in changing if (row := fixes.of(issue).row(issue, context))])
        if fixes.commit_id is not None:
            context.work.commit_links.add([issue.id for issue in changing], fixes.commit_id, context.now)
        for issue in changing:
            issue.status, issue.substatus, issue.resolved_at = Status.RESOLVED, None, context.now
            context.record(issue, Change(self._data(fixes.of(issue), fixes), Facet.STATUS, before[issue.id], context.snapshot(issue)))
        context.subscribe_actor(changing)
        context.outcomes.append(ResolveOutcome(self.mode, None if isinstance(self.mode, Now) else context.actor_id))
        if changing:
            context.outcomes.append(InboxOutcome(InboxChange.CLEARED))

    def _data(self, fix: Fix, fixes: Fixes) -> ActivityData:
        if isinstance(self.mode, InCommit):
            return ResolvedInCommitData(fixes.commit_id)
        if isinstance(self.mode, Now):
            return PlainData(ActivityType.SET_RESOLVED)
        return ResolvedInReleaseData(fix.told_version, fix.current or None)


def _is_already_resolved(issue: Issue, fixes: Fixes, resolution: Resolution | None, linked: int | None) -> bool:
    """Return whether an issue is already resolved in exactly this way."""
    return issue.status == Status.RESOLVED and linked == fixes.commit_id and fixes.of(issue).is_already_set(resolution)


@dataclass(frozen=True)
class Unresolve:
    """Reopen resolved issues, and unarchive archived ones. ``substatus`` is inferred if it is not given."""

    substatus: Substatus | None = None
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Raise Invalid unless the substatus belongs to open issues."""
        if self.substatus is not None and not belongs(self.substatus, Status.UNRESOLVED):
            raise Invalid("substatus", f"{self.substatus.full_name} does not belong to unresolved.")

    def apply(self, context: Context) -> None:
        """Open the issues that are not open, and end their snoozes; an open issue changes only to a given substatus."""
        changing = [issue for issue in context.issues if issue.status != Status.UNRESOLVED]
        before = {issue.id: context.snapshot(issue) for issue in context.issues}
        context.snoozes.remove(changing)
        context.forget_resolutions(changing)
        for issue in changing:
            issue.substatus = self.substatus or self._inferred(issue, context)
            issue.status = Status.UNRESOLVED
            context.record(issue, Change(_REOPENED, Facet.STATUS, before[issue.id], context.snapshot(issue)))
        for issue in context.issues:
            if self.substatus is not None and issue.substatus != self.substatus:
                issue.substatus = self.substatus
                data = OngoingData() if self.substatus is Substatus.ONGOING else _REOPENED
                context.record(issue, Change(data, Facet.STATUS, before[issue.id], context.snapshot(issue)))
        context.subscribe_actor(changing if context.is_single else [])
        context.outcomes.append(UnresolveOutcome())

    def _inferred(self, issue: Issue, context: Context) -> Substatus:
        """Return the substatus if none is given: regressed if resolved before, new in the first week, else ongoing; always ongoing in a bulk
        request.
        """
        if not context.is_single:
            return Substatus.ONGOING
        if issue.status == Status.RESOLVED:
            return Substatus.REGRESSED
        return Substatus.NEW if context.now - issue.first_seen_at < _NEW_FOR else Substatus.ONGOING
