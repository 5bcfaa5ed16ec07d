"""The pieces of Block Kit that messages and modals share. Pure.

Every text carries ``verbatim``, so that a bare URL or ``#name`` in foreign text stays what it is: only explicit links of ours lead anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.surface import Option, Text

from .text import clamp, line, mrkdwn

Payload = dict[str, Any]

SECTION = 3000
"""Slack's limit for a section's text, in characters."""
CONTEXT = 2000
"""Ours for the text of a context block: Slack documents none of its own."""
REFUSED = "⚠️ "
"""In front of what says that nothing was changed. The words say so as well."""

# Slack's limits: characters of a header, of an option's text and of its value; options of a menu.
_HEADER, _OPTION, _VALUE, _OPTIONS = 150, 75, 150, 100
_NOTHING = "\N{EN DASH}"


def section(text: str) -> Payload:
    """A paragraph of mrkdwn; nothing where the text is blank, as Slack takes no blank text."""
    return {"type": "section", "text": _mrkdwn(text)} if text.strip() else {}


def context(text: str) -> Payload:
    """A small line of mrkdwn; nothing where the text is blank."""
    return {"type": "context", "elements": [_mrkdwn(text)]} if text.strip() else {}


def paragraph(text: Text, marker: str = "") -> Payload:
    """Neutral text as a section that is always there, with a dash where there is nothing to say."""
    return section(marker + (mrkdwn(text, SECTION - len(marker)).strip() or _NOTHING))


def header(text: str) -> Payload:
    """A heading."""
    return {"type": "header", "text": plain_text(text, _HEADER)}


def paragraphs(lines: Iterable[Text], room: int) -> list[Payload]:
    """Lines, several to a section as far as its limit allows. What needs more than ``room`` sections is counted in a last small line."""
    texts = _joined(mrkdwn(each, SECTION) for each in lines)
    left_out = sum(each.count("\n") + 1 for each in texts[room:])
    more = context(f"… and {left_out} more lines") if left_out else {}
    return [block for block in (*map(section, texts[:room]), more) if block]


def plain_text(text: str, limit: int) -> Payload:
    """Text that Slack shows as it is."""
    return {"type": "plain_text", "text": clamp(line(text), limit) or _NOTHING, "emoji": False}


def option_list(values: Iterable[Option]) -> list[Payload]:
    """Options for any menu: the first hundred. One whose value is too long is left out, as half of it would mean something else."""
    fitting = [each for each in values if each.value.strip() and len(each.value) <= _VALUE]
    return [{"text": plain_text(each.label or each.value, _OPTION), "value": each.value} for each in fitting[:_OPTIONS]]


def _joined(lines: Iterable[str]) -> list[str]:
    """Lines put together into as few texts as their limit allows."""
    texts: list[str] = []
    for each in lines:
        if texts and len(texts[-1]) + 1 + len(each) <= SECTION:
            texts[-1] += f"\n{each}"
        else:
            texts.append(each)
    return [text for text in texts if text.strip()]


def _mrkdwn(text: str) -> Payload:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
