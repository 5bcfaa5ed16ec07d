"""What a person does, as the page and the tests ask for it."""

from collections.abc import Awaitable, Callable

from bot.playground.accounts import Person
from bot.playground.store import Json

Deed = Callable[[Person, Json], Awaitable[Json]]
"""One kind of deed: who does it and what exactly; it answers what the person would notice."""


class CannotDo(Exception):
    """A person could not do this either: there is no such button, message or dialog."""


def required(deed: Json, name: str) -> str:
    """A field the deed must have."""
    value = deed.get(name)
    if not isinstance(value, str) or not value:
        raise CannotDo(f"this needs `{name}`")
    return value
