"""Undo: take back what somebody did, unless something newer stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.activity_data import UndoneData
from core.db.models import Activity, InboxEntry, Issue, Resolution, Snooze
from core.db.stored import activities
from core.errors import Conflict, LeavingIssue, NotUndoable
from core.issues.actions.assign import Assign, To, Unassign
from core.issues.actions.base import Action, Context, PerIssueCache
from core.issues.actions.delete import Restore
from core.issues.actions.roles import refuse_less, role_for_undo
from core.issues.activity import Change, Row, in_words, restore_row
from core.types import JSON, ActivityType, Facet, Priority, Status, Substatus

UNDOABLE = frozenset(
    {
        ActivityType.SET_RESOLVED,
        ActivityType.SET_RESOLVED_IN_RELEASE,
        ActivityType.SET_RESOLVED_IN_COMMIT,
        ActivityType.SET_UNRESOLVED,
        ActivityType.SET_IGNORED,
        ActivityType.ASSIGNED,
        ActivityType.UNASSIGNED,
        ActivityType.SET_PRIORITY,
        ActivityType.MARK_REVIEWED,
        ActivityType.AUTO_SET_ONGOING,
        ActivityType.MOVE_TO_INBOX,
        ActivityType.DELETE,
        ActivityType.DISCARD,
        ActivityType.UNDO,
    }
)
"""What a person can take back, if nothing newer stands in the way."""

_OVERWRITES = {Facet.STATUS: (Facet.STATUS, Facet.INBOX), Facet.INBOX: (Facet.STATUS, Facet.INBOX)}
"""What an undo of a facet puts back: status and inbox stand and fall together, see ``snapshot``."""


@dataclass(frozen=True)
class Undo:
    """Bring an issue back to where it stood before this activity. Asked for exactly the issue of the activity."""

    activity_id: int
    statuses: ClassVar[Sequence[Status]] = (Status.UNRESOLVED, Status.RESOLVED, Status.ARCHIVED, Status.PENDING_DELETION)

    def check(self, context: Context) -> None:
        """Only what a person changed can be undone, and only while nothing newer has changed the same.

        Raises NotUndoable, NotAllowed or Conflict, and Invalid for an assignee who may not look after the issue any more.
        """
        activity = self._activity(context)
        if activity.facet is None or activity.user_id is None or activity.type not in UNDOABLE:
            raise NotUndoable(reason="only what a person changed can be, and not what is for good")
        refuse_less(context.actor, role_for_undo(activity.facet))
        if activity.facet != Facet.LIFECYCLE and context.issues[0].status == Status.PENDING_DELETION:
            raise LeavingIssue(issue=context.work.issues.short_id(activity.issue_id))
        for newer, user in context.work.views.newest_since([activity.issue_id], activity.version):
            if newer.facet in _OVERWRITES.get(Facet(activity.facet), (activity.facet,)):
                raise Conflict(
                    issue=context.work.issues.short_id(activity.issue_id),
                    facet=newer.facet or "",
                    change=in_words(activities.data_of(newer.type, newer.data)),
                    by=user.name if user else "Quell",
                    at=newer.happened_at,
                    version=newer.version,
                )
        if activity.facet == Facet.ASSIGNEE:
            _assignee(activity).check(context)

    def apply(self, context: Context) -> None:
        """Puts back what the activity kept."""
        activity, issue = self._activity(context), context.issues[0]
        match Facet(activity.facet or ""):
            case Facet.LIFECYCLE:
                Restore().apply(context)
            case Facet.ASSIGNEE:
                _assignee(activity).apply(context)
            case Facet.PRIORITY:
                self._priority(issue, activity, context)
            case _:
                self._restore_status(issue, activity, context)

    def _activity(self, context: Context) -> Activity:
        activity = context.work.views.activity(self.activity_id)
        if activity is None or [issue.id for issue in context.issues] != [activity.issue_id]:
            raise NotUndoable(reason="there is no such change of this issue")
        return activity

    def _priority(self, issue: Issue, activity: Activity, context: Context) -> None:
        kept = activity.before
        before = {"priority": issue.priority, "locked_at": issue.priority_locked_at.isoformat() if issue.priority_locked_at else None}
        issue.priority = Priority(kept["priority"])
        issue.priority_locked_at = datetime.fromisoformat(kept["locked_at"]) if kept["locked_at"] else None
        after = {"priority": issue.priority}
        context.record(issue, Change(UndoneData(activity.id), Facet.PRIORITY, before, after))

    def _restore_status(self, issue: Issue, activity: Activity, context: Context) -> None:
        """Status, substatus, and the rows beside them, as they were."""
        before, kept = context.snapshot(issue), activity.before
        _put_back(context.snoozes, Snooze, issue, kept)
        _put_back(context.inbox, InboxEntry, issue, kept)
        _put_back(context.resolutions, Resolution, issue, kept)
        issue.status = Status(kept["status"])
        issue.substatus = Substatus(kept["substatus"]) if kept["substatus"] else None
        issue.resolved_at = datetime.fromisoformat(kept["resolved_at"]) if kept["resolved_at"] else None
        data = UndoneData(activity.id, in_words(activities.data_of(activity.type, activity.data)))
        context.record(issue, Change(data, Facet(activity.facet or ""), before, context.snapshot(issue)))


def _put_back(table: PerIssueCache[Row], model: type[Row], issue: Issue, kept: JSON) -> None:
    table.remove([issue])
    row = restore_row(model, kept)
    if row is not None:
        table.put([row])


def _assignee(activity: Activity) -> Action:
    held = activity.before.get("assignee")
    return Assign(To.parse(held)) if held else Unassign()
