"""Finds the action of a card that a person runs."""

from collections.abc import Iterator
from typing import Any

from bot.playground.store import Json
from bot.playground.user_actions import ImpossibleAction

_NAMES = ("id", "title", "verb")


def pick_action(card: Any, request: Json, kinds: tuple[str, ...]) -> Json:
    """Return the action that a request names by `id`, `title` or `verb`, or that it holds as `action`.

    The latter is a button as the card showed it before it changed. Raises ImpossibleAction if the card has no such action.
    """
    if isinstance(request.get("action"), dict):
        return dict(request["action"])
    criteria = {name: request[name] for name in _NAMES if request.get(name)}
    for action in actions_of(card):
        if action.get("type") in kinds and all(_fits(action, name, value) for name, value in criteria.items()):
            return action
    raise ImpossibleAction(f"the card has no {' or '.join(kinds)} with {criteria}")


def actions_of(part: Any) -> Iterator[Json]:
    """Yield every action in a card. A fallback comes after the action that it replaces."""
    if isinstance(part, list):
        for item in part:
            yield from actions_of(item)
    elif isinstance(part, dict):
        if str(part.get("type", "")).startswith("Action."):
            yield part
        for inner in part.values():
            yield from actions_of(inner)


def data_of(action: Json, inputs: Json) -> Any:
    """Return the action's data, merged with the card's inputs."""
    data = action.get("data")
    if isinstance(data, dict) or data is None:
        return {**(data or {}), **inputs}
    return data


def _fits(action: Json, name: str, value: Any) -> bool:
    shown = str(action.get(name, ""))
    return shown == value or (name == "title" and shown.startswith(str(value)))
