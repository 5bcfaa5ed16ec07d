"""Finds in a card the button a person presses."""

from collections.abc import Iterator
from typing import Any

from bot.playground.acting import CannotDo
from bot.playground.store import Json

_NAMES = ("id", "title", "verb")


def pick_action(card: Any, deed: Json, kinds: tuple[str, ...]) -> Json:
    """The action the deed names by `id`, `title` or `verb`; or gives whole as `action`, as it was drawn before."""
    if isinstance(deed.get("action"), dict):
        return dict(deed["action"])
    wanted = {name: deed[name] for name in _NAMES if deed.get(name)}
    for action in actions_of(card):
        if action.get("type") in kinds and all(_fits(action, name, value) for name, value in wanted.items()):
            return action
    raise CannotDo(f"the card has no {' or '.join(kinds)} with {wanted}")


def actions_of(part: Any) -> Iterator[Json]:
    """Every action in a card, fallbacks after what they stand in for."""
    if isinstance(part, list):
        for one in part:
            yield from actions_of(one)
    elif isinstance(part, dict):
        if str(part.get("type", "")).startswith("Action."):
            yield part
        for inner in part.values():
            yield from actions_of(inner)


def data_of(action: Json, inputs: Json) -> Any:
    """The action's data with what was typed into the card."""
    data = action.get("data")
    if isinstance(data, dict) or data is None:
        return {**(data or {}), **inputs}
    return data


def _fits(action: Json, name: str, value: Any) -> bool:
    shown = str(action.get(name, ""))
    return shown == value or (name == "title" and shown.startswith(str(value)))
