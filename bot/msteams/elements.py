"""The pieces of Adaptive Cards: the frame, blocks of text, actions with the data that comes back, and the message that carries a card."""

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
"""Of a card's JSON: then it fits the strictest of Teams' figures, 28 KB for a webhook's message."""
WIDTHS = (256, 128, 64, 32, 16)
"""Characters that a piece of text may have, the widest that fits is taken."""


def text_block(text: str, **looks: Any) -> JsonObject | None:
    """A wrapped block of Markdown that is escaped already; None when there is nothing to show."""
    return {"type": "TextBlock", "text": text, "wrap": True, **looks} if text.strip() else None


def fitted(draw: Callable[[int], JsonObject], widths: Sequence[int] = WIDTHS) -> JsonObject:
    """The card at the greatest of the widths of text at which it keeps to the limit, else at the smallest."""
    drawn: JsonObject = {}
    for width in widths:
        drawn = draw(width)
        if fits(drawn):
            break
    return drawn


def fits(card: JsonObject) -> bool:
    """Whether a card keeps to the limit."""
    return len(json.dumps(card)) <= MAX_CARD_BYTES


def adaptive_card(body: list[JsonObject], actions: list[JsonObject], fallback: str) -> JsonObject:
    """A card of the newest version that Teams takes from bots."""
    card: JsonObject = {"type": "AdaptiveCard", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "version": "1.5"}
    card |= {"msteams": {"width": "Full"}, "fallbackText": fallback or "Quell", "body": body}
    return card | {"actions": actions} if actions else card


def message_with(content: JsonObject, summary: str) -> JsonObject:
    """The message that carries a card. ``summary`` is what a notification shows."""
    return {"type": "message", "summary": summary, "attachments": [attachment(content)]}


def attachment(content: JsonObject) -> JsonObject:
    """A card as part of a message or a dialog."""
    return {"contentType": CARD_TYPE, "content": content}


def dialog_with(content: JsonObject, title: str, height: str) -> JsonObject:
    """The answer that opens a dialog with a card, or puts it into the open one."""
    return {"task": {"type": "continue", "value": {"title": title, "height": height, "width": "medium", "card": attachment(content)}}}


FETCH = {"msteams": {"type": "task/fetch"}}
"""In an action's data it makes Teams ask for a dialog. Teams puts the card's inputs beside it, as with every action."""
ROW = 6
"""Teams shows no more actions in one row of a card."""
TICK = "tick_"
"""Begins the id of a tick box; the number of its board and its issue follow: an issue may stand on two boards of one card."""

_STYLES: Mapping[str, JsonObject] = {"primary": {"style": "positive"}, "danger": {"style": "destructive"}, "plain": {}}


@dataclass(frozen=True)
class CardOrigin:
    """Where a control stands, as far as its answer depends on that; it comes back in the control's data.

    ``board`` counts from 0: a home has several. ``page`` is what the board showed, for a form to bring back: it is redrawn afterwards.
    """

    on: Literal["alert", "unfolded", "board", "home"] = "alert"
    board: int = 0
    page: str = ""

    def data(self) -> JsonObject:
        """What says so in an action's data. An alert's own controls say nothing."""
        page = {"page": self.page} if self.page else {}
        return {} if self.on == "alert" else {"on": self.on, "board": self.board, **page}


ON_ALERT = CardOrigin()


def issue_data(issue: OneIssue | None) -> JsonObject:
    """What says in an action's data which issue it is about. Zeros say that it is about several."""
    return {"issue": issue.issue_id, "version": issue.version} if issue else {"issue": 0, "version": 0}


@dataclass(frozen=True)
class ActionContext:
    """What a row of controls is about, the same for each of them: one issue, or what is ticked on the board that they stand on.

    ``is_lean`` leaves out what only old clients need twice.
    """

    issue: OneIssue | None = None
    origin: CardOrigin = ON_ALERT
    is_lean: bool = False

    def data(self, verb: str, choice: str = "") -> JsonObject:
        """The data of one of them."""
        data = {"verb": verb, **issue_data(self.issue), **self.origin.data()}
        return data | {"choice": choice} if choice else data


def button(button_: Button, about: ActionContext) -> JsonObject:
    """An action. Old clients know no Action.Execute: they send the same data as a message."""
    title, style = bare(button_.label, 75), _STYLES[button_.style]
    data = about.data(button_.verb, button_.choice)
    if button_.asks:
        return {"type": "Action.Submit", "title": title, "data": {**FETCH, **data}, **style}
    submit = {"type": "Action.Submit", "title": title, "data": data, **style}
    if about.is_lean:
        return submit
    return {"type": "Action.Execute", "title": title, "verb": button_.verb, "data": data, "fallback": submit, **style}


def action_sets(buttons: Sequence[Button], about: ActionContext) -> list[JsonObject]:
    """Buttons in as many rows as they need."""
    rows = [buttons[at : at + ROW] for at in range(0, len(buttons), ROW)]
    return [{"type": "ActionSet", "actions": [button(button_, about) for button_ in row]} for row in rows]


def actions(controls: Sequence[Control], about: ActionContext) -> list[JsonObject]:
    """One row of controls; those that do not fit go behind the last one."""
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
