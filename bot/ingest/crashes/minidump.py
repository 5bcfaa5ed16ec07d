"""Read minidumps of crashed native programs: the stack of the crashing thread, by module and offset.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ has the format; Breakpad and Crashpad write it on every system, with the
registers as in ``minidump_cpu_*.h`` of Breakpad. A dump is untrusted: each number is checked against the size of the file, and tables are read
up to a bound. Unreadable parts are left out.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

SIGNATURE = b"MDMP"
MAX_STREAMS = 256
MAX_MODULES = 4_096
MAX_THREADS = 4_096
MAX_NAME_BYTES = 1_024
MAX_FRAMES = 32
MAX_STACK_BYTES = 64 * 1024
"""Of the crashing thread, that are searched for return addresses."""

_THREADS, _MODULES, _EXCEPTION, _SYSTEM = 3, 4, 6, 7
_MODULE_BYTES, _THREAD_BYTES = 108, 48

_SYSTEMS = {
    1: "Windows",
    2: "Windows",
    3: "Windows",
    0x8101: "macOS",
    0x8102: "iOS",
    0x8201: "Linux",
    0x8202: "Solaris",
    0x8203: "Android",
    0x8204: "PS3",
}
_MACHINES = {0: "x86", 5: "arm", 9: "x86_64", 12: "arm64", 0x8003: "arm64"}


@dataclass(frozen=True)
class _Registers:
    """The offsets of a thread's registers in its context, and the bytes of a pointer."""

    instruction: int
    frame: int
    stack: int
    pointer: int


_REGISTERS = {
    "x86": _Registers(0xB8, 0xB4, 0xC4, 4),
    "x86_64": _Registers(0xF8, 0xA0, 0x98, 8),
    "arm": _Registers(4 + 15 * 4, 4 + 11 * 4, 4 + 13 * 4, 4),
    "arm64": _Registers(8 + 32 * 8, 8 + 29 * 8, 8 + 31 * 8, 8),
}

