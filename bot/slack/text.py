"""Text for Slack: make foreign characters harmless, keep to limits, write neutral spans as mrkdwn. Pure."""

from __future__ import annotations

import re

from bot.chat.elements import Bold, Code, Link, Moment, Span, Text, plain
from bot.security.invisible import cut_end, one_line, visible

_ELLIPSIS = "…"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# A backquote would begin a code span that swallows the text after it, including our links.
_PROSE = {**_ENTITIES, "`": "'"}
_SPACES = re.compile(r"\s+")
_MAX_PIECE_CHARS = 1000  # of bold, code and link text, so that a piece, which is kept whole or left out, fits beside others


def line(text: str) -> str:
    """Return the text on one line, trimmed and without invisible characters."""
    return one_line(text)


def clamp(text: str, limit: int) -> str:
    """Return at most ``limit`` characters; a cut text ends in an ellipsis. For Slack's plain text, which has no entities."""
    return text if len(text) <= limit else cut_end(text[: limit - 1]) + _ELLIPSIS


def fit(text: str, limit: int) -> str:
    """Return foreign text as prose that can neither mention, link nor affect the text after it: at most ``limit`` characters, no entity cut in
    half.
    """
    return _cut([_PROSE.get(char, char) for char in text[: limit + 1]], limit)


def mrkdwn(text: Text, limit: int) -> str:
    """Return neutral text as mrkdwn of at most ``limit`` characters. Links, moments and other formatted pieces are whole or left out."""
    written: list[str] = []
    room = limit - len(_ELLIPSIS)
    for span in text:
        piece = fit(visible(span), max(room, 0)) if isinstance(span, str) else _dressed(span)
        if len(piece) > room:
            return "".join(written) + _ELLIPSIS
        written.append(piece)
        room -= len(piece)
    return "".join(written)


def flat(text: Text) -> Text:
    """Return the text without line breaks, for a card's lines."""
    return tuple(_SPACES.sub(" ", span) if isinstance(span, str) else span for span in text)


def fallback(text: Text, limit: int) -> str:
    """Return the text without formatting, for notifications: never blank, and escaped, because Slack reads mentions there too."""
    return fit(visible(plain(text)).strip(), limit) or "Quell"


def link(label: str, url: str, limit: int = _MAX_PIECE_CHARS) -> str:
    """Return a link. ``label`` is foreign and cut to ``limit`` characters; ``url`` is ours."""
    return f"<{fit(url, 3000).replace('|', '%7C')}|{fit(line(label), limit) or url}>"


def code(text: str) -> str:
    """Return text in a fixed-width font."""
    inner = fit(line(text), _MAX_PIECE_CHARS)
    return f"`{inner}`" if inner else ""


def code_block(text: str, limit: int) -> str:
    """Return lines in a fixed-width font; nothing for empty text, because Slack draws an empty block as its backquotes."""
    lines = visible(text).strip().replace("```", "'''")
    inner = _cut([_ENTITIES.get(char, char) for char in lines[: limit + 1]], limit)
    return f"```\n{inner}\n```" if inner else ""


def _cut(pieces: list[str], limit: int) -> str:
    """Return as many whole pieces as fit. Each has at least one character, so callers need at most one piece more than the limit."""
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    kept, room = [], limit - len(_ELLIPSIS)
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return cut_end("".join(kept)) + _ELLIPSIS


def _dressed(span: Span) -> str:
    match span:
        case Bold(text):
            inner = fit(line(text).replace("*", "\N{ASTERISK OPERATOR}"), _MAX_PIECE_CHARS)
            return f"*{inner}*" if inner else ""
        case Code(text):
            return code(text)
        case Link(text, url):
            return link(text, url)
        case Moment(at, style):
            form = "{time}" if style == "time" else "{date_short_pretty} {time}"
            return f"<!date^{int(at.timestamp())}^{form}|{plain((span,))}>"
        case str():
            return fit(visible(span), _MAX_PIECE_CHARS)
