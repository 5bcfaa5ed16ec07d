"""Questions of the API that the core answers only in part: put together here from what it has, without a query of our own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus

from bot.api.auth import Caller
from bot.api.problems import Refusal
from bot.api.reading.selections import ListParameters, SelectionQuery, page_of, query_of
from core.bootstrap import Core
from core.errors import AmbiguousName, Invalid, LeavingIssue, TooLate, UnknownIssue, UnknownName, UnknownUser
from core.issues.actions import To
from core.search import Found
from core.types import OPEN_TO_TRIAGE, Status
from core.views import IssueDetails, IssueView

Described = tuple[IssueView, IssueDetails]


def issue(core: Core, organization_id: int, name: int | str) -> IssueView:
    """One issue that is not on its way out. Raises UnknownIssue, or LeavingIssue where it can still be restored."""
    try:
        view = core.reads.issue(organization_id, name)
    except TooLate:
        raise UnknownIssue(name=name) from None
    if view.status is Status.PENDING_DELETION:
        raise LeavingIssue(issue=view.short_id)
    if view.status not in OPEN_TO_TRIAGE:
        raise UnknownIssue(name=view.short_id)
    return view


def assignee(core: Core, organization_id: int, name: str) -> To:
    """Whom ``#team``, an e-mail or a whole name means. Raises Invalid under ``assignedTo``.

    Part of a name is enough in a chat, where a person sees whom it hit; a program must say it in full.
    """
    try:
        return core.directory.assignee(organization_id, name, is_whole=True)
    except (UnknownName, UnknownUser, AmbiguousName) as error:
        raise Invalid("assignedTo", str(error)) from None


def with_details(core: Core, views: Sequence[IssueView], caller: Caller) -> list[Described]:
    """The issues with what is told of them to this caller."""
    actor = caller.actor
    details = core.reads.details([view.id for view in views], actor.user_id if actor else None)
    return [(view, details[view.id]) for view in views]


def search(core: Core, search: SelectionQuery, caller: Caller, wanted: ListParameters) -> tuple[list[Described], Found]:
    """A page of a search. Raises BadQuery, also for a name in it that nobody has."""
    query = query_of(search.text, wanted.sort)
    page, passed_over = page_of(wanted.cursor, wanted.length, query.sort)
    with unknown_names():
        views, page_found = core.reads.search(query, search.asker(caller, core.clock()), page, passed_over)
    return with_details(core, views, caller), page_found


def search_ids(core: Core, search: SelectionQuery, caller: Caller, limit: int) -> list[int]:
    """The numbers of what a search finds. Raises BadQuery as ``found`` does."""
    with unknown_names():
        return core.reads.search_ids(query_of(search.text, None), search.asker(caller, core.clock()), limit)


@contextmanager
def unknown_names() -> Iterator[None]:
    """A name that stands in a query and that nobody has makes the query a bad one; it is not the address that does not exist."""
    try:
        yield
    except UnknownName as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from None
