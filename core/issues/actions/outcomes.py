"""The outcomes of actions: what is true for all issues of a request after it, whether it changed them or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from core.issues.actions.modes import Mode, Now
from core.rules.snooze import Condition
from core.types import Priority
from core.views import AssigneeView


class Subject(StrEnum):
    """The part of an issue that an outcome is about. If several outcomes have the same subject, the last one counts."""

    STATUS = "status"
    INBOX = "inbox"
    ASSIGNEE = "assignee"
    PRIORITY = "priority"
    SEEN = "seen"
    BOOKMARK = "bookmark"
    SUBSCRIPTION = "subscription"
    SHARE = "share"
    MERGE = "merge"
    DISCARD = "discard"


@dataclass(frozen=True)
class ResolveOutcome:
    """The issues are resolved in this way. ``actor_id`` is the user who chose the release or commit."""

    mode: Mode = field(default_factory=Now)
    actor_id: int | None = None
    subject: ClassVar = Subject.STATUS


@dataclass(frozen=True)
class UnresolveOutcome:
    """The issues are open."""

    subject: ClassVar = Subject.STATUS


@dataclass(frozen=True)
class ArchiveOutcome:
    """The issues are archived: until the condition is met, until they escalate, or forever. ``actor_id`` is the user who set the condition."""

    condition: Condition | None = None
    is_until_escalating: bool = False
    actor_id: int | None = None
    subject: ClassVar = Subject.STATUS


class InboxChange(StrEnum):
    """How issues came into the inbox, or left it."""

    ADDED = "added"
    REVIEWED = "reviewed"
    CLEARED = "cleared"
    """They left it because their status changed."""


@dataclass(frozen=True)
class InboxOutcome:
    """Whether the issues wait for review."""

    change: InboxChange
    subject: ClassVar = Subject.INBOX


@dataclass(frozen=True)
class AssigneeOutcome:
    """The assignee of the issues, or None."""

    assignee: AssigneeView | None
    subject: ClassVar = Subject.ASSIGNEE


@dataclass(frozen=True)
class PriorityOutcome:
    """The priority of the issues."""

    priority: Priority
    subject: ClassVar = Subject.PRIORITY


@dataclass(frozen=True)
class SeenOutcome:
    """Whether the acting user has seen the issues."""

    is_seen: bool
    subject: ClassVar = Subject.SEEN


@dataclass(frozen=True)
class BookmarkOutcome:
    """Whether the acting user has bookmarked the issues."""

    is_bookmarked: bool
    subject: ClassVar = Subject.BOOKMARK


@dataclass(frozen=True)
class SubscriptionOutcome:
    """Whether the acting user is subscribed to the issues."""

    is_subscribed: bool
    subject: ClassVar = Subject.SUBSCRIPTION


@dataclass(frozen=True)
class ShareOutcome:
    """Whether the issues are public, and the secret in the link of the last one."""

    is_public: bool
    share_id: str | None
    subject: ClassVar = Subject.SHARE


@dataclass(frozen=True)
class MergeOutcome:
    """The issue that took in the others. Both fields are empty if there was only one issue."""

    primary_id: int | None = None
    merged_ids: tuple[int, ...] = ()
    subject: ClassVar = Subject.MERGE


@dataclass(frozen=True)
class DiscardOutcome:
    """The issues are discarded."""

    subject: ClassVar = Subject.DISCARD


Outcome = (
    ResolveOutcome
    | UnresolveOutcome
    | ArchiveOutcome
    | InboxOutcome
    | AssigneeOutcome
    | PriorityOutcome
    | SeenOutcome
    | BookmarkOutcome
    | SubscriptionOutcome
    | ShareOutcome
    | MergeOutcome
    | DiscardOutcome
)


def merged(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return one outcome for each subject: the last one, at the position of the first one."""
    return tuple({outcome.subject: outcome for outcome in outcomes}.values())
