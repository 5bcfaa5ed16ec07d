"""Issues and what belongs to them as JSON with Sentry's keys (spec: api.md §5). Pure.

What is not stored yet stands there with the value Sentry gives it before anybody touched it.
"""

from __future__ import annotations

from datetime import datetime

from core.messages import Receipt
from core.types import JSON, ActivityType, Status
from core.views import ActivityView, AssigneeView, InboxView, IssueView, PersonView, ProjectView


def issue_json(view: IssueView, links_begin_with: str) -> JSON:
    """The whole issue, as the single route answers it."""
    return {
        "id": str(view.id),
        "shortId": view.short_id,
        "title": view.title,
        "culprit": view.culprit,
        "permalink": f"{links_begin_with}/issues/{view.id}/",
        "level": view.level.name.lower(),
        "status": view.status.wire,
        "statusDetails": _status_details(view),
        "substatus": view.substatus.wire if view.substatus else None,
        "platform": view.platform,
        "project": _project(view.project),
        "type": "error" if view.details.get("type") else "default",
        "metadata": view.details,
        "numComments": view.comments,
        "assignedTo": _assignee(view.assignee) if view.assignee else None,
        "priority": view.priority.name.lower(),
        "priorityLockedAt": instant(view.priority_locked_at),
        "count": str(view.times_seen),
        "userCount": view.users_seen,
        "firstSeen": instant(view.first_seen_at),
        "lastSeen": instant(view.last_seen_at),
        "stats": {"24h": [[int(hour.timestamp()), events] for hour, events in view.hours]},
        "inbox": _inbox(view.inbox) if view.inbox else None,
        "version": view.version,
        **_untouched(),
    }


def activity_json(view: ActivityView) -> JSON:
    """One entry of the activity log; the type is the lower-case name of engine.md §1.4."""
    return {
        "id": str(view.id),
        "type": view.type.name.lower(),
        "user": _person(view.user) if view.user else None,
        "dateCreated": instant(view.happened_at),
        "data": view.data,
        "source": view.source,
    }


def receipt_json(receipt: Receipt) -> JSON:
    """One copy of an issue in a chat: what it shows, what it shall show, and why that is not the same yet."""
    return {
        "platform": receipt.platform,
        "channel": receipt.channel,
        "state": receipt.state,
        "shownVersion": receipt.shown_version,
        "wantedVersion": receipt.wanted_version,
        "tries": receipt.tries,
        "waitsBecause": receipt.waits_because,
        "notBefore": instant(receipt.not_before_at),
        "dateShown": instant(receipt.shown_at),
    }


def instant(moment: datetime | None) -> str | None:
    """A time in ISO 8601, UTC written as Z."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _untouched() -> JSON:
    """What nobody can change yet: bookmarks, subscriptions, shares and annotations. Only errors are issues (D27)."""
    return {
        "isPublic": False,
        "shareId": None,
        "isBookmarked": False,
        "isSubscribed": False,
        "subscriptionDetails": None,
        "hasSeen": False,
        "annotations": [],
        "issueType": "error",
        "issueCategory": "error",
    }


def _status_details(view: IssueView) -> JSON:
    """What ends the archive; counts are what is still missing (engine.md §16.3)."""
    snooze = view.snooze
    if view.status is not Status.ARCHIVED or snooze is None:
        return {}
    move = view.last_move
    archived_by = move.user if move and move.type is ActivityType.SET_IGNORED else None
    return {
        "ignoreCount": max(snooze.events - snooze.events_so_far, 0) if snooze.events else None,
        "ignoreUntil": instant(snooze.until_at),
        "ignoreUserCount": max(snooze.users - snooze.users_so_far, 0) if snooze.users else None,
        "ignoreUserWindow": None,
        "ignoreWindow": None,
        "actor": _person(archived_by) if archived_by else None,
    }


def _project(project: ProjectView) -> JSON:
    return {"id": str(project.id), "slug": project.slug, "name": project.slug, "platform": project.platform}


def _assignee(assignee: AssigneeView) -> JSON:
    """A team has no e-mail address (engine.md §5)."""
    email = {"email": assignee.email} if assignee.kind == "user" else {}
    return {"type": assignee.kind, "id": str(assignee.id), "name": assignee.name, **email}


def _person(person: PersonView) -> JSON:
    return {"id": str(person.id), "name": person.name, "email": person.email}


def _inbox(inbox: InboxView) -> JSON:
    return {"reason": int(inbox.reason), "reason_details": None, "date_added": instant(inbox.added_at)}
