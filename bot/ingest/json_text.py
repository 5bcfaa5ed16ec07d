"""Parse untrusted JSON within limits that are checked before any object is built."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.ingest.errors import TooLarge

MAX_VALUES = 100_000
"""Values in one event: texts, numbers, lists, objects and keys. An SDK's event of 1 MiB has about half of that."""
_BYTES_PER_VALUE = 24
"""``{}`` takes three bytes with its comma and 72 as an object. Each value counts as at least this many bytes; then any JSON takes about four times
its counted size in memory.
"""
_MARKS = (b",", b"[", b"{")
"""Characters before a value, or before a key with its value."""
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def load_json(text: bytes, what: str, most: int = MAX_VALUES) -> Any:
    """Parse a JSON text in UTF-8, with or without a byte order mark. Bytes that are not UTF-8 become question marks.

    Args:
        text: the JSON text.
        what: how an error calls it, such as "The event".
        most: the maximum number of values.

    Raises:
        TooLarge: it has more values.
        ValueError: it is not JSON.
        RecursionError: it is nested too deep.
    """
    if _marks(text) >= most:
        _check(_STRING.sub(b"", text), what, most)
    return json.loads(text.decode("utf-8-sig", "replace"))


def _check(bare: bytes, what: str, most: int) -> None:
    """Check a text without its strings. Raises ValueError or TooLarge."""
    if bare.count(b"[") + bare.count(b"{") != bare.count(b"]") + bare.count(b"}"):
        raise ValueError("Not all that is opened is closed.")
    if _marks(bare) >= most:
        raise TooLarge(f"{what} has more than {most:,} values.")


def weight(text: bytes | bytearray, most: int = MAX_VALUES) -> int:
    """Return the size of a JSON text in memory accounting: more than its length if it has many short values.

    Takes a few passes over the text and no memory. Commas inside strings count too, up to the maximum number of values.
    """
    return max(len(text), _BYTES_PER_VALUE * min(_marks(text), most))


def _marks(text: bytes | bytearray) -> int:
    return sum(map(text.count, _MARKS))
