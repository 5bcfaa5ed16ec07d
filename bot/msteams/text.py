"""Text for Teams: foreign text that can ping nobody, forge no link and break no card, and the dress of our own."""

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
    """Without what hides, reorders or commands, and at most ``limit`` characters; lines and tabs stay."""
    return clamp(visible(text[: 2 * limit]), limit)


def clamp(text: str, limit: int) -> str:
    """At most ``limit`` characters, the last one an ellipsis where something was cut."""
    return text if len(text) <= limit else cut_end(text[: limit - 1]) + "…"


def escape(text: str, limit: int) -> str:
    """One line of foreign text for a place that reads Markdown, clamped before it is escaped."""
    return _escaped(_SPACES.sub(" ", clean(text, limit)))


def block(text: str, limit: int) -> str:
    """Several lines of foreign text for a place that reads Markdown: each a paragraph, its indentation kept.

    Four blanks would begin a code block, in which our escapes would show; so they are made unbreakable.
    """
    lines = (line.expandtabs(4).rstrip() for line in clean(text, limit).strip("\n").split("\n"))
    return "\n\n".join(_indented(line) for line in lines if line)


def _indented(line: str) -> str:
    words = line.lstrip()
    return "\u00a0" * (len(line) - len(words)) + _escaped(words)


def _escaped(text: str) -> str:
    # Entities first: what is special in them, such as a hash, is never ours. `<at>` is a mention, so `<` may not survive.
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return _without_templates(_LIST.sub(_escape_list_mark, _SPECIAL.sub(r"\\\g<0>", text)))


def _escape_list_mark(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\."


def _without_templates(text: str) -> str:
    """Adaptive Cards compute what stands in double braces."""
    return _BRACES.sub("{ ", text)


def bare(text: str, limit: int) -> str:
    """One line of foreign text for a place that reads no Markdown, or only in some clients: no back-slashes, yet no link or mention either."""
    line = _SPACES.sub(" ", clean(text, limit)).strip()
    return _without_templates(line.replace("<", "\u2039").replace("](", "] ("))


def markdown(text: Text, limit: int, moment: Callable[[Moment], str]) -> str:
    """Our text as Markdown, each span's foreign part clamped to ``limit``; ``moment`` says how a time is written there."""
    return "".join(_markdown_span(span, limit, moment) for span in text)


def _markdown_span(span: Span, limit: int, moment: Callable[[Moment], str]) -> str:
    match span:
        case str():
            return escape(span, limit)
        case Bold(words):
            inner = escape(words, limit).strip()
            return f"**{inner}**" if inner else ""
        case Code(words):
            # Inside back-quotes nothing is special, so nothing can be escaped either.
            inner = bare(words, limit).replace("`", "'")
            return f"`{inner}`" if inner else ""
        case Link(words, url):
            return link(escape(words, limit).strip(), url)
        case Moment():
            return moment(span)


def link(label: str, url: str) -> str:
    """A Markdown link; ``label`` is escaped already, ``url`` is ours. Nothing but the web is linked to."""
    if not url.startswith(("https://", "http://")) or not label:
        return label
    return f"[{label}]({_BREAKS_LINK.sub(lambda found: quote(found[0], safe=''), url)})"


def in_card(moment: Moment) -> str:
    """A time in the reader's own zone: Teams computes it, but in cards only."""
    at = f"{moment.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    time = "{{TIME(" + at + ")}}"
    return time if moment.style == "time" else "{{DATE(" + at + ",SHORT)}} " + time


def in_message(moment: Moment) -> str:
    """A time in UTC: a message's text has no way to say it in the reader's zone."""
    return plain((moment,))
