"""One field of a request: read as what it should be, or refused under its name. Pure."""

from __future__ import annotations

from core.errors import Invalid
from core.types import JSON

MAX_COUNT = 10**9
"""The largest number of minutes, events or users that can be asked for."""
MAX_ID = 2**63 - 1
"""No row has a larger number, and databases refuse to look for one."""
MAX_VERSION = 2**31 - 1
"""The same for the version of an issue."""
MAX_WORD_CHARS = 250
"""Characters of a version or another name."""
_TRUE, _FALSE = (True, 1, "true", "True", "1"), (False, 0, "false", "False", "0")


class Problems(Exception):
    """Several fields of a body are wrong; ``by_field`` is nested like the body, a list of sentences under each."""

    def __init__(self, by_field: JSON) -> None:
        super().__init__(by_field)
        self.by_field = by_field


def keyed(field: str, sentence: str) -> JSON:
    """The sentence under its field; ``a.b`` is the field b of the object a."""
    outer, _, inner = field.partition(".")
    return {outer: keyed(inner, sentence) if inner else [sentence]}


def merged(problems: JSON, more: JSON) -> JSON:
    """Both, nested like the body; where a field has problems in both, the first stay."""
    both = dict(problems)
    for name, value in more.items():
        inner = both.get(name)
        both[name] = merged(inner, value) if isinstance(value, dict) and isinstance(inner, dict) else both.get(name, value)
    return both


def boolean(field: str, value: object) -> bool | None:
    """A boolean, in the usual spellings; None where it is absent. Raises Invalid."""
    if value is None:
        return None
    if isinstance(value, bool | int | str) and value in (*_TRUE, *_FALSE):
        return value in _TRUE
    raise Invalid(field, f"{shown(value)} is not a boolean; say true or false.")


def count(field: str, value: object, most: int = MAX_COUNT) -> int | None:
    """A whole number from 1 to ``most``, also in quotes; None where it is absent. Raises Invalid."""
    if value is None:
        return None
    number = whole_number(value)
    if number is None or not 1 <= number <= most:
        raise Invalid(field, f"{shown(value)} is not a whole number from 1 to {most:,}.")
    return number


def word(field: str, value: object, example: str) -> str:
    """A name as a database may be asked for: text, not empty, in one line. Raises Invalid."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_WORD_CHARS or not value.isprintable():
        raise Invalid(field, f"{shown(value)} is no name. Example: {example}")
    return value


def whole_number(value: object) -> int | None:
    """A whole number that is not negative, also in quotes; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value[:20])
    return None


def shown(value: object) -> str:
    """What was sent, as an error may repeat it: short, and without control characters."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
