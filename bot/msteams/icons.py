"""The two icons that Teams wants of an app, drawn here: a Q in our colour, and its outline."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable

ACCENT = "#3B4CC0"

Pixel = Callable[[float, float], tuple[int, int, int, int]]
"""Red, green, blue and opacity at a place; both coordinates go from -1 to 1, from left to right and from top to bottom."""

_WHITE = (255, 255, 255)
_RADIUS, _STROKE = 0.5, 0.09
"""Of the letter's ring, and half the width of its lines."""


def color() -> bytes:
    """The icon in colour: 192 by 192 pixels, the letter in its middle half, as Teams cuts the corners."""
    back = (int(ACCENT[1:3], 16), int(ACCENT[3:5], 16), int(ACCENT[5:7], 16))

    def pixel(x: float, y: float) -> tuple[int, int, int, int]:
        ink = _ink(x, y, 2 / 192)
        red, green, blue = (round(under + (over - under) * ink) for under, over in zip(back, _WHITE, strict=True))
        return red, green, blue, 255

    return _png(192, pixel)


def outline() -> bytes:
    """The outline: 32 by 32 pixels, white on nothing."""
    return _png(32, lambda x, y: (*_WHITE, round(255 * _ink(x / 1.5, y / 1.5, 2 / 32))))


def _ink(x: float, y: float, soft: float) -> float:
    """How much of the letter is at a place, from 0 to 1; its edges are as soft as a pixel."""
    ring = abs(math.hypot(x, y) - _RADIUS)
    # The tail goes down to the right: as far as the nearest place on its middle line.
    along = min(max((x + y) / 2, 0.2), 0.55)
    tail = math.hypot(x - along, y - along)
    return min(1.0, max(0.0, (_STROKE - min(ring, tail)) / soft + 0.5))


def _png(size: int, pixel: Pixel) -> bytes:
    places = [(2 * at + 1) / size - 1 for at in range(size)]
    rows = (b"\0" + b"".join(bytes(pixel(x, y)) for x in places) for y in places)
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)  # eight bits each of red, green, blue and opacity
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
