"""Text for Teams: escape foreign text so that it can neither mention, link nor break a card; format our own text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC
from urllib.parse import quote

from bot.chat.elements import Bold, Code, Link, Moment, Span, Text, plain
from bot.security.invisible import cut_end, visible

_SPECIAL = re.compile(r"[\\\[\]()*_~#>|`]")
_LIST = re.compile(r"^([^\S\n]*+)(?:([-+])|(\d++)\.)", re.MULTILINE)
_BRACES = re.compile(r"\{(?=\{|$)")
_SPACES = re.compile(r"\s+")
_BREAKS_LINK = re.compile(r"[\s()<>\\\"]")


def clean(text: str, limit: int) -> str:
    """Return the text without invisible, reordering and control characters, at most ``limit`` characters; line breaks and tabs stay."""
    return clamp(visible(text[: 2 * limit]), limit)


def clamp(text: str, limit: int) -> str:
    """Return at most ``limit`` characters; a cut text ends in an ellipsis."""
    return text if len(text) <= limit else cut_end(text[: limit - 1]) + "…"


def escape(text: str, limit: int) -> str:
    """Return one line of foreign text for Markdown, clamped before it is escaped."""
    return _escaped(_SPACES.sub(" ", clean(text, limit)))


def block(text: str, limit: int) -> str:
    """Return several lines of foreign text for Markdown: each a paragraph, with its indentation.

    Four spaces would begin a code block, which would show our escapes, so spaces become non-breaking.
    """
    lines = (line.expandtabs(4).rstrip() for line in clean(text, limit).strip("\n").split("\n"))
    return "\n\n".join(_indented(line) for line in lines if line)


def _indented(line: str) -> str:
    words = line.lstrip()
    return "\u00a0" * (len(line) - len(words)) + _escaped(words)


def _escaped(text: str) -> str:
    # Escape entities first, because they contain special characters such as `#`. `<at>` is a mention, so every `<` is escaped.
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return _without_templates(_LIST.sub(_escape_list_mark, _SPECIAL.sub(r"\\\g<0>", text)))


def _escape_list_mark(match: re.Match[str]) -> str:
    return f"{match[1]}\\{match[2]}" if match[2] else f"{match[1]}{match[3]}\\."


def _without_templates(text: str) -> str:
    """Break double braces, because Adaptive Cards evaluate them."""
    return _BRACES.sub("{ ", text)


def bare(text: str, limit: int) -> str:
    """Return one line of foreign text for places where only some clients render Markdown: without backslashes, links and mentions."""
    line = _SPACES.sub(" ", clean(text, limit)).strip()
    return _without_templates(line.replace("<", "\u2039").replace("](", "] ("))


def markdown(text: Text, limit: int, moment: Callable[[Moment], str]) -> str:
    """Return our text as Markdown, each span's foreign part clamped to ``limit``; ``moment`` writes the times."""
    return "".join(_markdown_span(span, limit, moment) for span in text)


def _markdown_span(span: Span, limit: int, moment: Callable[[Moment], str]) -> str:
    match span:
        case str():
            return escape(span, limit)
        case Bold(words):
            inner = escape(words, limit).strip()
            return f"**{inner}**" if inner else ""
        case Code(words):
            # Nothing can be escaped inside backquotes.
            inner = bare(words, limit).replace("`", "'")
            return f"`{inner}`" if inner else ""
        case Link(words, url):
            return link(escape(words, limit).strip(), url)
        case Moment():
            return moment(span)


def link(label: str, url: str) -> str:
    """Return a Markdown link; ``label`` is already escaped, ``url`` is ours. Only web URLs become links."""
    if not url.startswith(("https://", "http://")) or not label:
        return label
    return f"[{label}]({_BREAKS_LINK.sub(lambda match: quote(match[0], safe=''), url)})"


def in_card(moment: Moment) -> str:
    """Return a time in the reader's own time zone: Teams computes it, but only in cards."""
    at = f"{moment.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    time = "{{TIME(" + at + ")}}"
    return time if moment.style == "time" else "{{DATE(" + at + ",SHORT)}} " + time


def in_message(moment: Moment) -> str:
    """Return a time in UTC: the text of a message cannot use the reader's time zone."""
    return plain((moment,))
