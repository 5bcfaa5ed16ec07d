"""The pieces of Adaptive Cards: the frame, text blocks, actions with their data, and the message with a card."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.chat.elements import Button, Control, Menu, Picker
from bot.chat.targets import OneIssue
from bot.msteams.text import bare

JsonObject = dict[str, Any]

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
MAX_CARD_BYTES = 24 * 1024
"""The largest JSON of a card, so that it fits Teams' strictest limit, 28 KB for a webhook's message."""
WIDTHS = (256, 128, 64, 32, 16)
"""The maximum lengths to try for a piece of text, in characters; the largest that fits is used."""


def text_block(text: str, **looks: Any) -> JsonObject | None:
    """Return a wrapped block of escaped Markdown; None for empty text."""
    return {"type": "TextBlock", "text": text, "wrap": True, **looks} if text.strip() else None


def fitted(draw: Callable[[int], JsonObject], widths: Sequence[int] = WIDTHS) -> JsonObject:
    """Return the card with the longest pieces of text that keep it within the limit, else with the shortest."""
    drawn: JsonObject = {}
    for width in widths:
        drawn = draw(width)
        if fits(drawn):
            break
    return drawn


def fits(card: JsonObject) -> bool:
    """Return whether a card keeps to the limit."""
    return len(json.dumps(card)) <= MAX_CARD_BYTES


def adaptive_card(body: list[JsonObject], actions: list[JsonObject], fallback: str) -> JsonObject:
    """Return a card of the newest version that Teams accepts from bots."""
    card: JsonObject = {"type": "AdaptiveCard", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "version": "1.5"}
    card |= {"msteams": {"width": "Full"}, "fallbackText": fallback or "Quell", "body": body}
    return card | {"actions": actions} if actions else card


def message_with(content: JsonObject, summary: str) -> JsonObject:
    """Return the message with a card. ``summary`` is the text of a notification."""
    return {"type": "message", "summary": summary, "attachments": [attachment(content)]}


def attachment(content: JsonObject) -> JsonObject:
    """Return a card as part of a message or a dialog."""
    return {"contentType": CARD_TYPE, "content": content}


def dialog_with(content: JsonObject, title: str, height: str) -> JsonObject:
    """Return the response that opens a dialog with a card, or replaces the card of an open dialog."""
    return {"task": {"type": "continue", "value": {"title": title, "height": height, "width": "medium", "card": attachment(content)}}}


FETCH = {"msteams": {"type": "task/fetch"}}
"""In an action's data, makes Teams request a dialog. Teams adds the card's inputs, as with every action."""
ROW = 6
"""The most actions that Teams shows in one row of a card."""
TICK = "tick_"
"""The prefix of the id of a tick box; the number of its board and its issue follow, because an issue may be on two boards of one card."""

_STYLES: Mapping[str, JsonObject] = {"primary": {"style": "positive"}, "danger": {"style": "destructive"}, "plain": {}}


@dataclass(frozen=True)
class CardOrigin:
    """Where a control is, as far as its response depends on that; it comes back in the control's data.

    ``board`` counts from 0: a home has several. ``page`` is the page that the board showed; a form brings it back, and the page is redrawn.
    """

    on: Literal["alert", "unfolded", "board", "home"] = "alert"
    board: int = 0
    page: str = ""

    def data(self) -> JsonObject:
        """Return the origin in the form of an action's data; empty for an alert's own controls."""
        page = {"page": self.page} if self.page else {}
        return {} if self.on == "alert" else {"on": self.on, "board": self.board, **page}


ON_ALERT = CardOrigin()


def issue_data(issue: OneIssue | None) -> JsonObject:
    """Return the issue in the form of an action's data. Zeros mean several issues."""
    return {"issue": issue.issue_id, "version": issue.version} if issue else {"issue": 0, "version": 0}


@dataclass(frozen=True)
class ActionContext:
    """The context that a row of controls shares: one issue, or the ticked issues of their board.

    ``is_lean`` leaves out what only old clients need twice.
    """

    issue: OneIssue | None = None
    origin: CardOrigin = ON_ALERT
    is_lean: bool = False

    def data(self, verb: str, choice: str = "") -> JsonObject:
        """Return the data of one of the controls."""
        data = {"verb": verb, **issue_data(self.issue), **self.origin.data()}
        return data | {"choice": choice} if choice else data


def button(button_: Button, about: ActionContext) -> JsonObject:
    """Return an action. Old clients do not support Action.Execute: they send the same data as a message."""
    title, style = bare(button_.label, 75), _STYLES[button_.style]
    data = about.data(button_.verb, button_.choice)
    if button_.asks:
        return {"type": "Action.Submit", "title": title, "data": {**FETCH, **data}, **style}
    submit = {"type": "Action.Submit", "title": title, "data": data, **style}
    if about.is_lean:
        return submit
    return {"type": "Action.Execute", "title": title, "verb": button_.verb, "data": data, "fallback": submit, **style}


def action_sets(buttons: Sequence[Button], about: ActionContext) -> list[JsonObject]:
    """Return buttons in as many rows as they need."""
    rows = [buttons[at : at + ROW] for at in range(0, len(buttons), ROW)]
    return [{"type": "ActionSet", "actions": [button(button_, about) for button_ in row]} for row in rows]


def actions(controls: Sequence[Control], about: ActionContext) -> list[JsonObject]:
    """Return one row of controls; those that do not fit go behind the last one."""
    if len(controls) > ROW:
        kept, rest = controls[: ROW - 1], controls[ROW - 1 :]
        label = rest[-1].label if isinstance(rest[-1], Menu) else "More…"
        controls = (*kept, Menu(label, tuple(part for control in rest for part in _spread(control))))
    return [_action(control, about) for control in controls]


def _spread(control: Control) -> tuple[Button, ...]:
    match control:
        case Menu(_, buttons):
            return buttons
        case Picker(verb, label):
            return (Button(verb, label, asks=True),)
        case Button():
            return (control,)


def _action(control: Control, about: ActionContext) -> JsonObject:
    match control:
        case Menu(label, buttons):
            return {"type": "Action.ShowCard", "title": bare(label, 75), "card": {"type": "AdaptiveCard", "body": action_sets(buttons, about)}}
        case Picker(verb, label):
            return button(Button(verb, label, asks=True), about)
        case Button():
            return button(control, about)
