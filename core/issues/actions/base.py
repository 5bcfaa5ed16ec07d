"""The base of all actions, and the context they work with: the unit of work, the time, the request, and the changes they record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Generic, Protocol

from core.db.accounts import Subscriber
from core.db.models import Assignee, Deletion, InboxEntry, Issue, Resolution, Share, Snooze
from core.db.unit_of_work import PerIssueStore, Row, UnitOfWork
from core.issues.actions.outcomes import Outcome
from core.issues.activity import Change, Journal, snapshot
from core.types import JSON, Actor, Source, Status, SubscriptionReason


class PerIssueCache(Generic[Row]):
    """The rows of one table for the issues of a request: read once, and kept current while actions put and remove rows."""

    def __init__(self, table: PerIssueStore[Row], issues: Sequence[Issue]) -> None:
        self._table: PerIssueStore[Row] = table
        self._rows: dict[int, Row] = table.of(issues)

    def get(self, issue: Issue) -> Row | None:
        """Return the issue's row, or None."""
        return self._rows.get(issue.id)

    def put(self, rows: Sequence[Row]) -> None:
        """Add rows; each replaces the row that its issue had."""
        self._table.put(rows)
        self._rows |= {row.issue_id: row for row in rows}

    def remove(self, issues: Iterable[Issue]) -> None:
        """Remove the rows of these issues, if they have any."""
        gone = [issue.id for issue in issues if self._rows.pop(issue.id, None)]
        self._table.remove(gone)


@dataclass
class Context:
    """Everything that an action may use. It never commits, never reads a clock and does not know where the request came from."""

    work: UnitOfWork
    organization_id: int
    source: Source
    actor: Actor | None
    journal: Journal
    issues: Sequence[Issue]
    now: datetime
    deletion_grace: float
    """Seconds between a deletion and its purge."""
    is_bulk: bool = False
    """Whether the request is one chunk of a larger request."""
    outcomes: list[Outcome] = field(default_factory=list)
    """What is true for the issues afterwards; each action adds its part."""

    @cached_property
    def snoozes(self) -> PerIssueCache[Snooze]:
        """The conditions that end the archives of the issues."""
        return PerIssueCache(self.work.snoozes, self.issues)

    @cached_property
    def inbox(self) -> PerIssueCache[InboxEntry]:
        """The inbox entries of the issues that wait for review."""
        return PerIssueCache(self.work.inbox, self.issues)

    @cached_property
    def assignees(self) -> PerIssueCache[Assignee]:
        """The assignees of the issues."""
        return PerIssueCache(self.work.assignees, self.issues)

    @cached_property
    def deletions(self) -> PerIssueCache[Deletion]:
        """The pending deletions of the issues."""
        return PerIssueCache(self.work.deletions, self.issues)

    @cached_property
    def resolutions(self) -> PerIssueCache[Resolution]:
        """The releases in which the issues are resolved."""
        return PerIssueCache(self.work.resolutions, self.issues)

    @cached_property
    def shares(self) -> PerIssueCache[Share]:
        """The share links of the issues that are public."""
        return PerIssueCache(self.work.shares, self.issues)

    @property
    def actor_id(self) -> int | None:
        """Return the id of the acting user, or None without one (a token without a user, or the scheduler)."""
        return self.actor.user_id if self.actor else None

    @property
    def is_single(self) -> bool:
        """Return whether the request names exactly one issue; Sentry treats such a request differently."""
        return len(self.issues) == 1 and not self.is_bulk

    @property
    def issue_ids(self) -> list[int]:
        """Return the ids of the issues."""
        return [issue.id for issue in self.issues]

    def forget_resolutions(self, issues: Sequence[Issue]) -> None:
        """Remove the links to releases and commits from issues that are no longer resolved."""
        self.resolutions.remove(issues)
        self.work.commit_links.remove([issue.id for issue in issues])

    def record(self, issue: Issue, change: Change) -> None:
        """Record a real change: it becomes an activity, increments the version, and redraws the issue's messages."""
        self.journal.record(issue, change)

    def snapshot(self, issue: Issue) -> JSON:
        """Return the issue's current state in the form that activities keep for undo."""
        return snapshot(issue, self.snoozes.get(issue), self.inbox.get(issue), self.resolutions.get(issue))

    def subscribe_actor(self, issues: Sequence[Issue]) -> None:
        """Subscribe the acting user to the issues whose status they change."""
        if self.actor_id is not None:
            self.work.subscriptions.add([Subscriber(issue.id, self.actor_id, SubscriptionReason.STATUS_CHANGE) for issue in issues])


class Action(Protocol):
    """The base class of everything that can be done to issues.

    An action gets all issues of the request at once. It does nothing where the issue already is as requested. Its number of SQL statements does not
    grow with the number of issues.
    """

    statuses: ClassVar[Sequence[Status]]
    """The statuses of the issues that the action applies to; other issues are not selected."""

    def check(self, context: Context) -> None:
        """Raise TriageError if the action is impossible; runs before the first write of any action of the request."""

    def apply(self, context: Context) -> None:
        """Apply the action to ``context.issues``, and record each real change."""
