"""The activity log: what happened to issues, written in the same transaction as the change itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from core.activity_data import ActivityData, AssignedData, CommentData, PriorityData
from core.db.columns import UtcDateTime
from core.db.models import InboxEntry, Issue, Resolution, Snooze
from core.db.stored import activities
from core.db.unit_of_work import UnitOfWork
from core.notify import threads
from core.notify.threads import ChangeSet
from core.types import JSON, ActivityType, Cause, Facet, Priority

__all__ = ["Cause", "Change", "Journal", "in_words", "restore_row", "snapshot"]


@dataclass(frozen=True)
class Change:
    """One change of an issue. ``before`` and ``after`` hold the old and the new values, for undo and audit."""

    data: ActivityData
    facet: Facet | None = None
    before: JSON = field(default_factory=dict)
    after: JSON = field(default_factory=dict)

    @property
    def type(self) -> ActivityType:
        """What happened."""
        return self.data.type


class Journal:
    """The changes of one transaction. Closing it writes them and marks every copy of the changed issues for a redraw."""

    def __init__(self, work: UnitOfWork, cause: Cause) -> None:
        self._work = work
        self._cause = cause
        self._changes: list[tuple[Issue, Change]] = []

    def record(self, issue: Issue, change: Change) -> None:
        """Add a real change."""
        self._changes.append((issue, change))

    @property
    def changed_facets(self) -> set[tuple[int, str]]:
        """Return the changed facets of each issue."""
        return {(issue.id, change.facet) for issue, change in self._changes if change.facet}

    @property
    def changed_issues(self) -> list[Issue]:
        """Return the issues whose triage state changed, in the order of the changes."""
        return list({issue.id: issue for issue, change in self._changes if change.facet}.values())

    def close(self) -> None:
        """Give each changed issue its next version, write the activities, mark the copies as stale, and schedule the notes."""
        changed = self.changed_issues
        for issue in changed:
            issue.version += 1
        leaving = threads.schedule_notes(self._work, self._cause, self._write_activities())
        if changed:
            self._work.messages.mark_stale(changed, leaving)

    def _write_activities(self) -> list[ChangeSet]:
        """Write the activities; return the changes of each issue."""
        written: dict[int, list[int]] = {}
        for activity_id, issue_id in self._work.thread_notes.add_activities([self._row(issue, change) for issue, change in self._changes]):
            written.setdefault(issue_id, []).append(activity_id)
        changes: dict[int, list[Change]] = {}
        for issue, change in self._changes:
            changes.setdefault(issue.id, []).append(change)
        return [_change_set(issue_id, ids, changes[issue_id]) for issue_id, ids in written.items()]

    def _row(self, issue: Issue, change: Change) -> JSON:
        cause = self._cause
        return {
            "issue_id": issue.id,
            "type": change.type,
            "user_id": cause.actor_id,
            "source": cause.source,
            "origin": cause.origin.as_json() if cause.origin else None,
            "data": {**activities.as_json(change.data), **cause.tags},
            "before": change.before,
            "after": change.after,
            "facet": change.facet,
            "version": issue.version,
            "happened_at": cause.now,
        }


def _change_set(issue_id: int, activity_ids: Sequence[int], changes: Sequence[Change]) -> ChangeSet:
    assigned = next((change.data for change in reversed(changes) if isinstance(change.data, AssignedData)), None)
    comment = next((change.data for change in changes if isinstance(change.data, CommentData)), None)
    return ChangeSet(
        issue_id=issue_id,
        first=activity_ids[0],
        last=activity_ids[-1],
        types=frozenset(change.type for change in changes),
        has_facet=any(change.facet for change in changes),
        assignee_id=assigned.assignee_id if assigned and assigned.kind == "user" else None,
        thread=comment.thread if comment else None,
    )


SideRow = Snooze | InboxEntry | Resolution
Row = TypeVar("Row", Snooze, InboxEntry, Resolution)


def snapshot(issue: Issue, *beside: SideRow | None) -> JSON:
    """Return the issue's status with everything that depends on it, in the form that activities keep for undo."""
    rows = {_NAMES[type(row)]: _as_json(row) for row in beside if row is not None}
    resolved_at = issue.resolved_at.isoformat() if issue.resolved_at else None
    return {"status": issue.status, "substatus": issue.substatus, "resolved_at": resolved_at} | rows


_NAMES: dict[type[SideRow], str] = {Snooze: "snooze", InboxEntry: "inbox", Resolution: "resolution"}


def restore_row(model: type[Row], kept: JSON | None) -> Row | None:
    """Return the row that an activity kept, or None if there was none."""
    if not kept or _NAMES[model] not in kept:
        return None
    moments = {column.key for column in model.__mapper__.columns if isinstance(column.type, UtcDateTime)}
    values = kept[_NAMES[model]]
    return model(**{key: datetime.fromisoformat(value) if value and key in moments else value for key, value in values.items()})


def _as_json(row: SideRow) -> JSON:
    values = {column.key: getattr(row, column.key) for column in type(row).__mapper__.column_attrs}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}


_PHRASES: dict[ActivityType, str] = {
    ActivityType.SET_RESOLVED: "resolved",
    ActivityType.SET_RESOLVED_BY_AGE: "resolved by age",
    ActivityType.SET_UNRESOLVED: "unresolved",
    ActivityType.SET_IGNORED: "archived",
    ActivityType.SET_REGRESSION: "regressed",
    ActivityType.UNASSIGNED: "unassigned",
    ActivityType.MARK_REVIEWED: "marked as reviewed",
    ActivityType.AUTO_SET_ONGOING: "set to ongoing",
    ActivityType.SET_PRIORITY: "given another priority",
    ActivityType.SET_ESCALATING: "escalating",
    ActivityType.DELETE: "deleted",
    ActivityType.RESTORE: "restored",
    ActivityType.PURGE: "deleted for good",
    ActivityType.SET_RESOLVED_IN_RELEASE: "resolved in a release",
    ActivityType.SET_RESOLVED_IN_COMMIT: "resolved in a commit",
    ActivityType.SET_PUBLIC: "shared",
    ActivityType.SET_PRIVATE: "no longer shared",
    ActivityType.NOTE: "commented",
    ActivityType.FIRST_SEEN: "first seen",
    ActivityType.MERGE: "merged",
    ActivityType.UNMERGE_SOURCE: "unmerged",
    ActivityType.UNMERGE_DESTINATION: "unmerged from another issue",
    ActivityType.MOVE_TO_INBOX: "put into the inbox",
    ActivityType.DISCARD: "discarded",
    ActivityType.UNDO: "undone",
}


def in_words(data: ActivityData) -> str:
    """Return what happened in one or two words: *resolved*, *assigned to Ada*."""
    match data:
        case AssignedData():
            return f"assigned to {data.name}"
        case PriorityData(priority=Priority() as priority):
            return f"given {priority.name.lower()} priority"
        case _:
            return _PHRASES[data.type]
