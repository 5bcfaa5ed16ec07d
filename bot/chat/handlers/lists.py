"""Show lists with pages, the inbox, and a person's own page."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import issue_lists
from bot.chat.elements import Board, Code, Home, Notice, Reply
from bot.chat.handlers.context import RequestContext
from bot.chat.issue_lists import IssueListPage
from core.errors import Invalid
from core.search import DEFAULT_QUERY, PageOf, PagePosition, Searcher, parse


def search(context: RequestContext, query: str) -> Reply:
    """Return the first page of a search."""
    query = query or DEFAULT_QUERY
    found = page(context, IssueListPage(f"Issues found by {query}", query))
    return found if found.rows else Notice(("Nothing found by ", Code(query), "."), is_private=found.is_private)


def page(context: RequestContext, page: IssueListPage) -> Board:
    """Return a page of a list. Raises the errors of a search, or Invalid."""
    if page == issue_lists.SNOOZED:
        snoozed = context.core.reads.snoozed_by(context.organization_id, context.user.id, issue_lists.PAGE_ROWS)
        return replace(issue_lists.board(page, snoozed), is_private=True)
    query = parse(page.query)
    if len(str(page)) > issue_lists.MAX_PAGE_CHARS:
        raise Invalid("query", "This query is too long for a list that is turned page by page. Example: is:unresolved assigned:me")
    asker = Searcher(context.organization_id, context.core.clock(), context.user.id)
    place = PagePosition.parse(page.place) if page.place else None
    issues, found = context.core.reads.search(query, asker, PageOf(issue_lists.PAGE_ROWS, place))
    return replace(issue_lists.board(page, issues, (str(found.previous or ""), str(found.next or ""))), is_private=query.is_personal)


def inbox(context: RequestContext) -> Board:
    """Return the issues that wait for review."""
    return page(context, issue_lists.INBOX)


def home(context: RequestContext) -> Home:
    """Return a person's assigned issues, their snoozes, and the issues that wait for review."""
    return Home(tuple(page(context, page_) for page_ in (issue_lists.MINE, issue_lists.SNOOZED, issue_lists.INBOX)))
