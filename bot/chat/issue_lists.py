"""Build pages of issues with tick boxes: lists, the inbox, the issues of a storm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.chat import cards, menu
from bot.chat.elements import Board, Button, Row, Text, plain
from bot.chat.times import many
from bot.chat.verbs import IssueVerb
from core.errors import Invalid
from core.views import IssueView

PAGE_ROWS = 10
"""The issues on a page."""
MAX_PAGE_CHARS = 1_500
"""The maximum length of a page in text form, in characters."""
PAGE = "page"
"""The verb that shows another page."""


@dataclass(frozen=True)
class IssueListPage:
    """The query, the order and the start of a board; the board's buttons carry it."""

    heading: str
    query: str
    place: str = ""
    """A cursor of the search; empty for the first page."""

    def __str__(self) -> str:
        return json.dumps([self.heading, self.query, self.place], ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str | None) -> IssueListPage:
        """Parse what ``str`` wrote. Raises Invalid."""
        try:
            heading, query, place = json.loads(text or "")
        except (ValueError, TypeError):
            heading = query = place = None
        if not (isinstance(heading, str) and isinstance(query, str) and isinstance(place, str)):
            raise Invalid("page", "This list belongs to another version of Quell. Type: list")
        return cls(heading, query, place)


MINE = IssueListPage("My issues", "is:unresolved assigned:me")
SNOOZED = IssueListPage("My snoozes", "")
"""The list of issues that a person archived under a condition; no search finds these."""
INBOX = IssueListPage("Inbox", "is:for_review")


def board(page: IssueListPage, issues: Sequence[IssueView], around: tuple[str, str] = ("", "")) -> Board:
    """Return a page of issues. ``around`` are the cursors of the pages before and after it, empty if there is no such page."""
    verbs = tuple(_for_ticked(verb, page) for verb in menu.for_several(issues))
    turns = zip(("Previous page", "Next page"), around, strict=True)
    pages = tuple(Button(PAGE, label, choice=str(replace(page, place=place))) for label, place in turns if place)
    footer: Text = ("Tick issues to act on several at once.",) if issues else ("There is nothing here.",)
    return Board(page.heading, tuple(row(issue) for issue in issues), (*verbs, *pages), footer=footer)


def storm(began_at: datetime, ended_at: datetime | None, count: int, issues: Sequence[IssueView]) -> Board:
    """Return a storm's summary: the number of new issues, and those with most events. ``ended_at`` is None while it goes on."""
    projects = sorted({issue.project.slug for issue in issues})
    until = f" to {ended_at:%H:%M} UTC" if ended_at else ""
    since = "from" if ended_at else "since"
    heading = f"{many(count, 'new issue')} {since} {began_at:%H:%M}{'' if ended_at else ' UTC'}{until} in {', '.join(projects) or 'this channel'}"
    page = IssueListPage(heading, _born(began_at, ended_at, projects))
    found = board(page, sorted(issues, key=lambda issue: (-issue.times_seen, issue.id))[:PAGE_ROWS])
    everything = Button(PAGE, "List all", choice=str(page))
    return replace(found, buttons=(*found.buttons, everything), footer=("These have the most events. Alerts go on one by one when it is over.",))


@dataclass(frozen=True)
class Day:
    """The numbers of new, regressed and resolved issues in the last 24 hours."""

    new: int
    regressed: int
    resolved: int


def digest(day: Day, waiting: Sequence[IssueView]) -> Board:
    """Return a summary of the last day. ``waiting`` are open issues without an assignee, or without changes for a long time."""
    projects = sorted({issue.project.slug for issue in waiting})
    where = f"project:[{','.join(projects)}] " if projects else ""
    page = IssueListPage(f"The last day in {', '.join(projects) or 'this channel'}", f"{where}is:unresolved is:unassigned")
    counts = f"{many(day.new, 'new issue')}, {day.regressed:,} came back, {day.resolved:,} resolved."
    footer: Text = ("Nobody looks after these yet, or nobody has touched them for long.",) if waiting else ("Nothing waits.",)
    return replace(board(page, waiting[:PAGE_ROWS]), intro=((counts,),), footer=footer)


def row(issue: IssueView) -> Row:
    """Return an issue as a row of a list."""
    counts = [many(issue.times_seen, "event"), many(issue.users_seen, "user")]
    holder = [cards.assignee_name(issue)] if issue.assignee else []
    return Row(issue.id, f"{issue.short_id} {issue.title}", " · ".join([*counts, *holder, plain(cards.state_sentence(issue))]))


def _for_ticked(verb: IssueVerb, page: IssueListPage) -> Button:
    return replace(menu.button(verb), choice=str(page), style="plain")


def _born(began_at: datetime, ended_at: datetime | None, projects: Sequence[str]) -> str:
    """Return the search for issues first seen in a period, those with most events first."""
    last = f" first_seen:<{ended_at + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}" if ended_at else ""
    where = f"project:[{','.join(projects)}] " if projects else ""
    return f"{where}first_seen:>={began_at:%Y-%m-%dT%H:%M:%SZ}{last} sort:freq"
