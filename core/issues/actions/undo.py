"""Undo a change, unless something newer is in the way."""

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
"""The activities that a person can undo, if nothing newer is in the way."""

_MOVES_EVENTS = (ActivityType.MERGE, ActivityType.UNMERGE_SOURCE)
_OVERWRITES = {Facet.STATUS: (Facet.STATUS, Facet.INBOX), Facet.INBOX: (Facet.STATUS, Facet.INBOX)}
"""The facets that an undo of a facet restores: status and inbox belong together, see ``snapshot``."""


@dataclass(frozen=True)
class Undo:
    """Bring an issue back to its state before this activity. The request must name exactly the issue of the activity."""

    activity_id: int
    statuses: ClassVar[Sequence[Status]] = (Status.UNRESOLVED, Status.RESOLVED, Status.ARCHIVED, Status.PENDING_DELETION)

    def check(self, context: Context) -> None:
        """Accept only changes that a person made, and only if nothing newer changed the same. Raises NotUndoable, NotAllowed or Conflict."""
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

    def apply(self, context: Context) -> None:
        """Restore what the activity kept."""
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
            raise NotUndoable(reason=_why_not(activity, context))
        return activity

    def _priority(self, issue: Issue, activity: Activity, context: Context) -> None:
        kept = activity.before
        before = {"priority": issue.priority, "locked_at": issue.priority_locked_at.isoformat() if issue.priority_locked_at else None}
        issue.priority = Priority(kept["priority"])
        issue.priority_locked_at = datetime.fromisoformat(kept["locked_at"]) if kept["locked_at"] else None
        after = {"priority": issue.priority}
        context.record(issue, Change(UndoneData(activity.id), Facet.PRIORITY, before, after))

    def _restore_status(self, issue: Issue, activity: Activity, context: Context) -> None:
        """Restore the status, the substatus, and the rows that belong to them."""
        before, kept = context.snapshot(issue), activity.before
        _put_back(context.snoozes, Snooze, issue, kept)
        self._correct(issue, activity, context)
        _put_back(context.inbox, InboxEntry, issue, kept)
        _put_back(context.resolutions, Resolution, issue, kept)
        issue.status = Status(kept["status"])
        issue.substatus = Substatus(kept["substatus"]) if kept["substatus"] else None
        issue.resolved_at = datetime.fromisoformat(kept["resolved_at"]) if kept["resolved_at"] else None
        data = UndoneData(activity.id, in_words(activities.data_of(activity.type, activity.data)))
        context.record(issue, Change(data, Facet(activity.facet or ""), before, context.snapshot(issue)))

    def _correct(self, issue: Issue, activity: Activity, context: Context) -> None:
        """A snooze that was kept before a merge or an unmerge is compared with what the issue has counted since then."""
        snooze = context.snoozes.get(issue)
        newer = context.work.views.newest_since([issue.id], activity.version) if snooze else []
        if snooze is None or not any(change.type in _MOVES_EVENTS for change, _ in newer):
            return
        events, people = context.work.progress.since(issue, snooze.began_at)
        snooze.events_before, snooze.users_before = issue.times_seen - events, issue.users_seen - people
        context.snoozes.put([snooze])


def _why_not(activity: Activity | None, context: Context) -> str:
    issues = context.work.issues
    if activity and issues.primaries(context.organization_id, (activity.issue_id,)).get(str(activity.issue_id)) in context.issue_ids:
        return f"it happened to {issues.short_id(activity.issue_id)} before that was merged"
    return "there is no such change of this issue"


def _put_back(table: PerIssueCache[Row], model: type[Row], issue: Issue, kept: JSON) -> None:
    table.remove([issue])
    row = restore_row(model, kept)
    if row is not None:
        table.put([row])


def _assignee(activity: Activity) -> Action:
    held = activity.before.get("assignee")
    return Assign(To.parse(held)) if held else Unassign()
