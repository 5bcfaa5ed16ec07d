"""Resolve (now, in a release, by a commit) and unresolve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from core.db.models import Issue, Resolution
from core.errors import Invalid
from core.issues.actions.base import Context
from core.issues.actions.fixes import Fix, Fixes, InCommit, InNextRelease, InRelease, Mode, Now, plan
from core.issues.activity import Change
from core.types import JSON, OPEN_TO_TRIAGE, ActivityType, Facet, Status, Substatus, belongs

__all__ = ["InCommit", "InNextRelease", "InRelease", "Now", "Resolve", "Unresolve"]

_STILL_NEW = timedelta(days=7)
"""An issue taken out of the archive this soon after its first event is still called new."""


@dataclass(frozen=True)
class Resolve:
    """It is fixed: now, or in a release or a commit."""

    mode: Mode = field(default_factory=Now)
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """The release or commit must exist, and belong to the one project of the issues."""
        plan(self.mode, context)

    def apply(self, context: Context) -> None:
        """Resolves those that are not resolved in this very way, and takes them out of archive and inbox."""
        fixes = plan(self.mode, context)
        linked = context.work.commit_links.newest(context.issue_ids) if fixes.commit_id is not None else {}
        changing = [issue for issue in context.issues if not _holds(issue, fixes, context.resolutions.get(issue), linked.get(issue.id))]
        before = {issue.id: context.standing(issue) for issue in changing}
        context.snoozes.remove(changing)
        context.inbox.remove(changing)
        context.forget_resolutions(changing)
        context.resolutions.put([row for issue in changing if (row := fixes.of(issue).row(issue, context))])
        if fixes.commit_id is not None:
            context.work.commit_links.add([issue.id for issue in changing], fixes.commit_id, context.now)
        for issue in changing:
            issue.status, issue.substatus, issue.resolved_at = Status.RESOLVED, None, context.now
            type_, data = self._told(fixes.of(issue), fixes)
            context.record(issue, Change(type_, Facet.STATUS, data, before[issue.id], context.standing(issue)))
        context.subscribe_actor(changing)
        context.delta.update(status="resolved", statusDetails=self._details(context))
        if changing:
            context.delta["inbox"] = None

    def _told(self, fix: Fix, fixes: Fixes) -> tuple[ActivityType, JSON]:
        if isinstance(self.mode, InCommit):
            return ActivityType.SET_RESOLVED_IN_COMMIT, {"commit": fixes.commit_id}
        if isinstance(self.mode, Now):
            return ActivityType.SET_RESOLVED, {}
        current = {"current_release_version": fix.current} if fix.current else {}
        return ActivityType.SET_RESOLVED_IN_RELEASE, {"version": fix.told_version} | current

    def _details(self, context: Context) -> JSON:
        match self.mode:
            case InNextRelease():
                details: JSON = {"inNextRelease": True}
            case InRelease(version):
                details = {"inRelease": version}
            case InCommit(repository, sha):
                details = {"inCommit": {"repository": repository, "commit": sha}}
            case _:
                return {}
        return details | ({"actor": context.actor_id} if context.actor_id is not None else {})


def _holds(issue: Issue, fixes: Fixes, resolution: Resolution | None, linked: int | None) -> bool:
    """Whether an issue is resolved in this very way already."""
    return issue.status == Status.RESOLVED and linked == fixes.commit_id and fixes.of(issue).is_held(resolution)


@dataclass(frozen=True)
class Unresolve:
    """It wants attention again: opens a resolved issue, takes one out of the archive. ``substatus`` is inferred where it is not given."""

    substatus: Substatus | None = None
    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """The substatus must be one of an open issue."""
        if self.substatus is not None and not belongs(self.substatus, Status.UNRESOLVED):
            raise Invalid("substatus", f"{self.substatus.wire} does not belong to unresolved.")

    def apply(self, context: Context) -> None:
        """Opens those that are not open, and ends their snooze; an open one only changes to another substatus that is asked for."""
        changing = [issue for issue in context.issues if issue.status != Status.UNRESOLVED]
        before = {issue.id: context.standing(issue) for issue in context.issues}
        context.snoozes.remove(changing)
        context.forget_resolutions(changing)
        for issue in changing:
            issue.substatus = self.substatus or self._inferred(issue, context)
            issue.status = Status.UNRESOLVED
            change = Change(ActivityType.SET_UNRESOLVED, Facet.STATUS, {}, before[issue.id], context.standing(issue))
            context.record(issue, change)
        for issue in context.issues:
            if self.substatus is not None and issue.substatus != self.substatus:
                issue.substatus = self.substatus
                type_ = ActivityType.AUTO_SET_ONGOING if self.substatus is Substatus.ONGOING else ActivityType.SET_UNRESOLVED
                data = {"manually": True} if self.substatus is Substatus.ONGOING else {}
                context.record(issue, Change(type_, Facet.STATUS, data, before[issue.id], context.standing(issue)))
        context.subscribe_actor(changing if context.is_single else [])
        context.delta.update(status="unresolved", statusDetails={})

    def _inferred(self, issue: Issue, context: Context) -> Substatus:
        """What an issue is when nobody says: regressed if it was resolved, new in its first week, else ongoing; in a bulk request always ongoing."""
        if not context.is_single:
            return Substatus.ONGOING
        if issue.status == Status.RESOLVED:
            return Substatus.REGRESSED
        return Substatus.NEW if context.now - issue.first_seen_at < _STILL_NEW else Substatus.ONGOING
