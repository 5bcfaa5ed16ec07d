"""The issues that a form, a press or a submission is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.views import IssueView


@dataclass(frozen=True)
class OneIssue:
    """An issue, and the version that was shown."""

    issue_id: int
    version: int


@dataclass(frozen=True)
class SeveralIssues:
    """Issues that were ticked on a list or named in a command, even if there are none or only one. The versions shown are unknown.

    ``page`` is the page of the list, as ``bot.chat.issue_lists`` writes it; empty for named issues.
    """

    ids: tuple[int, ...] = ()
    page: str = ""


Targets = OneIssue | SeveralIssues


def targets_of(issues: Sequence[IssueView]) -> Targets:
    """Return one issue with its current version, or several."""
    if len(issues) == 1:
        return OneIssue(issues[0].id, issues[0].version)
    return SeveralIssues(tuple(issue.id for issue in issues))
