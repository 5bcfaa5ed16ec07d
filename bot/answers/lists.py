"""Lists with pages, the inbox, and a person's own page."""

from __future__ import annotations

from dataclasses import replace

from bot import boards
from bot.answers.desk import Desk
from bot.boards import Page
from bot.surface import Board, Code, Home, Notice, Reply
from core.errors import Invalid
from core.search import DEFAULT, Asker, PageOf, Place, parse


def listed(desk: Desk, query: str) -> Reply:
    """What a search finds: its first page."""
    query = query or DEFAULT
    found = page(desk, Page(f"Issues found by {query}", query))
    return found if found.rows else Notice(("Nothing found by ", Code(query), "."), is_private=found.is_private)


def page(desk: Desk, page: Page) -> Board:
    """A page of a list. Raises what a search raises, or Invalid."""
    if page == boards.SNOOZED:
        snoozed = desk.core.reads.snoozed_by(desk.organisation_id, desk.user.id, boards.ROWS)
        return replace(boards.board(page, snoozed), is_private=True)
    query = parse(page.query)
    if len(str(page)) > boards.LONGEST_PAGE:
        raise Invalid("query", "This query is too long for a list that is turned page by page. Example: is:unresolved assigned:me")
    asker = Asker(desk.organisation_id, desk.core.clock(), desk.user.id)
    place = Place.parse(page.place) if page.place else None
    issues, found = desk.core.reads.found(query, asker, PageOf(boards.ROWS, place))
    return replace(boards.board(page, issues, (str(found.previous or ""), str(found.next or ""))), is_private=query.is_personal)


def inbox(desk: Desk) -> Board:
    """What waits for a first look."""
    return page(desk, boards.INBOX)


def home(desk: Desk) -> Home:
    """What a person looks after, what they snoozed, and what waits for a first look."""
    return Home(tuple(page(desk, one) for one in (boards.MINE, boards.SNOOZED, boards.INBOX)))
