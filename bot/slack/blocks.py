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

_OPTION, _VALUE, _OPTIONS = 75, 150, 100  # characters of an option's text and of its value, options of a menu
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


def plain_text(text: str, limit: int) -> Payload:
    """Text that Slack shows as it is."""
    return {"type": "plain_text", "text": clamp(line(text), limit) or _NOTHING, "emoji": False}


def option_list(values: Iterable[Option]) -> list[Payload]:
    """Options for any menu: the first hundred. One whose value is too long is left out, as half of it would mean something else."""
    fitting = [each for each in values if each.value.strip() and len(each.value) <= _VALUE]
    return [{"text": plain_text(each.label or each.value, _OPTION), "value": each.value} for each in fitting[:_OPTIONS]]


def _mrkdwn(text: str) -> Payload:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
