"""Questions of the API that the core answers only in part: put together here from what it has, without a query of our own."""

from __future__ import annotations

from core.actions import To
from core.bootstrap import Core
from core.errors import AmbiguousName, Invalid, LeavingIssue, TooLate, UnknownIssue, UnknownName, UnknownUser
from core.types import OPEN_TO_TRIAGE, Status
from core.views import IssueView


def issue(core: Core, organisation_id: int, name: int | str) -> IssueView:
    """One issue that is not on its way out. Raises UnknownIssue, or LeavingIssue where it can still be restored."""
    try:
        view = core.reads.issue(organisation_id, name)
    except TooLate:
        raise UnknownIssue(name=name) from None
    if view.status is Status.PENDING_DELETION:
        raise LeavingIssue(issue=view.short_id)
    if view.status not in OPEN_TO_TRIAGE:
        raise UnknownIssue(name=view.short_id)
    return view


def assignee(core: Core, organisation_id: int, name: str) -> To:
    """Whom ``#team``, an e-mail or a whole name means. Raises Invalid under ``assignedTo``.

    Part of a name is enough in a chat, where a person sees whom it hit; a program must say it in full.
    """
    try:
        return core.directory.assignee(organisation_id, name, is_whole=True)
    except (UnknownName, UnknownUser, AmbiguousName) as error:
        raise Invalid("assignedTo", str(error)) from None
