"""Toasts: short messages that one person in Teams sees for a while."""

import secrets
from collections.abc import Callable

from bot.playground.accounts import Person
from bot.playground.store import Json, Store

NOTICE = "teams.notice"
_SHOWN = 20


class Notices:
    """The toasts of each person."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def show(self, person: Person, text: str, *, is_error: bool = False) -> None:
        """Show a toast to a person."""
        key = secrets.token_hex(6)
        notice = {"id": key, "text": text, "is_error": is_error, "at": self._clock()}
        self._store.put(NOTICE, key, notice, person.slack_id)

    def of(self, person: Person) -> list[Json]:
        """Return the latest toasts of a person."""
        return self._store.every(NOTICE, person.slack_id, _SHOWN)