_WINDOWS_EXCEPTIONS = {
    0xC0000005: "EXCEPTION_ACCESS_VIOLATION", 0xC000001D: "EXCEPTION_ILLEGAL_INSTRUCTION", 0xC0000094: "EXCEPTION_INT_DIVIDE_BY_ZERO",
    0xC0000096: "EXCEPTION_PRIV_INSTRUCTION", 0xC00000FD: "EXCEPTION_STACK_OVERFLOW", 0xC0000374: "STATUS_HEAP_CORRUPTION",
    0xC0000409: "STATUS_STACK_BUFFER_OVERRUN", 0xC0000006: "EXCEPTION_IN_PAGE_ERROR", 0x80000003: "EXCEPTION_BREAKPOINT",
    0xE06D7363: "Unhandled C++ exception", 0xE0000008: "Out of memory", 0xC0000417: "STATUS_INVALID_CRUNTIME_PARAMETER",
}  # fmt: skip
_SIGNALS = {4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV", 31: "SIGSYS", 0xFFFFFFFF: "DUMP_REQUESTED"}
_MACH_EXCEPTIONS = {
    1: "EXC_BAD_ACCESS", 2: "EXC_BAD_INSTRUCTION", 3: "EXC_ARITHMETIC", 4: "EXC_EMULATION", 5: "EXC_SOFTWARE", 6: "EXC_BREAKPOINT",
    10: "EXC_CRASH", 11: "EXC_RESOURCE", 12: "EXC_GUARD",
}  # fmt: skip
_OF_THE_SYSTEM = ("c:\\windows\\", "/lib/", "/lib64/", "/usr/lib", "/system/", "/apex/", "/vendor/lib", "linux-gate.so", "linux-vdso.so", "[vdso]")
"""How the paths of modules begin that come with the system, in lower case."""


@dataclass(frozen=True)
class Module:
    """A program or library that was loaded."""

    path: str
    base: int
    size: int

    @property
    def name(self) -> str:
        """The name of the module's file."""
        return self.path.replace("\\", "/").rpartition("/")[2]

    @property
    def is_of_the_system(self) -> bool:
        """Whether the module belongs to the operating system, which is rarely the cause of a crash."""
        return self.path.lower().startswith(_OF_THE_SYSTEM)


@dataclass(frozen=True)
class NativeFrame:
    """A place in a module, and its address in memory."""

    module: Module
    address: int

    @property
    def offset(self) -> int:
        """The bytes from the beginning of the module, which do not depend on where it was loaded."""
        return self.address - self.module.base


@dataclass(frozen=True)
class _Location:
    size: int
    at: int


class Minidump:
    """A minidump. Raises ValueError if the bytes are not one."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != SIGNATURE:
            raise ValueError("It does not begin as a minidump does.")
        self.data = data
        self._streams = dict(self._directory())

    def _directory(self) -> Iterator[tuple[int, _Location]]:
        count, at = self._numbers("<II", 8) or (0, 0)
        for number in range(min(count, MAX_STREAMS)):
            entry = self._numbers("<III", at + 12 * number)
            if entry is None:
                return
            kind, size, place = entry
            yield kind, _Location(size, place)

    @cached_property
    def machine(self) -> str:
        """The processor architecture, such as ``x86_64``; empty if it is unknown."""
        stream = self._streams.get(_SYSTEM)
        numbers = self._numbers("<H", stream.at) if stream else None
        return _MACHINES.get(numbers[0], "") if numbers else ""

    @cached_property
    def system(self) -> str:
        """The operating system, such as ``Windows``; empty if it is unknown."""
        stream = self._streams.get(_SYSTEM)
        numbers = self._numbers("<I", stream.at + 20) if stream else None
        return _SYSTEMS.get(numbers[0], "") if numbers else ""

    @cached_property
    def version(self) -> str:
        """The version of the operating system, such as ``10.0.19045``."""
        stream = self._streams.get(_SYSTEM)
        numbers = self._numbers("<III", stream.at + 8) if stream else None
        return ".".join(map(str, numbers)) if numbers else ""

    @property
    def written_at(self) -> int:
        """The time of the crash, in epoch seconds by the clock of that machine; 0 if it is unknown."""
        numbers = self._numbers("<I", 20)
        return numbers[0] if numbers else 0

    @cached_property
    def code(self) -> int | None:
        """The number of the exception or signal."""
        exception = self._exception()
        return exception[2] if exception else None

    @property
    def kind(self) -> str:
        """The name of the exception or signal."""
        if self.code is None:
            return "Crash"
        names = _WINDOWS_EXCEPTIONS if self.system == "Windows" else _MACH_EXCEPTIONS if self.system in ("macOS", "iOS") else _SIGNALS
        return names.get(self.code, f"Exception 0x{self.code:08x}")

    @cached_property
    def modules(self) -> list[Module]:
        """The loaded modules, by address."""
        return sorted(self._modules(), key=lambda module: module.base)

    def frames(self) -> list[NativeFrame]:
        """The frames of the crashing thread: the place of the crash first, then its callers, as far as they can be found without symbols."""
        registers, context = _REGISTERS.get(self.machine), self._context()
        crash = self._crash_address(registers, context)
        stack = [self._frame(crash)] if crash is not None else []
        if registers and context:
            stack += [self._frame(address) for address in self._callers(registers, context)]
        known: dict[tuple[str, int], NativeFrame] = {}
        for frame in stack:
            if frame:
                known.setdefault((frame.module.path, frame.offset), frame)
        return list(known.values())[:MAX_FRAMES]

    def _crash_address(self, registers: _Registers | None, context: _Location | None) -> int | None:
        """Return the address of the crashing instruction. The exception's address can be the one that the program tried to access."""
        if registers and context:
            address = self._pointer(context.at + registers.instruction, registers.pointer)
            if address is not None:
                return address
        exception = self._exception()
        return exception[5] if exception else None

    def _exception(self) -> tuple[int, ...] | None:
        """Return thread id, padding, code, flags, a pointer, the address, and the size and offset of the thread's context."""
        stream = self._streams.get(_EXCEPTION)
        if stream is None:
            return None
        record = self._numbers("<IIIIQQ", stream.at)
        return record + (self._numbers("<II", stream.at + 160) or (0, 0)) if record else None

    def _context(self) -> _Location | None:
        exception = self._exception()
        return _Location(*exception[6:8]) if exception and exception[6] else None

    def _modules(self) -> Iterator[Module]:
        for at in self._entries(_MODULES, _MODULE_BYTES, MAX_MODULES):
            numbers = self._numbers("<QIIII", at)
            if numbers:
                yield Module(self._name(numbers[4]), numbers[0], numbers[1])

    def _entries(self, kind: int, entry_bytes: int, most: int) -> Iterator[int]:
        """Yield the offsets of a table's entries. Some writers put four bytes between its length and its entries."""
        stream = self._streams.get(kind)
        numbers = self._numbers("<I", stream.at) if stream else None
        if stream is None or numbers is None:
            return
        first = stream.at + (8 if stream.size == 8 + numbers[0] * entry_bytes else 4)
        for number in range(min(numbers[0], most)):
            yield first + number * entry_bytes

    def _name(self, at: int) -> str:
        numbers = self._numbers("<I", at)
        return self.data[at + 4 : at + 4 + min(numbers[0], MAX_NAME_BYTES)].decode("utf-16-le", "replace") if numbers else ""

    def _frame(self, address: int) -> NativeFrame | None:
        place = bisect_right(self.modules, address, key=lambda module: module.base) - 1
        module = self.modules[place] if place >= 0 else None
        return NativeFrame(module, address) if module and address < module.base + module.size else None

    def _callers(self, registers: _Registers, context: _Location) -> Iterator[int]:
        """Yield the return addresses on the stack, newest first: along the chain of frame pointers, or else all addresses inside a module."""
        stack = self._stack()
        pointer, frame = (self._pointer(context.at + at, registers.pointer) for at in (registers.stack, registers.frame))
        if stack is None or pointer is None:
            return
        chain = list(self._chain(stack, frame or 0, registers.pointer))
        yield from chain
        if not chain:
            begin = pointer if stack[0] <= pointer < stack[0] + stack[1].size else stack[0]
            yield from self._scan(stack, begin, registers.pointer)

    def _chain(self, stack: tuple[int, _Location], frame: int, pointer: int) -> Iterator[int]:
        for _ in range(MAX_FRAMES):
            saved, address = (self._on_stack(stack, frame + at, pointer) for at in (0, pointer))
            if address is None or not self._frame(address):
                return
            yield address
            if saved is None or saved <= frame:
                return
            frame = saved

    def _scan(self, stack: tuple[int, _Location], begin: int, pointer: int) -> Iterator[int]:
        count = 0
        for address in range(begin, begin + MAX_STACK_BYTES, pointer):
            value = self._on_stack(stack, address, pointer)
            if value is None:
                return
            if self._frame(value):
                yield value
                count += 1
                if count >= MAX_FRAMES:
                    return

    def _stack(self) -> tuple[int, _Location] | None:
        """Return the stack of the crashing thread: its address in memory and its place in the dump."""
        exception = self._exception()
        for at in self._entries(_THREADS, _THREAD_BYTES, MAX_THREADS):
            thread = self._numbers("<IIIIQQII", at)
            if thread and exception and thread[0] == exception[0]:
                return thread[5], _Location(thread[6], thread[7])
        return None

    def _on_stack(self, stack: tuple[int, _Location], address: int, pointer: int) -> int | None:
        begin, location = stack
        if not begin <= address <= begin + location.size - pointer:
            return None
        return self._pointer(location.at + address - begin, pointer)

    def _pointer(self, at: int, size: int) -> int | None:
        numbers = self._numbers("<Q" if size == 8 else "<I", at)
        return numbers[0] if numbers else None

    def _numbers(self, form: str, at: int) -> tuple[int, ...] | None:
        """Return the numbers at an offset; None if they are not completely within the dump."""
        if not 0 <= at <= len(self.data) - struct.calcsize(form):
            return None
        return struct.unpack_from(form, self.data, at)
