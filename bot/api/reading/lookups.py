"""Look-ups that combine several questions of the core, without queries of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus

from bot.api.auth import Caller
from bot.api.problems import Refusal
from bot.api.reading.selections import ListParameters, SelectionQuery, page_of, query_of, within
from core.bootstrap import Core
from core.errors import AmbiguousName, Invalid, LeavingIssue, TooLate, UnknownIssue, UnknownName, UnknownUser
from core.issues.actions import To
from core.search import Found, Query
from core.types import OPEN_TO_TRIAGE, Status
from core.views import IssueDetails, IssueView

_EVENT_ID = re.compile(r"[0-9a-f]{32}")
Described = tuple[IssueView, IssueDetails]


def issue(core: Core, organization_id: int, name: int | str) -> IssueView:
    """Return an issue that is not being deleted. Raises UnknownIssue, or LeavingIssue if it can still be restored."""
    try:
        view = core.reads.issue(organization_id, name)
    except TooLate:
        raise UnknownIssue(name=name) from None
    if view.status is Status.PENDING_DELETION:
        raise LeavingIssue(issue=view.short_id)
    if view.status not in OPEN_TO_TRIAGE:
        raise UnknownIssue(name=view.short_id)
    return view


def assignee(core: Core, caller: Caller, name: str) -> To:
    """Return the assignee for ``me``, ``#team``, an e-mail address or a full name. Raises Invalid under ``assignedTo``.

    A chat accepts part of a name because the person sees the match; a program must send the full name.
    """
    if name.lower() == "me":
        if caller.actor is None:
            raise Invalid("assignedTo", "This token acts as nobody, so nobody is me; say user:ID, team:ID, an e-mail address or a name.")
        return To("user", caller.actor.user_id)
    try:
        return core.directory.assignee(caller.organization_id, name, is_whole=True)
    except (UnknownName, UnknownUser, AmbiguousName) as error:
        raise Invalid("assignedTo", str(error)) from None


def with_details(core: Core, views: Sequence[IssueView], caller: Caller) -> list[Described]:
    """Return the issues with their details for this caller."""
    actor = caller.actor
    details = core.reads.details([view.id for view in views], actor.user_id if actor else None)
    return [(view, details[view.id]) for view in views]


def search(core: Core, search: SelectionQuery, caller: Caller, wanted: ListParameters) -> tuple[list[Described], Found]:
    """Return a page of a search. Raises BadQuery, also for an unknown name in the query."""
    now = core.clock()
    query = _event_query(core, search, caller, wanted.sort) or query_of(search.text, wanted.sort)
    query = replace(query, terms=(*query.terms, *within(wanted, now)))
    page, passed_over = page_of(wanted.cursor, wanted.length, query.sort)
    with unknown_names():
        views, page_found = core.reads.search(query, search.asker(caller, now), page, passed_over)
    return with_details(core, views, caller), page_found


def _event_query(core: Core, search: SelectionQuery, caller: Caller, sort: str | None) -> Query | None:
    """Return the search for the issue of an event, if the query is the id of one and nothing else."""
    bare = search.written.replace("-", "").lower()
    if _EVENT_ID.fullmatch(bare) is None:
        return None
    try:
        issue_id = core.stored_events.in_organization(caller.organization_id, bare).issue_id
    except UnknownName:
        return None
    return query_of(f"{search.text.removesuffix(search.written)} issue.id:{issue_id}", sort)


def search_ids(core: Core, search: SelectionQuery, caller: Caller, limit: int) -> list[int]:
    """Return the ids that a search finds. Raises BadQuery as ``search`` does."""
    with unknown_names():
        return core.reads.search_ids(query_of(search.text, None), search.asker(caller, core.clock()), limit)


@contextmanager
def unknown_names() -> Iterator[None]:
    """Turn an unknown name in a query into BadQuery, because the path itself exists."""
    try:
        yield
    except UnknownName as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from None
