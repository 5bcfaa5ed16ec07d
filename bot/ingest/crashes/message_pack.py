"""Read a bounded MessagePack value. Sentry's native SDK sends the data of a crash in this format, beside the dump.

https://github.com/msgpack/msgpack/blob/master/spec.md has the format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

MAX_VALUES = 100_000
"""As many as the JSON of an event may have."""
MAX_DEPTH = 64
_BYTES_A_VALUE = 24

_NUMBERS: Mapping[int, str] = MappingProxyType(
    {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
)
_CONSTANTS: Mapping[int, Any] = MappingProxyType({0xC0: None, 0xC2: False, 0xC3: True})
_LENGTHS: Mapping[int, str] = MappingProxyType(
    {0xD9: ">B", 0xDA: ">H", 0xDB: ">I", 0xC4: ">B", 0xC5: ">H", 0xC6: ">I", 0xDC: ">H", 0xDD: ">I", 0xDE: ">H", 0xDF: ">I"}
)
_BYTES = frozenset({0xC4, 0xC5, 0xC6})
_LISTS = frozenset({0xDC, 0xDD})
_MAPS = frozenset({0xDE, 0xDF})


def unpacked(data: bytes) -> Any:
    """Return the first value in the bytes; binary values in it become None. Raises ValueError if it is malformed or contains too many values."""
    return _ValueReader(data).value(0)


def weight(data: bytes) -> int:
    """Return the bytes to reserve in memory: a value can be a single byte, and takes many times as much when it is parsed."""
    return _BYTES_A_VALUE * min(len(data), MAX_VALUES)


class _ValueReader:
    """Reads values one after another."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._values = 0

    def value(self, depth: int) -> Any:
        self._values += 1
        if self._values > MAX_VALUES or depth > MAX_DEPTH:
            raise ValueError("There are too many values, or they are nested too deep.")
        kind = self._number(">B")
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind in _NUMBERS:
            return self._number(_NUMBERS[kind])
        if kind < 0x80:
            return kind
        if kind >= 0xE0:
            return kind - 0x100
        return self._sized(kind, depth)

    def _sized(self, kind: int, depth: int) -> Any:
        """Read a text, bytes, a list or a map. The type byte of the shortest ones contains their length."""
        read: Callable[[int, int], Any]
        if kind < 0xC0:
            read, length = (self._map, kind & 0x0F) if kind < 0x90 else (self._list, kind & 0x0F) if kind < 0xA0 else (self._text, kind & 0x1F)
            return read(length, depth)
        if kind not in _LENGTHS:
            raise ValueError("There is a value of an unknown kind.")
        length = self._number(_LENGTHS[kind])
        if kind in _BYTES:
            self._take(length)
            return None
        read = self._list if kind in _LISTS else self._map if kind in _MAPS else self._text
        return read(length, depth)

    def _text(self, length: int, depth: int) -> str:
        return self._take(length).decode("utf-8", "replace")

    def _list(self, length: int, depth: int) -> list[Any]:
        return [self.value(depth + 1) for _ in range(length)]

    def _map(self, length: int, depth: int) -> dict[str, Any]:
        read: dict[str, Any] = {}
        for _ in range(length):
            name, value = self.value(depth + 1), self.value(depth + 1)
            if isinstance(name, str):
                read[name] = value
        return read

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _take(self, length: int) -> bytes:
        taken = self._data[self._at : self._at + length]
        if len(taken) < length:
            raise ValueError("The bytes end in the middle of a value.")
        self._at += length
        return taken
