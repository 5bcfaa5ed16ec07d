"""A row of every kind of activity: its type, its data as the database has had it since the first version, and what that means."""

from __future__ import annotations

from datetime import UTC, datetime

from core.activity_data import (
    ActivityData,
    ArchivedData,
    AssignedData,
    CommentData,
    DeletionData,
    EndedSnooze,
    EscalatedData,
    FirstSeenData,
    MergedIntoData,
    MergedOthersData,
    OngoingData,
    PlainData,
    PriorityData,
    RegressedData,
    ResolvedByAgeData,
    ResolvedInCommitData,
    ResolvedInReleaseData,
    UndoneData,
    UnmergeDestinationData,
    UnmergeSourceData,
)
from core.types import JSON, ActivityType, Priority

UNTIL = datetime(2026, 11, 24, 9, 30, 0, 125_000, tzinfo=UTC)
UNUSED = {
    "ignoreCount": None,
    "ignoreDuration": None,
    "ignoreUntil": None,
    "ignoreUserCount": None,
    "ignoreUserWindow": None,
    "ignoreWindow": None,
    "ignoreUntilEscalating": None,
}
ENDED = {"until": None, "count": 50, "window": 60, "user_count": None, "user_window": None}

ROWS: list[tuple[ActivityType, JSON, ActivityData]] = [
    (ActivityType.SET_RESOLVED, {}, PlainData(ActivityType.SET_RESOLVED)),
    (ActivityType.SET_UNRESOLVED, {}, PlainData(ActivityType.SET_UNRESOLVED)),
    (ActivityType.SET_PUBLIC, {}, PlainData(ActivityType.SET_PUBLIC)),
    (ActivityType.SET_PRIVATE, {}, PlainData(ActivityType.SET_PRIVATE)),
    (ActivityType.UNASSIGNED, {}, PlainData(ActivityType.UNASSIGNED)),
    (ActivityType.MARK_REVIEWED, {}, PlainData(ActivityType.MARK_REVIEWED)),
    (ActivityType.RESTORE, {}, PlainData(ActivityType.RESTORE)),
    (ActivityType.PURGE, {}, PlainData(ActivityType.PURGE)),
    (ActivityType.MOVE_TO_INBOX, {}, PlainData(ActivityType.MOVE_TO_INBOX)),
    (ActivityType.FIRST_SEEN, {"priority": "high"}, FirstSeenData(Priority.HIGH)),
    (ActivityType.SET_RESOLVED_IN_RELEASE, {"version": ""}, ResolvedInReleaseData("")),
    (
        ActivityType.SET_RESOLVED_IN_RELEASE,
        {"version": "2.0", "current_release_version": "1.9"},
        ResolvedInReleaseData("2.0", "1.9"),
    ),
    (ActivityType.SET_RESOLVED_IN_COMMIT, {"commit": 5}, ResolvedInCommitData(5)),
    (ActivityType.SET_RESOLVED_BY_AGE, {"age": 24}, ResolvedByAgeData(24)),
    (ActivityType.SET_IGNORED, UNUSED, ArchivedData()),
    (ActivityType.SET_IGNORED, UNUSED | {"ignoreUntilEscalating": True}, ArchivedData(is_until_escalating=True)),
    (
        ActivityType.SET_IGNORED,
        UNUSED | {"ignoreCount": 9, "ignoreUntil": UNTIL.isoformat(), "ignoreUserCount": 8, "ignoreUserWindow": 70, "ignoreWindow": 60},
        ArchivedData(UNTIL, 9, 60, 8, 70),
    ),
    (ActivityType.SET_REGRESSION, {"event_id": "e1"}, RegressedData("e1")),
    (ActivityType.SET_REGRESSION, {"event_id": "e1", "version": ""}, RegressedData("e1", "")),
    (
        ActivityType.SET_REGRESSION,
        {"event_id": "e1", "version": "2.0", "resolved_in_version": "1.9"},
        RegressedData("e1", "2.0", "1.9"),
    ),
    (ActivityType.SET_ESCALATING, {"event_id": "e1"}, EscalatedData("e1")),
    (ActivityType.SET_ESCALATING, {"event_id": "e1", "forecast": 10, "events": 11}, EscalatedData("e1", 10, 11)),
    (
        ActivityType.SET_ESCALATING,
        {"event_id": "e1", "expired_snooze": ENDED},
        EscalatedData("e1", ended_snooze=EndedSnooze(events=50, events_window=60)),
    ),
    (
        ActivityType.ASSIGNED,
        {"assignee": "7", "assigneeEmail": "ada@acme.example", "assigneeName": "Ada", "assigneeType": "user"},
        AssignedData("user", 7, "Ada", "ada@acme.example"),
    ),
    (
        ActivityType.ASSIGNED,
        {"assignee": "3", "assigneeEmail": None, "assigneeName": "checkout", "assigneeType": "team"},
        AssignedData("team", 3, "checkout"),
    ),
    (ActivityType.SET_PRIORITY, {"priority": "low", "reason": None}, PriorityData(Priority.LOW)),
    (ActivityType.SET_PRIORITY, {"priority": "high", "reason": "escalating"}, PriorityData(Priority.HIGH, "escalating")),
    (ActivityType.AUTO_SET_ONGOING, {"manually": True}, OngoingData()),
    (ActivityType.AUTO_SET_ONGOING, {"after_days": 7}, OngoingData(7)),
    (ActivityType.NOTE, {"text": "The cache was cold."}, CommentData("The cache was cold.")),
    (ActivityType.NOTE, {"text": "It is again.", "thread": "17.1"}, CommentData("It is again.", "17.1")),
    (ActivityType.MERGE, {"issues": [{"id": 2}, {"id": 3}]}, MergedOthersData((2, 3))),
    (ActivityType.MERGE, {"into": 1, "name": "SHOP-1"}, MergedIntoData(1, "SHOP-1")),
    (ActivityType.UNMERGE_SOURCE, {"destination_id": 2, "fingerprints": ["f1", "f2"]}, UnmergeSourceData(2, ("f1", "f2"))),
    (ActivityType.UNMERGE_DESTINATION, {"source_id": 1, "fingerprints": ["f1"]}, UnmergeDestinationData(1, ("f1",))),
    (ActivityType.DELETE, {"purgeAt": UNTIL.isoformat()}, DeletionData(ActivityType.DELETE, UNTIL)),
    (ActivityType.DISCARD, {"purgeAt": UNTIL.isoformat()}, DeletionData(ActivityType.DISCARD, UNTIL)),
    (ActivityType.UNDO, {"of": 4}, UndoneData(4)),
    (ActivityType.UNDO, {"of": 4, "what": "resolved"}, UndoneData(4, "resolved")),
    (ActivityType.UNDO, {"what": "discarded", "tombstone": 6}, UndoneData(undone="discarded", tombstone_id=6)),
]
