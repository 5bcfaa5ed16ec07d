"""MessagePack, written."""

from __future__ import annotations

import struct
from typing import Any


def packed(value: Any) -> bytes:  # noqa: PLR0911  one for each kind
    """The value as MessagePack, as short as it can be said, or as long."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return bytes([value % 256]) if -32 <= value < 128 else struct.pack(">Bq", 0xD3, value)
        case float():
            return struct.pack(">Bd", 0xCB, value)
        case bytes():
            return struct.pack(">BH", 0xC5, len(value)) + value
        case str():
            text = value.encode()
            return (bytes([0xA0 + len(text)]) if len(text) < 32 else struct.pack(">BH", 0xDA, len(text))) + text
        case list():
            head = bytes([0x90 + len(value)]) if len(value) < 16 else struct.pack(">BI", 0xDD, len(value))
            return head + b"".join(map(packed, value))
        case _:
            head = bytes([0x80 + len(value)]) if len(value) < 16 else struct.pack(">BH", 0xDE, len(value))
            return head + b"".join(packed(name) + packed(content) for name, content in value.items())
