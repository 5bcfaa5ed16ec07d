"""Parse single fields of a request, or refuse them by name. Pure."""

from __future__ import annotations

from core.errors import Invalid
from core.types import JSON

MAX_COUNT = 10**9
"""The largest allowed number of minutes, events or users."""
MAX_ID = 2**63 - 1
"""The largest id of a row; databases refuse to look for a larger number."""
MAX_VERSION = 2**31 - 1
"""The largest version of an issue."""
MAX_WORD_CHARS = 250
"""The maximum length of a version or another name, in characters."""
_TRUE, _FALSE = (True, 1, "true", "True", "1"), (False, 0, "false", "False", "0")


class Problems(Exception):
    """Several fields of a body are wrong; ``by_field`` is nested like the body, with a list of sentences for each field."""

    def __init__(self, by_field: JSON) -> None:
        super().__init__(by_field)
        self.by_field = by_field


def keyed(field: str, sentence: str) -> JSON:
    """Return the sentence under its field; ``a.b`` is the field b of the object a."""
    outer, _, inner = field.partition(".")
    return {outer: keyed(inner, sentence) if inner else [sentence]}


def merged(problems: JSON, more: JSON) -> JSON:
    """Merge both, nested like the body; if both have problems for a field, the first one wins."""
    both = dict(problems)
    for name, value in more.items():
        inner = both.get(name)
        both[name] = merged(inner, value) if isinstance(value, dict) and isinstance(inner, dict) else both.get(name, value)
    return both


def boolean(field: str, value: object) -> bool | None:
    """Return a boolean from its usual spellings, or None if absent. Raises Invalid."""
    if value is None:
        return None
    if isinstance(value, bool | int | str) and value in (*_TRUE, *_FALSE):
        return value in _TRUE
    raise Invalid(field, f"{shown(value)} is not a boolean; say true or false.")


def count(field: str, value: object, most: int = MAX_COUNT) -> int | None:
    """Return an integer from 1 to ``most``, quoted or not, or None if absent. Raises Invalid."""
    if value is None:
        return None
    number = whole_number(value)
    if number is None or not 1 <= number <= most:
        raise Invalid(field, f"{shown(value)} is not a whole number from 1 to {most:,}.")
    return number


def word(field: str, value: object, example: str) -> str:
    """Return a name that the database accepts: text, not empty, on one line. Raises Invalid."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_WORD_CHARS or not value.isprintable():
        raise Invalid(field, f"{shown(value)} is no name. Example: {example}")
    return value


def whole_number(value: object) -> int | None:
    """Return a non-negative integer, quoted or not, or None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value[:20])
    return None


def shown(value: object) -> str:
    """Return the value that was sent in a form that an error may repeat: short, and without control characters."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
