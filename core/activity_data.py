"""The data that the activity log keeps for each ``ActivityType``; ``PlainData`` serves the types that need no details."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from core.types import ActivityType, Priority

PlainType = Literal[
    ActivityType.SET_RESOLVED,
    ActivityType.SET_UNRESOLVED,
    ActivityType.SET_PUBLIC,
    ActivityType.SET_PRIVATE,
    ActivityType.UNASSIGNED,
    ActivityType.MARK_REVIEWED,
    ActivityType.RESTORE,
    ActivityType.PURGE,
    ActivityType.MOVE_TO_INBOX,
]
DeletionType = Literal[ActivityType.DELETE, ActivityType.DISCARD]


@dataclass(frozen=True)
class PlainData:
    """A change that its type describes completely."""

    type: PlainType


@dataclass(frozen=True)
class FirstSeenData:
    """The first event of an issue, and its initial priority."""

    priority: Priority | None
    type: ClassVar = ActivityType.FIRST_SEEN


@dataclass(frozen=True)
class ResolvedInReleaseData:
    """The release that fixes an issue. ``version`` is empty while the next release is unknown; ``current_version`` is the release before it."""

    version: str
    current_version: str | None = None
    type: ClassVar = ActivityType.SET_RESOLVED_IN_RELEASE


@dataclass(frozen=True)
class ResolvedInCommitData:
    """The commit that fixes an issue, by the number of its row."""

    commit_id: int | None
    type: ClassVar = ActivityType.SET_RESOLVED_IN_COMMIT


@dataclass(frozen=True)
class ResolvedByAgeData:
    """The hours that an issue had no event."""

    hours: int
    type: ClassVar = ActivityType.SET_RESOLVED_BY_AGE


@dataclass(frozen=True)
class ArchivedData:
    """The condition that ends an archive; windows are in minutes. If every field is None, the archive is forever."""

    until_at: datetime | None = None
    events: int | None = None
    events_window: int | None = None
    users: int | None = None
    users_window: int | None = None
    is_until_escalating: bool = False
    type: ClassVar = ActivityType.SET_IGNORED


@dataclass(frozen=True)
class RegressedData:
    """The event that reopened a resolved issue.

    ``version`` is the event's release: empty if the event named none, None if releases did not matter. ``resolved_in_version`` is the release that
    should have fixed the issue.
    """

    event_id: str
    version: str | None = None
    resolved_in_version: str | None = None
    type: ClassVar = ActivityType.SET_REGRESSION


@dataclass(frozen=True)
class EndedSnooze:
    """The condition of an archive that ended by events or users; windows are in minutes."""

    until_at: datetime | None = None
    events: int | None = None
    events_window: int | None = None
    users: int | None = None
    users_window: int | None = None


@dataclass(frozen=True)
class EscalatedData:
    """The event with which an issue escalated, and the reason.

    Either an hour had more ``events`` than the ``forecast``, or a snooze ended, or (all None) a new issue has too many events per hour.
    """

    event_id: str
    forecast: int | None = None
    events: int | None = None
    ended_snooze: EndedSnooze | None = None
    type: ClassVar = ActivityType.SET_ESCALATING


@dataclass(frozen=True)
class AssignedData:
    """The new assignee. A team has no e-mail address."""

    kind: Literal["user", "team"]
    assignee_id: int
    name: str
    email: str | None = None
    type: ClassVar = ActivityType.ASSIGNED


@dataclass(frozen=True)
class PriorityData:
    """The new priority. ``reason`` is ``escalating`` or ``ongoing``, or None if a person set the priority."""

    priority: Priority | None
    reason: str | None = None
    type: ClassVar = ActivityType.SET_PRIORITY


@dataclass(frozen=True)
class OngoingData:
    """The days after which an issue became ongoing, or None if a person marked it."""

    after_days: int | None = None
    type: ClassVar = ActivityType.AUTO_SET_ONGOING


@dataclass(frozen=True)
class CommentData:
    """A comment. ``thread`` is the message in whose thread it was written."""

    text: str
    thread: str | None = None
    type: ClassVar = ActivityType.NOTE


@dataclass(frozen=True)
class MergedOthersData:
    """The issues that the primary of a merge took in."""

    issue_ids: tuple[int, ...]
    type: ClassVar = ActivityType.MERGE


@dataclass(frozen=True)
class MergedIntoData:
    """The primary that an issue was merged into: its number and its short id."""

    primary_id: int | None = None
    name: str | None = None
    type: ClassVar = ActivityType.MERGE


@dataclass(frozen=True)
class UnmergeSourceData:
    """The issue that some fingerprints of this one moved to."""

    destination_id: int
    fingerprints: tuple[str, ...]
    type: ClassVar = ActivityType.UNMERGE_SOURCE


@dataclass(frozen=True)
class UnmergeDestinationData:
    """The issue that the fingerprints of this one came from."""

    source_id: int
    fingerprints: tuple[str, ...]
    type: ClassVar = ActivityType.UNMERGE_DESTINATION


@dataclass(frozen=True)
class DeletionData:
    """When a deleted or discarded issue is purged."""

    type: DeletionType
    purge_at: datetime | None


@dataclass(frozen=True)
class UndoneData:
    """The undone change: the number of its activity, and its effect in words (such as *resolved*).

    If events of a discarded issue are accepted again, the number is that of the tombstone instead.
    """

    activity_id: int | None = None
    undone: str | None = None
    tombstone_id: int | None = None
    type: ClassVar = ActivityType.UNDO


ActivityData = (
    PlainData
    | FirstSeenData
    | ResolvedInReleaseData
    | ResolvedInCommitData
    | ResolvedByAgeData
    | ArchivedData
    | RegressedData
    | EscalatedData
    | AssignedData
    | PriorityData
    | OngoingData
    | CommentData
    | MergedOthersData
    | MergedIntoData
    | UnmergeSourceData
    | UnmergeDestinationData
    | DeletionData
    | UndoneData
)
"""The data of an activity of any kind; ``type`` says which kind."""
