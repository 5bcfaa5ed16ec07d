"""How much memory all requests together may fill with events."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from bot.intake.limits import MIB
from bot.intake.refusals import Full

MOST_HELD = 32 * MIB
"""Bytes of JSON of events that are being read or wait to be stored, as ``json_text.weight`` counts them. As objects they take about four
times as much."""


class Room:
    """What is there for all."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self.left = most
        """Bytes."""

    def share(self) -> Share:
        """One request's part of it, to be used in a ``with``."""
        return Share(self)


class Share:
    """What one request holds; it is given back at the end."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._size = 0

    def hold(self, size: int) -> None:
        """Holds so many bytes, all that it held before included. Raises Full."""
        more = size - self._size
        if more > self._room.left:
            raise Full
        self._room.left -= more
        self._size = size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.hold(0)
