"""Read Sentry envelopes: a header line of JSON, then items, each a line of JSON and a payload.

The format: https://develop.sentry.dev/sdk/data-model/envelopes/. A payload with a ``length`` is that many bytes and a newline; without one it ends
at the next newline. The last newline may be missing. Envelopes are read as they arrive, and only the payloads of events are kept: an envelope with
a video of 90 MB costs no memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bot.ingest.errors import MalformedRequest, TooLarge
from bot.ingest.json_text import load_json, weight
from bot.ingest.limits import MAX_EVENT_BYTES, MAX_EVENTS, MAX_ITEMS, MAX_LINE_BYTES, too_large_event
from core.types import JSON

_MAX_TYPE_CHARS = 32
"""Longest item type that is counted by name."""


@dataclass(frozen=True)
class Envelope:
    """The header, the events as JSON text, and the number of items of each type."""

    header: JSON
    events: tuple[bytes, ...]
    items: Counter[str]


class EnvelopeReader:
    """Reads one envelope from pieces of any size. Raises MalformedRequest or TooLarge; do not use it after that."""

    def __init__(self) -> None:
        self._header: JSON | None = None
        self._events: list[bytes] = []
        self._kept = 0
        """The weight of the events."""
        self._items: Counter[str] = Counter()
        self._empty_lines = 0
        self._held = bytearray()
        self._left = 0
        """Bytes still missing of a payload with a length."""
        self._is_event = False
        self._take_line: Callable[[bytes], None] = self._take_header

    @property
    def held(self) -> int:
        """The weight of everything kept so far, in bytes as ``weight`` counts them."""
        return self._kept + len(self._held)

    def feed(self, data: bytes) -> None:
        """Process the next bytes."""
        at = 0
        while at < len(data):
            at = self._read_counted(data, at) if self._left else self._read_line(data, at)

    def finish(self) -> Envelope:
        """Signal the end of the input and return the envelope."""
        if not self._left and (self._held or self._take_line == self._take_payload):
            self._end_line()
        if self._left:
            raise MalformedRequest(f"The envelope is cut short: {self._left} bytes of its last item are missing.")
        if self._header is None:
            raise MalformedRequest("The envelope is empty.")
        return Envelope(self._header, tuple(self._events), self._items)

    def _read_counted(self, data: bytes, at: int) -> int:
        end = min(len(data), at + self._left)
        self._hold(data[at:end])
        self._left -= end - at
        if not self._left:
            self._take_payload(self._release())
            self._take_line = self._take_gap
        return end

    def _read_line(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at)
        self._hold(data[at:] if end < 0 else data[at:end])
        if end < 0:
            return len(data)
        self._end_line()
        return end + 1

    def _end_line(self) -> None:
        self._take_line(self._release())

    def _hold(self, data: bytes) -> None:
        is_payload = self._left > 0 or self._take_line == self._take_payload
        if is_payload and not self._is_event:
            return
        self._held += data
        if is_payload and len(self._held) > MAX_EVENT_BYTES:
            raise too_large_event()
        if not is_payload and len(self._held) > MAX_LINE_BYTES:
            raise MalformedRequest(f"A line of the envelope that should be JSON is longer than {MAX_LINE_BYTES // 1024} KiB.")

    def _release(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held

    def _take_header(self, line: bytes) -> None:
        self._header = _object(line, "The first line of the envelope")
        self._take_line = self._take_item

    def _take_item(self, line: bytes) -> None:
        if not line.strip():
            self._count_empty()
            return
        header = _object(line, "The header of an item")
        kind, length = header.get("type"), header.get("length")
        if not isinstance(kind, str):
            raise MalformedRequest("An item of the envelope has no type.")
        self._count(kind)
        if length is None:
            self._take_line = self._take_payload
        elif not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise MalformedRequest("The length of an item is not a number of bytes.")
        elif self._is_event and length > MAX_EVENT_BYTES:
            raise too_large_event()
        else:
            self._left = length
            self._take_line = self._take_gap
            if not length and self._is_event:
                self._events.append(b"")

    def _count_empty(self) -> None:
        self._empty_lines += 1
        if self._empty_lines > MAX_ITEMS:
            raise MalformedRequest(f"The envelope has more than {MAX_ITEMS} empty lines.")

    def _count(self, kind: str) -> None:
        self._items[kind[:_MAX_TYPE_CHARS]] += 1
        self._is_event = kind == "event"
        if self._items.total() > MAX_ITEMS or self._items["event"] > MAX_EVENTS:
            raise TooLarge(f"The envelope has more than {MAX_ITEMS} items or {MAX_EVENTS} events.")

    def _take_payload(self, payload: bytes) -> None:
        if self._is_event:
            self._events.append(payload)
            self._kept += weight(payload)
        self._take_line = self._take_item

    def _take_gap(self, line: bytes) -> None:
        if line.strip():
            raise MalformedRequest("An item of the envelope is longer than its length says.")
        self._take_line = self._take_item


def _object(line: bytes, what: str) -> JSON:
    try:
        line.decode()  # of a header nothing is passed over
        value = load_json(line, what)
    except (ValueError, RecursionError):
        raise MalformedRequest(f"{what} is not JSON.") from None
    if not isinstance(value, dict):
        raise MalformedRequest(f"{what} is not a JSON object.")
    return value
