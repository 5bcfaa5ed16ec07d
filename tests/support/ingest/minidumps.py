"""Minidumps as Breakpad and Crashpad write them, made of a few numbers."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

HEAD_BYTES, ENTRY_BYTES = 32, 12
LINUX, WINDOWS, MAC = 0x8201, 2, 0x8101
X86_64, X86, ARM64 = 9, 0, 12


class Loaded(NamedTuple):
    """A module, where it was and how large."""

    path: str
    base: int
    size: int


SHOP = Loaded("/opt/shop/bin/shop", 0x5000_0000, 0x10_0000)
LIBC = Loaded("/usr/lib/x86_64-linux-gnu/libc.so.6", 0x7F00_0000_0000, 0x20_0000)


@dataclass
class Crash:
    """What a dump tells. ``stack`` is what the thread had on its stack, the newest first."""

    at: int = SHOP.base + 0x1234
    code: int = 11
    system: int = LINUX
    machine: int = X86_64
    modules: tuple[Loaded, ...] = (SHOP, LIBC)
    stack: list[int] = field(default_factory=list)
    frame_pointer: int = 0
    address: int = 0
    """That of the exception: what the thread wanted to reach."""
    written_at: int = 0


STACK_AT = 0x7FFD_0000_0000


def minidump(crash: Crash | None = None) -> bytes:
    """The bytes of a dump."""
    crash = crash or Crash()
    pieces: list[bytes] = []
    at = HEAD_BYTES + 4 * ENTRY_BYTES

    def put(piece: bytes) -> int:
        nonlocal at
        place = at
        pieces.append(piece)
        at += len(piece)
        return place

    names = {module: put(_name(module.path)) for module in crash.modules}
    modules = struct.pack("<I", len(crash.modules)) + b"".join(
        struct.pack("<QIIII", module.base, module.size, 0, 0, names[module]).ljust(108, b"\0") for module in crash.modules
    )
    context = _context(crash)
    context_at = put(context)
    size = "<Q" if crash.machine != X86 else "<I"
    stack = b"".join(struct.pack(size, value) for value in crash.stack)
    stack_at = put(stack)
    thread = struct.pack(
        "<IIIIQQIIII", 7, 0, 0, 0, 0, STACK_AT & (2**64 - 1 if crash.machine != X86 else 0x7FFF_FFFF), len(stack), stack_at, len(context), context_at
    )
    exception = struct.pack("<IIIIQQ", 7, 0, crash.code, 0, 0, crash.address).ljust(160, b"\0") + struct.pack("<II", len(context), context_at)
    system = struct.pack("<HHHBBIIIII", crash.machine, 6, 0, 8, 1, 10, 0, 19045, crash.system, 0)
    streams = [(4, modules), (3, struct.pack("<I", 1) + thread), (6, exception), (7, system)]
    entries = b"".join(struct.pack("<III", kind, len(content), put(content)) for kind, content in streams)
    return struct.pack("<4sIIIIIQ", b"MDMP", 0xA793, len(streams), HEAD_BYTES, 0, crash.written_at, 0) + entries + b"".join(pieces)


def _name(path: str) -> bytes:
    text = path.encode("utf-16-le")
    return struct.pack("<I", len(text)) + text + b"\0\0"


def _context(crash: Crash) -> bytes:
    context = bytearray(1232)
    if crash.machine == X86_64:
        registers, size = {0xF8: crash.at, 0x98: STACK_AT, 0xA0: crash.frame_pointer}, "<Q"
    elif crash.machine == ARM64:
        registers, size = {8 + 32 * 8: crash.at, 8 + 31 * 8: STACK_AT, 8 + 29 * 8: crash.frame_pointer}, "<Q"
    else:
        registers, size = {0xB8: crash.at, 0xC4: STACK_AT & 0x7FFF_FFFF, 0xB4: crash.frame_pointer}, "<I"
    for place, value in registers.items():
        struct.pack_into(size, context, place, value)
    return bytes(context)
