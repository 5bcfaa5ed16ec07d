"""Delete issues with a grace period, and restore them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from core.activity_data import DeletionData, DeletionType, PlainData
from core.db.models import Deletion
from core.issues.actions.base import Context
from core.issues.activity import Change
from core.types import OPEN_TO_TRIAGE, ActivityType, Facet, Status, Substatus


@dataclass(frozen=True)
class Delete:
    """Hide issues from every list now, and purge them when the grace period ends; until then Restore brings them back.

    The fingerprints become free at once, so a new event opens a new issue.
    """

    statuses: ClassVar[Sequence[Status]] = OPEN_TO_TRIAGE

    def check(self, context: Context) -> None:
        """Accept every issue."""

    def apply(self, context: Context) -> None:
        """Begin the deletions."""
        begin_deletion(context, ActivityType.DELETE, {})


@dataclass(frozen=True)
class Restore:
    """Bring deleted or discarded issues back as they were, with the fingerprints that no newer issue has taken."""

    statuses: ClassVar[Sequence[Status]] = (Status.PENDING_DELETION,)

    def check(self, context: Context) -> None:
        """Raise an error unless all deletions are still pending; a purge cannot be undone."""

    def apply(self, context: Context) -> None:
        """Cancel the deletions, and remove the tombstones."""
        context.work.tombstones.remove_of_issues(context.issue_ids)
        rows = {issue.id: context.deletions.get(issue) for issue in context.issues}
        wanted: dict[int, dict[str, int]] = {}
        for issue in context.issues:
            row = rows[issue.id]
            wanted.setdefault(issue.project_id, {}).update(dict.fromkeys(row.hashes if row else [], issue.id))
        for free in context.work.issues.free_hashes({project_id: set(hashes) for project_id, hashes in wanted.items()}):
            free.issue_id = wanted[free.project_id][free.hash]
        context.deletions.remove(context.issues)
        for issue in context.issues:
            before, row = context.snapshot(issue), rows[issue.id]
            issue.status = Status(row.status) if row else Status.UNRESOLVED
            issue.substatus = Substatus(row.substatus) if row and row.substatus else None
            context.record(issue, Change(PlainData(ActivityType.RESTORE), Facet.LIFECYCLE, before, context.snapshot(issue)))


def begin_deletion(context: Context, type_: DeletionType, tombstones: Mapping[int, int]) -> None:
    """Begin the deletion of the issues of a request. ``tombstones`` take over the fingerprints, by issue; without a tombstone they become free."""
    due_at = context.now + timedelta(seconds=context.deletion_grace)
    hashes = context.work.issues.hashes(context.issue_ids)
    context.deletions.put(
        [
            Deletion(
                issue_id=issue.id,
                due_at=due_at,
                status=issue.status,
                substatus=issue.substatus,
                hashes=[row.hash for row in hashes.get(issue.id, [])],
            )
            for issue in context.issues
        ]
    )
    for issue_id, rows in hashes.items():
        for row in rows:
            row.issue_id, row.tombstone_id = None, tombstones.get(issue_id)
    for issue in context.issues:
        before = context.snapshot(issue)
        issue.status, issue.substatus = Status.PENDING_DELETION, None
        context.record(issue, Change(DeletionData(type_, due_at), Facet.LIFECYCLE, before, context.snapshot(issue)))
