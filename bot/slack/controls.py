"""What can be pressed, as the elements of one block. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.surface import Button, Control, Menu, Option, Picker

from .blocks import Payload, option_list, plain_text
from .marks import MENU, action_id, option_value

# Slack's limits: characters of a button's and a placeholder's text, elements of a block.
_BUTTON, _PLACEHOLDER, _ELEMENTS = 75, 150, 25


def actions(block_id: str, controls: Sequence[Control]) -> Payload:
    """A row of controls; nothing where there are none, as Slack takes no empty row."""
    elements = [_element(controls, place) for place in range(len(controls))]
    shown = [element for element in elements if element][:_ELEMENTS]
    return {"type": "actions", "block_id": block_id, "elements": shown} if shown else {}


def _element(controls: Sequence[Control], place: int) -> Payload:
    control = controls[place]
    match control:
        case Button():
            # Action ids must differ within a block, so the second button of a verb is told apart by its place.
            is_second = any(isinstance(other, Button) and other.verb == control.verb for other in controls[:place])
            return _button(control, str(place) if is_second else "")
        case Picker(verb, label, source):
            return {"type": "external_select", "action_id": action_id(verb, source), "min_query_length": 0, **_asking(label)}
        case Menu():
            return _menu(control, str(place))


def _button(button: Button, detail: str) -> Payload:
    style = {} if button.style == "plain" else {"style": button.style}
    value = {"value": button.choice} if button.choice else {}
    return {"type": "button", "action_id": action_id(button.verb, detail), "text": plain_text(button.label, _BUTTON), **value, **style}


def _menu(menu: Menu, detail: str) -> Payload:
    options = option_list(Option(button.label, option_value(button.verb, button.choice)) for button in menu.buttons)
    return {"type": "static_select", "action_id": action_id(MENU, detail), "options": options, **_asking(menu.label)} if options else {}


def _asking(label: str) -> dict[str, Payload]:
    return {"placeholder": plain_text(label, _PLACEHOLDER)}
