"""Issues and related rows as JSON with Sentry's keys. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.api.reading.status_details import status_details
from bot.api.wording import instant, status_name
from core.activity_data import EndedSnooze
from core.notify.outbox import Receipt
from core.types import JSON, SubscriptionReason
from core.views import AssigneeView, InboxView, IssueDetails, IssueView, ProjectView, TagView


def issue_json(view: IssueView, details: IssueDetails, links_begin_with: str) -> JSON:
    """Return the whole issue for the single-issue route, for the user whose ``details`` these are."""
    return {
        "id": str(view.id),
        "shortId": view.short_id,
        "title": view.title,
        "culprit": view.culprit,
        "permalink": f"{links_begin_with}/issues/{view.id}/",
        "level": view.level.name.lower(),
        "status": status_name(view.status),
        "statusDetails": status_details(view, details),
        "substatus": view.substatus.full_name if view.substatus else None,
        "platform": view.platform,
        "project": _project(view.project),
        "type": "error" if view.details.get("type") else "default",
        "metadata": view.details,
        "numComments": view.comments,
        "assignedTo": assignee_json(view.assignee) if view.assignee else None,
        "priority": view.priority.name.lower(),
        "priorityLockedAt": instant(view.priority_locked_at),
        "count": str(view.times_seen),
        "userCount": view.users_seen,
        "firstSeen": instant(view.first_seen_at),
        "lastSeen": instant(view.last_seen_at),
        "stats": {"24h": [[int(hour.timestamp()), events] for hour, events in view.hours]},
        "inbox": _inbox(view.inbox) if view.inbox else None,
        "version": view.version,
        "isPublic": details.share_id is not None,
        "shareId": details.share_id,
        **_personal(details),
        # All issues are errors, and annotations do not exist here.
        "annotations": [],
        "issueType": "error",
        "issueCategory": "error",
    }


def assignee_json(assignee: AssigneeView) -> JSON:
    """Return the assignee; neither a team nor everybody has an e-mail address."""
    email = {"email": assignee.email} if assignee.email else {}
    return {"type": assignee.kind, "id": str(assignee.id), "name": assignee.name, **email}


def receipt_json(receipt: Receipt) -> JSON:
    """Return one copy of an issue in a chat: the version it shows, the version it should show, and the reason for a difference."""
    return {
        "platform": receipt.platform,
        "channel": receipt.channel,
        "channelName": receipt.name,
        "state": receipt.state,
        "shownVersion": receipt.shown_version,
        "wantedVersion": receipt.wanted_version,
        "tries": receipt.tries,
        "waitsBecause": receipt.waits_because,
        "notBefore": instant(receipt.not_before_at),
        "dateShown": instant(receipt.shown_at),
    }


def tags_json(tags: Sequence[TagView]) -> list[JSON]:
    """Return an issue's tags, each key with its values, the most frequent first."""
    by_key: dict[str, list[JSON]] = {}
    for tag in tags:
        by_key.setdefault(tag.key, []).append({"value": tag.value, "count": tag.times_seen})
    return [{"key": key, "name": key, "totalValues": sum(value["count"] for value in values), "topValues": values} for key, values in by_key.items()]


def tag_values_json(tags: Sequence[TagView]) -> JSON:
    """Return one tag of an issue, which these are the values of, with all that is known of them."""
    values = [{"value": tag.value, "name": tag.value, "count": tag.times_seen, "lastSeen": instant(tag.last_seen_at)} for tag in tags]
    key, total = tags[0].key, sum(tag.times_seen for tag in tags)
    return {"key": key, "name": key, "uniqueValues": len(tags), "totalValues": total, "topValues": values}


_REASONS = {
    SubscriptionReason.COMMENT: "commented",
    SubscriptionReason.ASSIGNED: "assigned",
    SubscriptionReason.BOOKMARK: "bookmarked",
    SubscriptionReason.STATUS_CHANGE: "changed_status",
    SubscriptionReason.MENTIONED: "mentioned",
}
"""The known reasons; every other reason is ``unknown``."""


def _personal(details: IssueDetails) -> JSON:
    subscription = details.subscription
    return {
        "hasSeen": details.has_seen,
        "isBookmarked": details.is_bookmarked,
        "isSubscribed": subscription is not None and subscription.is_active,
        "subscriptionDetails": {"reason": _REASONS.get(subscription.reason, "unknown")} if subscription else None,
    }


def _project(project: ProjectView) -> JSON:
    return {"id": str(project.id), "slug": project.slug, "name": project.slug, "platform": project.platform}


def _inbox(inbox: InboxView) -> JSON:
    details = inbox.ended_snooze and _reason_details(inbox.ended_snooze)
    return {"reason": int(inbox.reason), "reason_details": details, "date_added": instant(inbox.added_at)}


def _reason_details(ended: EndedSnooze) -> JSON:
    return {
        "until": instant(ended.until_at),
        "count": ended.events,
        "window": ended.events_window,
        "user_count": ended.users,
        "user_window": ended.users_window,
    }
