"""When a verb is offered on the card of an issue, and with which choices."""

from __future__ import annotations

from collections.abc import Callable

from bot.chat.elements import Option
from core.issues.actions.undo import UNDOABLE
from core.types import OPEN_TO_TRIAGE, Priority, Status
from core.views import IssueView


def in_status(*statuses: Status) -> Callable[[IssueView], bool]:
    """For issues of these statuses."""
    return lambda issue: issue.status in statuses


def is_open(issue: IssueView) -> bool:
    """For issues that are not on their way out."""
    return issue.status in OPEN_TO_TRIAGE


def never(_: IssueView) -> bool:
    """For what is typed, or offered as the answer to its opposite."""
    return False


def has_releases(issue: IssueView) -> bool:
    """For what can be resolved in a release."""
    return issue.has_releases and issue.status in (Status.UNRESOLVED, Status.ARCHIVED)


def waits_for_review(issue: IssueView) -> bool:
    """For what nobody has looked at yet."""
    return issue.inbox is not None and is_open(issue)


def can_undo(issue: IssueView) -> bool:
    """Whether the last change of an issue is one that can be taken back."""
    change = issue.last_change
    return change is not None and change.user is not None and change.type in UNDOABLE


def can_undo_here(issue: IssueView) -> bool:
    """For what can be taken back; a deletion is restored instead."""
    return is_open(issue) and can_undo(issue)


def last_change(issue: IssueView) -> tuple[Option, ...]:
    """The one thing that can be taken back."""
    return (Option("Undo last change", str(issue.last_change.id)),) if issue.last_change else ()


def other_priorities(issue: IssueView) -> tuple[Option, ...]:
    """The priorities that the issue does not have, the highest first."""
    others = [priority for priority in sorted(Priority, reverse=True) if priority != issue.priority]
    return tuple(Option(f"Priority: {priority.name.capitalize()}", priority.name.lower()) for priority in others)
