"""Issues in each state that a card can show, made without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from core.db.stored.activities import data_of
from core.types import ActivityType, InboxReason, Level, Priority, Source, Status, Substatus
from core.views import ActivityView, InboxView, IssueView, PersonView, ProjectView, SnoozeView
from tests.support.core import NOON

ADA = PersonView(7, "Ada", "ada@acme.example")

NEW = IssueView(
    id=12,
    number=47,
    project=ProjectView(1, 1, "shop", "python", "key"),
    version=3,
    status=Status.UNRESOLVED,
    substatus=Substatus.NEW,
    level=Level.ERROR,
    priority=Priority.HIGH,
    priority_locked_at=None,
    title="ZeroDivisionError: division by zero",
    culprit="shop.pay",
    message="division by zero in the cellar",
    platform="python",
    details={},
    times_seen=3,
    users_seen=1,
    comments=0,
    first_seen_at=NOON - timedelta(hours=3),
    last_seen_at=NOON,
    assignee=None,
    snooze=None,
    inbox=InboxView(InboxReason.NEW, NOON),
    purge_at=None,
    last_move=None,
    release=None,
    environment=None,
    hours=(),
    copies=1,
)


def move(type_: ActivityType, source: Source = Source.SLACK, user: PersonView | None = ADA, **data: Any) -> ActivityView:
    """Something that happened to it just now."""
    return ActivityView(99, user, source, data_of(type_, data), NOON, 3)


def archived(source: Source = Source.SLACK, **ends: Any) -> IssueView:
    """Put aside by Ada; without an end forever."""
    snooze = SnoozeView(**({"until_at": None, "events": None, "users": None, "events_so_far": 0, "users_so_far": 0} | ends)) if ends else None
    substatus = Substatus.UNTIL_CONDITION_MET if ends else Substatus.FOREVER
    last_move = move(ActivityType.SET_IGNORED, source)
    return replace(NEW, status=Status.ARCHIVED, substatus=substatus, snooze=snooze, inbox=None, last_move=last_move)


REVIEWED = replace(NEW, substatus=Substatus.ONGOING, inbox=None)
RESOLVED = replace(NEW, status=Status.RESOLVED, substatus=None, inbox=None, last_move=move(ActivityType.SET_RESOLVED))
ARCHIVED = archived()
DELETED = replace(
    NEW, status=Status.PENDING_DELETION, substatus=None, inbox=None, purge_at=NOON + timedelta(hours=1), last_move=move(ActivityType.DELETE)
)
PURGED = replace(DELETED, status=Status.DELETION_IN_PROGRESS, purge_at=None)

RELEASED = replace(NEW, has_releases=True)
CHANGED = replace(NEW, last_change=move(ActivityType.ASSIGNED))
MERGED = replace(NEW, status=Status.PENDING_MERGE, substatus=None, inbox=None, last_move=move(ActivityType.MERGE, into=1, name="SHOP-1"))

STATES = {
    "new": NEW,
    "reviewed": REVIEWED,
    "resolved": RESOLVED,
    "archived": ARCHIVED,
    "deleted": DELETED,
    "purged": PURGED,
    "merged": MERGED,
    "released": RELEASED,
    "changed": CHANGED,
}
