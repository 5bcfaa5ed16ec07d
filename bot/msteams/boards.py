"""Draws boards and homes for Teams: issues with tick boxes, and below them what can be done to the ticked ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bot.msteams.cards import WIDTHS, JsonObject, adaptive_card, fits, fitted, text_block
from bot.msteams.controls import TICK, About, Origin, action_sets
from bot.msteams.text import bare, dress, escape, in_card
from bot.surface import Board, Home, Row

MOST_LINES = 20
"""Of what came of a press; a board holds ten issues."""
LONGEST_ROW = 128
"""Characters of a title, or of what stands below it: two lines in a narrow window."""
READABLE = WIDTHS[:3]
HOME_TITLE = "Your page"

Draw = Callable[[int, bool], Iterable[JsonObject | None]]
"""The body by the width of a piece of text, and by whether the buttons are lean."""


def board_card(board: Board) -> JsonObject:
    """A board as a card of its own."""
    return _spared(board.heading, lambda width, is_lean: _board(board, About(origin=Origin("board"), is_lean=is_lean), width))


def home_card(home: Home) -> JsonObject:
    """A person's page: boards one below the other. Each press sends the inputs of all, so the id of an input names its board."""
    return _spared(HOME_TITLE, lambda width, is_lean: _home(home, width, is_lean))


def _spared(title: str, draw: Draw) -> JsonObject:
    """Each button holds its board's page, which may be long; so the copy for old clients gives way before titles become hard to read."""
    full = fitted(lambda width: _card(title, draw(width, False), width), READABLE)
    return full if fits(full) else fitted(lambda width: _card(title, draw(width, True), width))


def _card(title: str, body: Iterable[JsonObject | None], width: int) -> JsonObject:
    return adaptive_card([block for block in body if block], [], bare(title, width))


def _home(home: Home, width: int, is_lean: bool) -> Iterator[JsonObject | None]:  # noqa: FBT001  see Draw
    yield text_block(HOME_TITLE, size="Large", weight="Bolder")
    for place, board in enumerate(home.boards):
        drawn = _board(board, About(origin=Origin("home", place), is_lean=is_lean), width)
        yield {"type": "Container", "separator": True, "spacing": "Large", "items": [block for block in drawn if block]}


def _board(board: Board, about: About, width: int) -> Iterator[JsonObject | None]:
    yield text_block(escape(board.heading, width).strip() or "…", size="Medium", weight="Bolder")
    yield text_block("\n\n".join(dress(line, width, in_card) for line in board.intro[:MOST_LINES]))
    for row in board.rows:
        yield from _row(row, about.origin.board, width)
    yield from action_sets(board.buttons, about)
    yield text_block(dress(board.footer, width, in_card), isSubtle=True, size="Small")


def _row(row: Row, place: int, width: int) -> Iterator[JsonObject | None]:
    room = min(width, LONGEST_ROW)
    yield {"type": "Input.Toggle", "id": f"{TICK}{place}_{row.issue_id}", "title": bare(row.title, room) or "…", "wrap": True}
    yield text_block(escape(row.details, room), isSubtle=True, size="Small", spacing="None")
