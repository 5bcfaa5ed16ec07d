"""Which issues a form, a press or a submission is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.views import IssueView


@dataclass(frozen=True)
class OneIssue:
    """An issue, and its version as it was shown."""

    issue_id: int
    version: int


@dataclass(frozen=True)
class SeveralIssues:
    """Issues that were ticked on a list or named in a command, be they none or one. Nobody knows which version of each was shown.

    ``page`` is the page of the list, as ``bot.chat.issue_lists`` writes it; empty for issues that were named.
    """

    ids: tuple[int, ...] = ()
    page: str = ""


Targets = OneIssue | SeveralIssues


def targets_of(issues: Sequence[IssueView]) -> Targets:
    """One issue as it is now, or several."""
    if len(issues) == 1:
        return OneIssue(issues[0].id, issues[0].version)
    return SeveralIssues(tuple(issue.id for issue in issues))
