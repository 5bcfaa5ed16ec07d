"""What a person can do in a chat, as requested by the page and the tests."""

from collections.abc import Awaitable, Callable

from bot.playground.accounts import Person
from bot.playground.store import Json

UserAction = Callable[[Person, Json], Awaitable[Json]]
"""Takes the person and the request, and returns what the person would notice."""


class ImpossibleAction(Exception):
    """A person could not do this: the button, message or dialog does not exist."""


def required(request: Json, name: str) -> str:
    """Return a text field of a request. Raises ImpossibleAction if it is missing or empty."""
    value = request.get(name)
    if not isinstance(value, str) or not value:
        raise ImpossibleAction(f"this needs `{name}`")
    return value
