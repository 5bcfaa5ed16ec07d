"""The conditions under which the card of an issue offers a verb, and its choices."""

from __future__ import annotations

from collections.abc import Callable

from bot.chat.elements import Option
from core.issues.actions.undo import UNDOABLE
from core.types import OPEN_TO_TRIAGE, Priority, Status
from core.views import IssueView


def in_status(*statuses: Status) -> Callable[[IssueView], bool]:
    """Return a condition: the issue has one of these statuses."""
    return lambda issue: issue.status in statuses


def is_open(issue: IssueView) -> bool:
    """Return whether the issue is not being deleted."""
    return issue.status in OPEN_TO_TRIAGE


def never(_: IssueView) -> bool:
    """Never offer the verb: it is typed only, or it is the opposite of another one."""
    return False


def has_releases(issue: IssueView) -> bool:
    """Return whether the issue can be resolved in a release."""
    return issue.has_releases and issue.status in (Status.UNRESOLVED, Status.ARCHIVED)


def waits_for_review(issue: IssueView) -> bool:
    """Return whether the issue waits for review."""
    return issue.inbox is not None and is_open(issue)


def can_undo(issue: IssueView) -> bool:
    """Return whether the last change of an issue can be undone."""
    change = issue.last_change
    return change is not None and change.user is not None and change.type in UNDOABLE


def can_undo_here(issue: IssueView) -> bool:
    """Return whether the card offers Undo; a deletion is restored instead."""
    return is_open(issue) and can_undo(issue)


def last_change(issue: IssueView) -> tuple[Option, ...]:
    """Return the only choice of Undo: the last change."""
    return (Option("Undo last change", str(issue.last_change.id)),) if issue.last_change else ()


def other_priorities(issue: IssueView) -> tuple[Option, ...]:
    """Return the priorities that the issue does not have, the highest first."""
    others = [priority for priority in sorted(Priority, reverse=True) if priority != issue.priority]
    return tuple(Option(f"Priority: {priority.name.capitalize()}", priority.name.lower()) for priority in others)
