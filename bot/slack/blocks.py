"""The pieces of Block Kit that messages and modals share. Pure.

Every text has ``verbatim``, so that a bare URL or ``#name`` in foreign text stays plain text: only explicit links of ours become links.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.chat.elements import Button, Control, Menu, Option, Picker, Text
from bot.slack.codec import MENU, action_id, option_value
from bot.slack.text import clamp, line, mrkdwn

Payload = dict[str, Any]

SECTION = 3000
"""Slack's limit for a section's text, in characters."""
CONTEXT = 2000
"""Our limit for the text of a context block, in characters; Slack documents none."""
REFUSED = "⚠️ "
"""The sign before a refusal. The words say as well that nothing was changed."""

# Slack's limits: characters of a header, of an option's text and of its value; options of a menu.
_HEADER, _OPTION, _VALUE, _OPTIONS = 150, 75, 150, 100
_NOTHING = "\N{EN DASH}"


def section(text: str) -> Payload:
    """Return a paragraph of mrkdwn; nothing for blank text, which Slack refuses."""
    return {"type": "section", "text": _mrkdwn(text)} if text.strip() else {}


def context(text: str) -> Payload:
    """Return a small line of mrkdwn; nothing for blank text."""
    return {"type": "context", "elements": [_mrkdwn(text)]} if text.strip() else {}


def paragraph(text: Text, marker: str = "") -> Payload:
    """Return neutral text as a section; a dash for empty text."""
    return section(marker + (mrkdwn(text, SECTION - len(marker)).strip() or _NOTHING))


def header(text: str) -> Payload:
    """Return a heading."""
    return {"type": "header", "text": plain_text(text, _HEADER)}


def paragraphs(lines: Iterable[Text], room: int) -> list[Payload]:
    """Return lines, several to a section up to its limit. Lines beyond ``room`` sections are counted in a last small line."""
    texts = _joined(mrkdwn(line_, SECTION) for line_ in lines)
    left_out = sum(line_.count("\n") + 1 for line_ in texts[room:])
    more = context(f"… and {left_out} more lines") if left_out else {}
    return [block for block in (*map(section, texts[:room]), more) if block]


def plain_text(text: str, limit: int) -> Payload:
    """Return text that Slack shows as it is."""
    return {"type": "plain_text", "text": clamp(line(text), limit) or _NOTHING, "emoji": False}


def option_list(values: Iterable[Option]) -> list[Payload]:
    """Return the first hundred options for any menu. An option with a value that is too long is left out, because a cut value would mean something
    else.
    """
    fitting = [option for option in values if option.value.strip() and len(option.value) <= _VALUE]
    return [{"text": plain_text(option.label or option.value, _OPTION), "value": option.value} for option in fitting[:_OPTIONS]]


def _joined(lines: Iterable[str]) -> list[str]:
    """Join lines into as few texts as their limit allows."""
    texts: list[str] = []
    for line_ in lines:
        if texts and len(texts[-1]) + 1 + len(line_) <= SECTION:
            texts[-1] += f"\n{line_}"
        else:
            texts.append(line_)
    return [text for text in texts if text.strip()]


def _mrkdwn(text: str) -> Payload:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


_BUTTON, _PLACEHOLDER, _ELEMENTS = 75, 150, 25


def actions(block_id: str, controls: Sequence[Control]) -> Payload:
    """Return a row of controls; nothing without controls, because Slack refuses an empty row."""
    elements = [_element(controls, place) for place in range(len(controls))]
    shown = [element for element in elements if element][:_ELEMENTS]
    return {"type": "actions", "block_id": block_id, "elements": shown} if shown else {}


def _element(controls: Sequence[Control], place: int) -> Payload:
    control = controls[place]
    match control:
        case Button():
            # Action ids must differ within a block, so the position distinguishes two buttons of one verb.
            is_second = any(isinstance(other, Button) and other.verb == control.verb for other in controls[:place])
            return _button(control, str(place) if is_second else "")
        case Picker(verb, label, source):
            return {"type": "external_select", "action_id": action_id(verb, source), "min_query_length": 0, **_confirmation(label)}
        case Menu():
            return _menu(control, str(place))


def _button(button: Button, detail: str) -> Payload:
    style = {} if button.style == "plain" else {"style": button.style}
    value = {"value": button.choice} if button.choice else {}
    return {"type": "button", "action_id": action_id(button.verb, detail), "text": plain_text(button.label, _BUTTON), **value, **style}


def _menu(menu: Menu, detail: str) -> Payload:
    options = option_list(Option(button.label, option_value(button.verb, button.choice)) for button in menu.buttons)
    return {"type": "static_select", "action_id": action_id(MENU, detail), "options": options, **_confirmation(menu.label)} if options else {}


def _confirmation(label: str) -> dict[str, Payload]:
    return {"placeholder": plain_text(label, _PLACEHOLDER)}


# Slack's limits: tick boxes of a group, characters of each of its two lines, characters of `text` that can still be edited.
