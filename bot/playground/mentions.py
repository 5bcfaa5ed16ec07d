"""Mentions in typed text: `@Ben` means the person with that first name."""

import re
from collections.abc import Callable

from bot.playground.accounts import Accounts, Person

_NAME = re.compile(r"(?<![\w@.])@(\w+)(?!\w|@|\.\w)")


def marked(text: str, accounts: Accounts, mark: Callable[[Person], str]) -> str:
    """Return the text with each mention replaced by what `mark` returns for its person."""

    def replaced(match: re.Match[str]) -> str:
        person = _person(match[1], accounts)
        return mark(person) if person else match[0]

    return _NAME.sub(replaced, text)


def mentioned(text: str, accounts: Accounts) -> list[Person]:
    """Return the people mentioned, without repetition."""
    mentioned_people = [_person(name, accounts) for name in _NAME.findall(text)]
    return [person for person in accounts.people if person in mentioned_people]


def _person(name: str, accounts: Accounts) -> Person | None:
    return next((person for person in accounts.people if person.name.split()[0].lower() == name.lower()), None)
