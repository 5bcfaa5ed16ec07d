"""Lists with pages, the inbox, and a person's own page."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import issue_lists
from bot.chat.elements import Board, Code, Home, Notice, Reply
from bot.chat.handlers.context import RequestContext
from bot.chat.issue_lists import IssueListPage
from core.errors import Invalid
from core.search import DEFAULT, PageOf, PagePosition, Searcher, parse


def listed(desk: RequestContext, query: str) -> Reply:
    """What a search finds: its first page."""
    query = query or DEFAULT
    found = page(desk, IssueListPage(f"Issues found by {query}", query))
    return found if found.rows else Notice(("Nothing found by ", Code(query), "."), is_private=found.is_private)


def page(desk: RequestContext, page: IssueListPage) -> Board:
    """A page of a list. Raises what a search raises, or Invalid."""
    if page == issue_lists.SNOOZED:
        snoozed = desk.core.reads.snoozed_by(desk.organization_id, desk.user.id, issue_lists.ROWS)
        return replace(issue_lists.board(page, snoozed), is_private=True)
    query = parse(page.query)
    if len(str(page)) > issue_lists.LONGEST_PAGE:
        raise Invalid("query", "This query is too long for a list that is turned page by page. Example: is:unresolved assigned:me")
    asker = Searcher(desk.organization_id, desk.core.clock(), desk.user.id)
    place = PagePosition.parse(page.place) if page.place else None
    issues, found = desk.core.reads.found(query, asker, PageOf(issue_lists.ROWS, place))
    return replace(issue_lists.board(page, issues, (str(found.previous or ""), str(found.next or ""))), is_private=query.is_personal)


def inbox(desk: RequestContext) -> Board:
    """What waits for a first look."""
    return page(desk, issue_lists.INBOX)


def home(desk: RequestContext) -> Home:
    """What a person looks after, what they snoozed, and what waits for a first look."""
    return Home(tuple(page(desk, one) for one in (issue_lists.MINE, issue_lists.SNOOZED, issue_lists.INBOX)))
