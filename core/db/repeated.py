"""Two processes did the same thing at the same moment; one of them has to look again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Repeated(Exception):
    """Somebody else has just stored the same thing: begin again, and it will be found."""


def twice(work: Callable[[], T]) -> T:
    """What ``work`` returns; where somebody else has just stored the same thing, it is called once more."""
    try:
        return work()
    except Repeated:
        return work()
