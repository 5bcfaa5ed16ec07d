"""Every kind of outcome: what the database has had of it since the first version, and what that means."""

from __future__ import annotations

from datetime import UTC, datetime

from core.issues.actions import InCommit, InNextRelease, InRelease
from core.issues.actions.outcomes import (
    ArchiveOutcome,
    AssigneeOutcome,
    BookmarkOutcome,
    DiscardOutcome,
    InboxChange,
    InboxOutcome,
    MergeOutcome,
    Outcome,
    PriorityOutcome,
    ResolveOutcome,
    SeenOutcome,
    ShareOutcome,
    SubscriptionOutcome,
    UnresolveOutcome,
)
from core.rules.snooze import Condition
from core.types import JSON, Priority
from core.views import AssigneeView

UNTIL = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
UNUSED = {"ignoreCount": None, "ignoreUntil": None, "ignoreUserCount": None, "ignoreUserWindow": None, "ignoreWindow": None}

ROWS: list[tuple[JSON, Outcome]] = [
    ({"status": "resolved", "statusDetails": {}}, ResolveOutcome()),
    ({"status": "resolved", "statusDetails": {"inNextRelease": True}}, ResolveOutcome(InNextRelease())),
    ({"status": "resolved", "statusDetails": {"inRelease": "2.0", "actor": 7}}, ResolveOutcome(InRelease("2.0"), 7)),
    (
        {"status": "resolved", "statusDetails": {"inCommit": {"repository": "acme/shop", "commit": "4f2a"}, "actor": 7}},
        ResolveOutcome(InCommit("acme/shop", "4f2a"), 7),
    ),
    ({"status": "unresolved", "statusDetails": {}}, UnresolveOutcome()),
    ({"status": "ignored", "statusDetails": {}}, ArchiveOutcome()),
    ({"status": "ignored", "statusDetails": {"ignoreUntilEscalating": True}}, ArchiveOutcome(is_until_escalating=True)),
    (
        {"status": "ignored", "statusDetails": UNUSED | {"ignoreUntil": UNTIL.isoformat(), "actor": None}},
        ArchiveOutcome(Condition(until_at=UNTIL)),
    ),
    (
        {"status": "ignored", "statusDetails": UNUSED | {"ignoreCount": 5, "ignoreWindow": 60, "ignoreUserCount": 2, "actor": 7}},
        ArchiveOutcome(Condition(events=5, events_window=60, users=2), actor_id=7),
    ),
    ({"inbox": True}, InboxOutcome(InboxChange.ADDED)),
    ({"inbox": False}, InboxOutcome(InboxChange.REVIEWED)),
    ({"inbox": None}, InboxOutcome(InboxChange.CLEARED)),
    ({"assignedTo": None}, AssigneeOutcome(None)),
    (
        {"assignedTo": {"type": "user", "id": "7", "name": "Ada", "email": "ada@acme.example"}},
        AssigneeOutcome(AssigneeView("user", 7, "Ada", "ada@acme.example")),
    ),
    ({"assignedTo": {"type": "team", "id": "3", "name": "checkout"}}, AssigneeOutcome(AssigneeView("team", 3, "checkout"))),
    ({"priority": "low"}, PriorityOutcome(Priority.LOW)),
    ({"hasSeen": True}, SeenOutcome(is_seen=True)),
    ({"isBookmarked": False}, BookmarkOutcome(is_bookmarked=False)),
    ({"isSubscribed": True, "subscriptionDetails": {"reason": "unknown"}}, SubscriptionOutcome(is_subscribed=True)),
    ({"isPublic": True, "shareId": "5eed"}, ShareOutcome(is_public=True, share_id="5eed")),
    ({"isPublic": False, "shareId": None}, ShareOutcome(is_public=False, share_id=None)),
    ({"merge": True}, MergeOutcome()),
    ({"merge": {"parent": "2", "children": ["1", "3"]}}, MergeOutcome(2, (1, 3))),
    ({"discard": True}, DiscardOutcome()),
]
