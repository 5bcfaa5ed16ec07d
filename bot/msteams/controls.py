"""Draws what can be pressed: an action with the data that comes back when it is, and menus of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.msteams.cards import JsonObject
from bot.msteams.text import bare
from bot.surface import Button, Control, Menu, Picker

FETCH = {"msteams": {"type": "task/fetch"}}
"""In an action's data it makes Teams ask for a dialog. Teams puts the card's inputs beside it, as with every action."""
ROW = 6
"""Teams shows no more actions in one row of a card."""
TICK = "tick_"
"""Begins the id of a tick box; the number of its board and its issue follow: an issue may stand on two boards of one card."""

_STYLES: Mapping[str, JsonObject] = {"primary": {"style": "positive"}, "danger": {"style": "destructive"}, "plain": {}}


@dataclass(frozen=True)
class Origin:
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


ON_ALERT = Origin()


@dataclass(frozen=True)
class About:
    """What a row of controls is about, the same for each of them. ``is_lean`` leaves out what only old clients need twice."""

    issue_id: int = 0
    version: int = 0
    origin: Origin = ON_ALERT
    is_lean: bool = False

    def data(self, verb: str, choice: str = "") -> JsonObject:
        """The data of one of them."""
        data = {"verb": verb, "issue": self.issue_id, "version": self.version, **self.origin.data()}
        return data | {"choice": choice} if choice else data


def button(one: Button, about: About) -> JsonObject:
    """An action. Old clients know no Action.Execute: they send the same data as a message."""
    title, style = bare(one.label, 75), _STYLES[one.style]
    data = about.data(one.verb, one.choice)
    if one.asks:
        return {"type": "Action.Submit", "title": title, "data": {**FETCH, **data}, **style}
    submit = {"type": "Action.Submit", "title": title, "data": data, **style}
    if about.is_lean:
        return submit
    return {"type": "Action.Execute", "title": title, "verb": one.verb, "data": data, "fallback": submit, **style}


def action_sets(buttons: Sequence[Button], about: About) -> list[JsonObject]:
    """Buttons in as many rows as they need."""
    rows = [buttons[at : at + ROW] for at in range(0, len(buttons), ROW)]
    return [{"type": "ActionSet", "actions": [button(one, about) for one in row]} for row in rows]


def actions(controls: Sequence[Control], about: About) -> list[JsonObject]:
    """One row of controls; those that do not fit go behind the last one."""
    if len(controls) > ROW:
        kept, rest = controls[: ROW - 1], controls[ROW - 1 :]
        label = rest[-1].label if isinstance(rest[-1], Menu) else "More…"
        controls = (*kept, Menu(label, tuple(one for control in rest for one in _spread(control))))
    return [_action(control, about) for control in controls]


def _spread(control: Control) -> tuple[Button, ...]:
    match control:
        case Menu(_, buttons):
            return buttons
        case Picker(verb, label):
            return (Button(verb, label, asks=True),)
        case Button():
            return (control,)


def _action(control: Control, about: About) -> JsonObject:
    match control:
        case Menu(label, buttons):
            return {"type": "Action.ShowCard", "title": bare(label, 75), "card": {"type": "AdaptiveCard", "body": action_sets(buttons, about)}}
        case Picker(verb, label):
            return button(Button(verb, label, asks=True), about)
        case Button():
            return button(control, about)
