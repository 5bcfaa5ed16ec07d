"""Draw neutral content as Block Kit. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from bot.chat.elements import Board, Button, Card, Content, Fact, Form, Home, Listing, Notice, Options, Row, Text
from bot.chat.platform import OutgoingNote
from bot.chat.targets import OneIssue
from bot.security.invisible import visible
from bot.slack.blocks import CONTEXT, REFUSED, SECTION, Payload, actions, context, header, option_list, paragraph, paragraphs, plain_text, section
from bot.slack.codec import TICK, action_id, block_id, board_block_id, notice_block_id, ticks_block_id
from bot.slack.modals import modal, notice_modal, placeholder_modal
from bot.slack.text import clamp, code, code_block, fallback, fit, flat, line, link, mrkdwn

__all__ = [
    "Payload",
    "alert",
    "board",
    "content",
    "home",
    "home_notice",
    "listing",
    "modal",
    "notice",
    "notice_modal",
    "opener",
    "options",
    "placeholder_modal",
    "thread_note",
    "unfurl",
]

# Slack's limits: characters of a button's and a placeholder's text, elements of a block.
_TICKS, _OPTION, _MESSAGE = 10, 75, 4000
_INTRO = 2
"""The sections for the results of the last press: ten issues fit into one."""
_HOME_BLOCKS, _HOME_BYTES = 100, 240_000
"""The limits of an App Home; Slack's is 250 KB. A board has at most 8 blocks and 100 KB."""


def board(value: Board, nonce: str) -> Payload:
    """Return a board as a message. ``nonce`` must be different at each drawing, because clients keep the ticks otherwise."""
    lines = (span for row in value.rows for span in ("\n", row.title))
    return {"blocks": _blocks(value, 0, nonce), "text": fallback((value.heading, *lines), _MESSAGE)}


def home(value: Home, nonce: str) -> Payload:
    """Return a person's App Home: as many whole boards as Slack accepts."""
    blocks: list[Payload] = []
    for number, board_ in enumerate(value.boards):
        more = [*blocks, *([{"type": "divider"}] if blocks else []), *_blocks(board_, number, nonce)]
        if len(more) > _HOME_BLOCKS or _size(more) > _HOME_BYTES:
            break
        blocks = more
    return {"type": "home", "blocks": blocks or [paragraph(("There is nothing for you here now.",))]}


def home_notice(value: Notice) -> Payload:
    """Return a sentence for the App Home of a person without boards, such as their first step."""
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
    """Return the tick boxes. They do nothing by themselves: the ticks come with the press of a button below."""
    boxes = {"type": "checkboxes", "action_id": action_id(TICK), "options": [_box(row) for row in rows]}
    return {"type": "actions", "block_id": block_id, "elements": [boxes]} if rows else {}


def _box(row: Row) -> Payload:
    details = {"description": plain_text(row.details, _OPTION)} if row.details.strip() else {}
    return {"text": plain_text(row.title, _OPTION), "value": str(row.issue_id), **details}


MARKERS = {"fatal": "🛑", "error": "🔴", "warning": "🟠", "info": "🔵", "debug": "⚪"}

# Slack's limits: characters of `text`, as a longer message cannot be edited any more; blocks of a message.
_BLOCKS = 50
# Ours: a phone shows a few lines of a message before it hides the rest.
_TITLE, _EXCERPT, _LABEL = 300, 256, 75
_MENTIONS = 50
_PERSON = re.compile(r"[UW][A-Z0-9]{1,30}")


def content(value: Content, nonce: str) -> Payload:
    """Return content for a message of its own. ``nonce`` must be different at each drawing (see ``codec.block_id``)."""
    match value:
        case Card():
            return alert(value, nonce)
        case Board():
            return board(value, nonce)
        case Notice():
            return notice(value, nonce)


def alert(card: Card, nonce: str) -> Payload:
    """Return the alert message."""
    blocks = [
        section(_title(card)),
        section(_what_happened(card)),
        section(_one_line(card.state, SECTION)),
        context(_facts(card.facts)),
        context(_one_line(card.people, CONTEXT)),
        actions(block_id(OneIssue(card.issue_id, card.version), nonce), card.controls),
        context(_one_line(card.footer, CONTEXT)),
    ]
    return {"blocks": [block for block in blocks if block], "text": fit(line(card.fallback) or _title_text(card), _MESSAGE)}


def unfurl(value: Content, nonce: str) -> Payload:
    """Return the preview of a pasted link. The message around it has its own text."""
    return {"blocks": content(value, nonce)["blocks"]}


def notice(value: Notice, nonce: str, mentions: str = "") -> Payload:
    """Return a sentence, with the buttons for its issue."""
    marker = mentions + (REFUSED if value.is_refusal else "")
    buttons = actions(notice_block_id(value.issue, nonce), value.buttons) if value.issue else {}
    blocks = [block for block in (paragraph(value.text, marker), buttons) if block]
    return {"blocks": blocks, "text": marker + fallback(value.text, _MESSAGE - len(marker))}


def thread_note(value: OutgoingNote, nonce: str) -> Payload:
    """Return a note in a thread. Mentions come first; an invalid id cannot ping anyone."""
    named = [f"<@{part}> " for part in value.mentions[:_MENTIONS] if _PERSON.fullmatch(part)]
    return notice(value.text, nonce, "".join(named))


def listing(value: Listing) -> Payload:
    """Return lines under a heading. Lines that do not fit into one message are counted at its end."""
    room = _BLOCKS - 3  # the heading, the count of what is left out, the footer
    blocks = [header(value.heading), *paragraphs(value.lines, room), context(mrkdwn(value.footer, CONTEXT))]
    spoken = fallback((value.heading, *_lines(value.lines)), _MESSAGE)
    return {"blocks": [block for block in blocks if block], "text": spoken}


def options(value: Options) -> Payload:
    """Return the choices for a picker."""
    return {"options": option_list(value.options)}


def opener(text: Text, form: Form, nonce: str) -> Payload:
    """Return a private message for when Slack lets us open no form: with a button that opens it, if it is about one issue."""
    one = form.targets if isinstance(form.targets, OneIssue) else None
    button = actions(block_id(one, nonce), (Button(form.verb, form.title),)) if one else {}
    blocks = [paragraph(text), button]
    return {"blocks": [block for block in blocks if block], "text": fallback(text, _MESSAGE)}


def _lines(texts: Iterable[Text]) -> Text:
    return tuple(span for text in texts for span in ("\n", *text))


def _one_line(text: Text, limit: int) -> str:
    return mrkdwn(flat(text), limit).strip()


def _title_text(card: Card) -> str:
    return line(card.title) or "(no title)"


def _title(card: Card) -> str:
    level = line(card.level)
    title = link(_title_text(card), card.url, _TITLE)
    return f"{MARKERS.get(level, '⚪')} *{title}*\n{fit(level.capitalize(), 20)} · {code(card.short_id)}"


def _what_happened(card: Card) -> str:
    excerpt = clamp(visible(card.excerpt).strip(), _EXCERPT)
    return "\n".join(part for part in (code(card.where), code_block(excerpt, SECTION // 2)) if part)


def _facts(facts: tuple[Fact, ...]) -> str:
    """Return as many whole facts as fit: half a number would be wrong."""
    written = ""
    for fact in facts:
        text = f"*{fit(line(fact.label), _LABEL)}:* {_one_line(fact.value, CONTEXT // 4)}"
        if len(written) + len(text) + 3 > CONTEXT:
            break
        written += f" · {text}" if written else text
    return written
