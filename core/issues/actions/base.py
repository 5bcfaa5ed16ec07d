"""What every action is, and what it works with: the unit of work, the time, the request and the record of what it changed."""

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
    """The rows of one table beside the issues of a request: read once, kept true while actions put and remove."""

    def __init__(self, table: PerIssueStore[Row], issues: Sequence[Issue]) -> None:
        self._table: PerIssueStore[Row] = table
        self._rows: dict[int, Row] = table.of(issues)

    def get(self, issue: Issue) -> Row | None:
        """The issue's row, if it has one."""
        return self._rows.get(issue.id)

    def put(self, rows: Sequence[Row]) -> None:
        """Adds rows, in place of those the issues have."""
        self._table.put(rows)
        self._rows |= {row.issue_id: row for row in rows}

    def remove(self, issues: Iterable[Issue]) -> None:
        """Removes the rows of these issues, if they have any."""
        gone = [issue.id for issue in issues if self._rows.pop(issue.id, None)]
        self._table.remove(gone)


@dataclass
class Context:
    """What an action may use. It never commits, never reads a clock and never asks where the request came from."""

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
    """The request is one of several that a larger one was cut into."""
    outcomes: list[Outcome] = field(default_factory=list)
    """What holds for the issues afterwards; each action adds its part."""

    @cached_property
    def snoozes(self) -> PerIssueCache[Snooze]:
        """What ends the archives of the issues."""
        return PerIssueCache(self.work.snoozes, self.issues)

    @cached_property
    def inbox(self) -> PerIssueCache[InboxEntry]:
        """Which of the issues wait for review."""
        return PerIssueCache(self.work.inbox, self.issues)

    @cached_property
    def assignees(self) -> PerIssueCache[Assignee]:
        """Who looks after the issues."""
        return PerIssueCache(self.work.assignees, self.issues)

    @cached_property
    def deletions(self) -> PerIssueCache[Deletion]:
        """Which of the issues are on their way out."""
        return PerIssueCache(self.work.deletions, self.issues)

    @cached_property
    def resolutions(self) -> PerIssueCache[Resolution]:
        """In which releases the issues are resolved."""
        return PerIssueCache(self.work.resolutions, self.issues)

    @cached_property
    def shares(self) -> PerIssueCache[Share]:
        """Which of the issues are public."""
        return PerIssueCache(self.work.shares, self.issues)

    @property
    def actor_id(self) -> int | None:
        """The acting user, or None where nobody of ours asks (a token without a user, the scheduler)."""
        return self.actor.user_id if self.actor else None

    @property
    def is_single(self) -> bool:
        """Whether exactly one issue was asked for; the reference treats such a request differently."""
        return len(self.issues) == 1 and not self.is_bulk

    @property
    def issue_ids(self) -> list[int]:
        """The numbers of the issues."""
        return [issue.id for issue in self.issues]

    def forget_resolutions(self, issues: Sequence[Issue]) -> None:
        """Open or archived, an issue is resolved in no release and by no commit any more."""
        self.resolutions.remove(issues)
        self.work.commit_links.remove([issue.id for issue in issues])

    def record(self, issue: Issue, change: Change) -> None:
        """Notes a real change: it becomes an activity, bumps the version and makes the issue's messages follow."""
        self.journal.record(issue, change)

    def snapshot(self, issue: Issue) -> JSON:
        """How an issue stands just now, as activities keep it for undo."""
        return snapshot(issue, self.snoozes.get(issue), self.inbox.get(issue), self.resolutions.get(issue))

    def subscribe_actor(self, issues: Sequence[Issue]) -> None:
        """Whoever changes an issue's status is told of what happens to it from then on."""
        if self.actor_id is not None:
            self.work.subscriptions.add([Subscriber(issue.id, self.actor_id, SubscriptionReason.STATUS_CHANGE) for issue in issues])


class Action(Protocol):
    """Something that can be done to issues.

    It gets all issues of the request at once, does nothing where things already are as asked, and needs a number of SQL statements that
    does not grow with the number of issues.
    """

    statuses: ClassVar[Sequence[Status]]
    """The statuses of issues that it can be asked for; others are not selected."""

    def check(self, context: Context) -> None:
        """Raises TriageError where this cannot be done; runs before the first write of any action of the request."""

    def apply(self, context: Context) -> None:
        """Does it to ``context.issues``, and records each real change."""
