"""People mentioned in what somebody types: `@Ben` means whoever of them has that first name."""

import re
from collections.abc import Callable

from bot.playground.accounts import Accounts, Person

_NAME = re.compile(r"(?<![\w@.])@(\w+)(?!\w|@|\.\w)")


def marked(text: str, accounts: Accounts, mark: Callable[[Person], str]) -> str:
    """The text with each mention as the service writes it."""

    def replaced(found: re.Match[str]) -> str:
        person = _called(found[1], accounts)
        return mark(person) if person else found[0]

    return _NAME.sub(replaced, text)


def mentioned(text: str, accounts: Accounts) -> list[Person]:
    """Who is mentioned, each once."""
    found = [_called(name, accounts) for name in _NAME.findall(text)]
    return [person for person in accounts.people if person in found]


def _called(name: str, accounts: Accounts) -> Person | None:
    return next((one for one in accounts.people if one.name.split()[0].lower() == name.lower()), None)
