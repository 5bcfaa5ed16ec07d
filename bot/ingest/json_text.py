"""JSON that strangers send: read within bounds that are known before anything is made of it."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.ingest.errors import TooLarge

MAX_VALUES = 100_000
"""Values in one event: texts, numbers, lists, objects and the names in them. An event of 1 MiB that an SDK sends has about half of that."""
_BYTES_PER_VALUE = 24
"""``{}`` takes three bytes with its comma and 72 as an object. What is read is counted as if each value had come with so many bytes; then
JSON of any kind takes about four times as much as was counted.
"""
_MARKS = (b",", b"[", b"{")
"""What stands before a value, or a name with its value."""
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def load_json(text: bytes, what: str, most: int = MAX_VALUES) -> Any:
    """The value of a JSON text in UTF-8, with a byte order mark or without; bytes that are not UTF-8 become question marks.

    Args:
        text: the JSON text.
        what: what it is, for the sentence that refuses it: "The event".
        most: how many values it may have.

    Raises:
        TooLarge: it has more values.
        ValueError: it is not JSON.
        RecursionError: it is nested too deep.
    """
    if _marks(text) >= most:
        _check(_STRING.sub(b"", text), what, most)
    return json.loads(text.decode("utf-8-sig", "replace"))


def _check(bare: bytes, what: str, most: int) -> None:
    """Of a text without its strings. Raises ValueError or TooLarge."""
    if bare.count(b"[") + bare.count(b"{") != bare.count(b"]") + bare.count(b"}"):
        raise ValueError("Not all that is opened is closed.")
    if _marks(bare) >= most:
        raise TooLarge(f"{what} has more than {most:,} values.")


def weight(text: bytes | bytearray, most: int = MAX_VALUES) -> int:
    """Bytes that a JSON text counts as, for those who share the memory: more than its length where it has many short values.

    Takes a few passes over the text and no memory. Commas inside of texts count as well, up to the number of values that are read at all.
    """
    return max(len(text), _BYTES_PER_VALUE * min(_marks(text), most))


def _marks(text: bytes | bytearray) -> int:
    return sum(map(text.count, _MARKS))
