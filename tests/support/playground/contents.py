"""Everything that the bot can show, in neutral words: every state, form, board and sentence, with good and with hostile texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.chat import cards, issue_lists, menu, verbs
from bot.chat.elements import Board, Button, Card, ChoiceField, Form, Home, Listing, Notice
from bot.chat.forms import refilled
from bot.chat.targets import OneIssue
from core.errors import Invalid
from core.types import ActivityType, Level
from core.views import AssigneeView, IssueView
from tests.examples import examples
from tests.support.core import NOON
from tests.support.issues import NEW, STATES, archived, move
from tests.support.slack import hostile_values as hostile
from tests.support.slack.hostile_text import HOSTILE

Shown = Card | Board | Form | Home | Listing | Notice

URL = "https://quell.example.com"
EACH = 12
"""Examples of each kind with invented texts."""


def everything() -> list[Shown]:
    """What the bot shows: all states, forms, boards and sentences, then the same kinds with invented texts."""
    return [*_real(), *_invented()]


def _real() -> Iterator[Shown]:
    issues = [*STATES.values(), *_ends(), *_worded()]
    for issue in issues:
        buttons = (menu.undo_button(issue), Button("show", "Show"))
        yield cards.alert(issue, URL, because="is:unresolved level:error")
        yield Notice(cards.state_sentence(issue, URL), issue=OneIssue(issue.id, issue.version), buttons=buttons)
    yield from _boards(_numbered(issues))
    yield Listing("What can be done here", tuple((spec.name, ": ", spec.help) for spec in verbs.TYPED))
    yield from _forms()
    yield from _lines()


def _boards(issues: list[IssueView]) -> Iterator[Board | Home]:
    own = (issue_lists.MINE, issue_lists.SNOOZED, issue_lists.INBOX)
    for page in (*own, issue_lists.IssueListPage("Issues found by ÿ" * 60, '"' * 100, "x" * 200)):
        yield issue_lists.board(page, issues, ("before", "after"))
    yield issue_lists.board(issue_lists.INBOX, ())
    yield issue_lists.storm(NOON, None, 240, issues)
    yield Home(tuple(issue_lists.board(page, issues, ("", "after")) for page in own))


def _ends() -> Iterator[IssueView]:
    yield archived(until_at=NOON)
    yield archived(events=50, events_so_far=12)
    yield archived(users=10, users_window=60)
    yield archived(until_at=NOON, events=5, users=3)


def _worded() -> Iterator[IssueView]:
    """The new issue with each hostile text wherever somebody else's text can stand, at each level."""
    levels = list(Level)
    for number, text in enumerate(HOSTILE.values()):
        long = text[:4000]
        holder = AssigneeView("team" if number % 2 else "user", 1, long[:200])
        yield replace(
            NEW,
            title=long,
            culprit=long,
            message=long,
            release=long[:200],
            environment=long[:60],
            assignee=holder,
            level=levels[number % len(levels)],
        )


def _numbered(issues: list[IssueView]) -> list[IssueView]:
    """Ten of them, each an issue of its own."""
    return [replace(issue, id=number, number=number) for number, issue in enumerate(issues[-issue_lists.PAGE_ROWS :], 1)]


def _forms() -> Iterator[Form]:
    """Each form about one issue, about several, and come back with something wrong in it."""
    for item in menu.MENU:
        if item.form:
            one = item.form(NEW)
            yield one
            yield item.form(*_numbered(list(_worded())))
            yield refilled(one, {each.name: "<!channel> " * 40 for each in one.fields}, Invalid("amount", "This is <wrong>."))


def _lines() -> Iterator[Notice]:
    """What is said in a thread, of each kind of change."""
    data: dict[str, Any] = {
        "assigneeName": "<@UANA>",
        "text": "<!channel> [x](y)",
        "name": "SHOP-2",
        "what": "resolved",
        "priority": "high",
        "events": 5,
        "forecast": 3,
    }
    for kind in ActivityType:
        for activity in (move(kind, **data), move(kind, user=None, **data)):
            yield cards.line([activity], replace(NEW, last_move=activity))


def _invented() -> Iterator[Shown]:
    yield from _some(hostile.cards)
    yield from _some(hostile.boards)
    yield from _some(hostile.notices)
    yield from _some(hostile.forms.filter(_has_values))
    yield from _some(st.builds(lambda some: Home(tuple(some)), st.lists(hostile.boards.map(_with_short_pages), max_size=3)))
    yield from _some(st.builds(lambda heading, some: Listing(heading, tuple(some)), hostile.foreign, st.lists(hostile.texts, max_size=60)))


def _has_values(form: Form) -> bool:
    """The values of options are ours and never empty."""
    return all(option.value.strip() for field in form.fields if isinstance(field, ChoiceField) for option in field.options)


def _with_short_pages(board: Board) -> Board:
    """A person's own page shows fixed searches, whose names are short."""
    return replace(board, buttons=tuple(replace(button, choice=button.choice[:200]) for button in board.buttons))


def _some(kind: st.SearchStrategy[Any]) -> list[Any]:
    """The same examples each time: what is found wrong can be looked at again."""
    found: list[Any] = []

    @settings(max_examples=examples(EACH), phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(kind)
    def collect(one: Any) -> None:
        found.append(one)

    collect()
    return found
