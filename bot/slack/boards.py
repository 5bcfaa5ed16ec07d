"""Pages of issues with tick boxes: as a message, and one below the other on the App Home. Pure."""

from __future__ import annotations

import json

from bot.surface import Board, Home, Notice, Row

from .blocks import CONTEXT, REFUSED, Payload, context, header, paragraph, paragraphs, plain_text
from .controls import actions
from .marks import TICK, action_id, board_block_id, ticks_block_id
from .text import fallback, mrkdwn

# Slack's limits: tick boxes of a group, characters of each of its two lines, characters of `text` that can still be edited.
_TICKS, _OPTION, _MESSAGE = 10, 75, 4000
_INTRO = 2
"""Sections of what came of the last press: ten issues fit into one."""
_BLOCKS, _BYTES = 100, 240_000
"""Of a page, where Slack takes 250 KB. A board has at most 8 blocks and 100 KB."""


def board(value: Board, nonce: str) -> Payload:
    """A board as a message. ``nonce`` must differ each time it is drawn, else clients keep what was ticked before."""
    lines = (span for row in value.rows for span in ("\n", row.title))
    return {"blocks": _blocks(value, 0, nonce), "text": fallback((value.heading, *lines), _MESSAGE)}


def home(value: Home, nonce: str) -> Payload:
    """A person's App Home: as many whole boards as Slack takes."""
    blocks: list[Payload] = []
    for number, each in enumerate(value.boards):
        more = [*blocks, *([{"type": "divider"}] if blocks else []), *_blocks(each, number, nonce)]
        if len(more) > _BLOCKS or _size(more) > _BYTES:
            break
        blocks = more
    return {"type": "home", "blocks": blocks or [paragraph(("There is nothing for you here now.",))]}


def home_notice(value: Notice) -> Payload:
    """A sentence on the App Home of somebody who has no boards, such as what they are to do first."""
    return {"type": "home", "blocks": [paragraph(value.text, REFUSED if value.is_refusal else "")]}


def _size(blocks: list[Payload]) -> int:
    return len(json.dumps(blocks, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _blocks(value: Board, number: int, nonce: str) -> list[Payload]:
    blocks = [
        header(value.heading),
        *paragraphs(value.intro, _INTRO),
        _ticks(value.rows[:_TICKS], ticks_block_id(number, nonce)),
        actions(board_block_id(number, nonce), value.buttons),
        context(mrkdwn(value.footer, CONTEXT)),
    ]
    return [block for block in blocks if block]


def _ticks(rows: tuple[Row, ...], block_id: str) -> Payload:
    """The tick boxes. They are no control by themselves: what is ticked comes with the press of a button below."""
    boxes = {"type": "checkboxes", "action_id": action_id(TICK), "options": [_box(row) for row in rows]}
    return {"type": "actions", "block_id": block_id, "elements": [boxes]} if rows else {}


def _box(row: Row) -> Payload:
    details = {"description": plain_text(row.details, _OPTION)} if row.details.strip() else {}
    return {"text": plain_text(row.title, _OPTION), "value": str(row.issue_id), **details}
