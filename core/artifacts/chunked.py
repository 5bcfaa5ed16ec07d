"""Read an upload that lies in the database in chunks as one file, without ever holding all of it."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

MAX_READ_BYTES = 4 * 1024 * 1024
"""The most that is read at once. A zip archive reads its whole directory at once, so this bounds the directory too."""


class ReadTooLarge(Exception):
    """Somebody asked for more than ``MAX_READ_BYTES`` at once."""


class ChunkedFile(io.RawIOBase):
    """A read-only file of chunks. ``fetch`` returns the content of a chunk by its position; the last one is kept in memory."""

    def __init__(self, sizes: Sequence[int], fetch: Callable[[int], bytes]) -> None:
        self._starts = [0, *accumulate(sizes)]
        self._fetch = fetch
        self._position = 0
        self._held: tuple[int, bytes] = (-1, b"")

    @property
    def size(self) -> int:
        """Return the size of the whole file, in bytes."""
        return self._starts[-1]

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position, in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position. Raises ValueError if it is before the beginning."""
        target = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if target < 0:
            raise ValueError("a position before the beginning of the file")
        self._position = target
        return target

    def read(self, size: int | None = -1) -> bytes:
        """Return the next ``size`` bytes, or fewer at the end. Raises ReadTooLarge."""
        left = max(self.size - self._position, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > MAX_READ_BYTES:
            raise ReadTooLarge
        pieces = bytearray()
        while len(pieces) < wanted:
            pieces += self._piece(wanted - len(pieces))
        return bytes(pieces)

    def _piece(self, most: int) -> bytes:
        """Return the next bytes within one chunk."""
        number = bisect_right(self._starts, self._position) - 1
        if self._held[0] != number:
            self._held = (number, self._fetch(number))
        start = self._position - self._starts[number]
        piece = self._held[1][start : start + most]
        self._position += len(piece)
        return piece
