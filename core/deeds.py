"""What one transaction did to one issue, as those who tell of it see it."""

from __future__ import annotations

from dataclasses import dataclass

from core.types import JSON, ActivityType

SILENT = frozenset({ActivityType.FIRST_SEEN})
"""What a copy says by being there."""
CHANGES = frozenset(
    {
        ActivityType.SET_RESOLVED,
        ActivityType.SET_RESOLVED_BY_AGE,
        ActivityType.SET_RESOLVED_IN_COMMIT,
        ActivityType.SET_RESOLVED_IN_RELEASE,
        ActivityType.SET_UNRESOLVED,
        ActivityType.SET_IGNORED,
        ActivityType.SET_REGRESSION,
        ActivityType.SET_ESCALATING,
        ActivityType.ASSIGNED,
        ActivityType.UNASSIGNED,
        ActivityType.SET_PRIORITY,
        ActivityType.DELETE,
        ActivityType.DISCARD,
        ActivityType.RESTORE,
        ActivityType.PURGE,
        ActivityType.MERGE,
        ActivityType.UNMERGE_SOURCE,
        ActivityType.UNMERGE_DESTINATION,
        ActivityType.UNDO,
    }
)
"""What a channel is told of that wants changes only."""
MOVES = CHANGES - {ActivityType.ASSIGNED, ActivityType.UNASSIGNED, ActivityType.SET_PRIORITY, ActivityType.PURGE}
"""The changes of status and existence: what subscribers are told of, beside comments."""


@dataclass(frozen=True)
class Deed:
    """What one transaction did to one issue: its activities from the first to the last.

    ``assignee_id`` is the user who got it. ``thread`` is the message in whose thread a comment was written.
    """

    issue_id: int
    first: int
    last: int
    types: frozenset[ActivityType]
    has_facet: bool
    assignee_id: int | None = None
    thread: str | None = None

    @property
    def is_said(self) -> bool:
        """Whether it is, or has, a comment."""
        return ActivityType.NOTE in self.types

    def row(self, kind: str, channel_id: int) -> JSON:
        """A line that tells of it in a channel."""
        row = {"kind": kind, "channel_id": channel_id, "message_id": None, "data": {}}
        return row | {"issue_id": self.issue_id, "activity_id": self.first, "last_activity_id": self.last}
