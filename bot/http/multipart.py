"""Read ``multipart/form-data`` while it arrives, and keep only the wanted parts, each up to a size."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_PARTS = 1_000
MAX_HEAD_BYTES = 16 * 1024
"""Of the headers of one part."""
_BOUNDARY = re.compile(r"""(?i)^multipart/form-data\s*;.*?\bboundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))""")
_PARAMETER = re.compile(r'(?i)[;\s](name|filename)="([^"]{0,1000})"|[;\s](name|filename)=([^\s;"]{1,1000})')

Allowed = Callable[[str, str | None], int]
"""How many bytes may be kept of the part of this name and file name, which is None for a field; 0 where it is passed over. More is
refused. It raises what it likes for a part that the form cannot have.
"""


class BadForm(Exception):
    """The form cannot be read. The message is a sentence for the sender and contains nothing of the form."""


class FormTooLarge(BadForm):
    """The form is larger than it may be."""


@dataclass(frozen=True)
class FormPart:
    """A part of a form: a file if it has a file name, or else a field."""

    name: str
    filename: str | None
    content: bytes


def boundary_of(content_type: str) -> bytes | None:
    """Return the boundary between the parts; None if the body is not a multipart form."""
    match = _BOUNDARY.match(content_type)
    return (match[1] or match[2]).encode() if match else None


@dataclass
class FormReader:
    """Reads one form from pieces of any size. Raises BadForm or FormTooLarge; do not use it after that."""

    boundary: bytes
    allowed: Allowed
    max_bytes: int
    """Of all parts that are kept."""
    parts: list[FormPart] = field(default_factory=list)
    """What was kept, in the order of the form."""

    _buffer: bytearray = field(default_factory=bytearray)
    _is_in_head: bool = False
    _is_over: bool = False
    _count: int = 0
    _name: str = ""
    _filename: str | None = None
    _most: int = 0
    _kept: bytearray | None = None
    """The part that is being read; None where it is passed over."""
    _size: int = 0
    """Of all parts that were kept."""

    def __post_init__(self) -> None:
        self._mark = b"\r\n--" + self.boundary
        # The first boundary has no line before it.
        self._buffer += b"\r\n"

    @property
    def held(self) -> int:
        """The bytes held in memory now."""
        return self._size + len(self._kept or b"") + len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Read the next bytes."""
        if self._is_over:
            return
        self._buffer += data
        while not self._is_over and (self._read_head() if self._is_in_head else self._read_content()):
            pass

    def take(self) -> list[FormPart]:
        """Return the parts that are whole, and hold them no longer. They still count against ``max_bytes``."""
        taken, self.parts = self.parts, []
        return taken

    def finish(self) -> None:
        """Mark the end of the body. Raises BadForm if the form is incomplete."""
        if not self._is_over:
            raise BadForm("The form is cut short: its last boundary is missing.")

    def _read_content(self) -> bool:
        """Read the content of a part. Return whether its end was reached."""
        at = self._buffer.find(self._mark)
        if at < 0:
            # The boundary may have begun.
            at = max(len(self._buffer) - len(self._mark) + 1, 0)
            self._keep(self._buffer[:at])
            del self._buffer[:at]
            return False
        after = at + len(self._mark)
        if len(self._buffer) < after + 2:
            return False
        self._keep(self._buffer[:at])
        self._end_part()
        ending = bytes(self._buffer[after : after + 2])
        del self._buffer[: after + 2]
        if ending == b"--":
            self._is_over = True
            self._buffer.clear()
        elif ending != b"\r\n":
            raise BadForm("The form has a boundary that does not end its line.")
        self._is_in_head = True
        return not self._is_over

    def _read_head(self) -> bool:
        """Read the headers of a part. Return whether they were complete."""
        end = 0 if self._buffer.startswith(b"\r\n") else self._buffer.find(b"\r\n\r\n")
        if end > MAX_HEAD_BYTES or (end < 0 and len(self._buffer) > MAX_HEAD_BYTES):
            raise BadForm(f"The headers of a part of the form are longer than {MAX_HEAD_BYTES // 1024} KiB.")
        if end < 0:
            return False
        self._count += 1
        if self._count > MAX_PARTS:
            raise FormTooLarge(f"The form has more than {MAX_PARTS:,} parts.")
        self._begin_part(bytes(self._buffer[:end]).decode("utf-8", "replace"))
        # Of an empty head one line's end is its own, and the other one may be that of the boundary behind an empty part.
        del self._buffer[: end + 4 if end else 2]
        self._is_in_head = False
        return True

    def _begin_part(self, head: str) -> None:
        line = next((line for line in head.split("\r\n") if line.lower().startswith("content-disposition:")), "")
        parameters = {(match[1] or match[3]).lower(): match[2] or match[4] or "" for match in _PARAMETER.finditer(line)}
        self._name, self._filename = parameters.get("name", ""), parameters.get("filename")
        self._most = self.allowed(self._name, self._filename) if self._name else 0
        self._kept = bytearray() if self._most else None

    def _keep(self, content: bytearray) -> None:
        if self._kept is None:
            return
        self._kept += content
        if len(self._kept) > self._most:
            raise FormTooLarge(f"A part of the form is larger than {self._most:,} bytes.")
        if self._size + len(self._kept) > self.max_bytes:
            raise FormTooLarge(f"The parts of the form are larger than {self.max_bytes:,} bytes.")

    def _end_part(self) -> None:
        if self._kept is not None:
            self.parts.append(FormPart(self._name, self._filename, bytes(self._kept)))
            self._size += len(self._kept)
        self._kept = None
