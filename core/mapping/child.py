"""The process that decodes one source map. What it reads was written by others, so it has little memory, time and nothing else.

It reads a map and a script from its standard input and writes messages to its standard output. A crash or a stop at a limit loses what was not yet
written, and nothing else.
"""

from __future__ import annotations

import os
import resource
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from core.rules.source_maps.decoding import BadMap, decode
from core.rules.source_maps.index import MapIndex
from core.rules.source_maps.scopes import named_functions

MAPPINGS, FUNCTIONS, REFUSAL = b"m", b"f", b"r"
"""The kinds of messages: the index of the map, the functions of the script, and why there is neither."""
SIZE = struct.Struct("<Q")
MAX_MEMORY_BYTES = 1024**3
MAX_CPU_SECONDS = 40
"""For a map."""
MIN_SCRIPT_CPU_SECONDS = 3
SCRIPT_BYTES_PER_CPU_SECOND = 512 * 1024
"""A script may take the time of a parser that is several times slower than it is."""


def main() -> None:
    """Decode the map, then read the functions of the script, which may crash."""
    _limit()
    content, script = _read(sys.stdin.buffer), _read(sys.stdin.buffer)
    try:
        packed = MapIndex.pack(decode(content))
    except BadMap as refused:
        _write(REFUSAL, str(refused).encode())
        return
    except MemoryError:
        _write(REFUSAL, b"takes too much memory")
        return
    _write(MAPPINGS, packed)
    del content
    if script:
        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        _limit_cpu(int(used) + MIN_SCRIPT_CPU_SECONDS + len(script) // SCRIPT_BYTES_PER_CPU_SECOND)
        _write(FUNCTIONS, MapIndex.pack_functions(named_functions(script, MapIndex(packed))))


def _limit() -> None:
    """Give up what decoding does not need. Not every system knows every limit."""
    with suppress(OSError):
        os.nice(5)
    _limit_cpu(MAX_CPU_SECONDS)
    for limit, value in ((resource.RLIMIT_AS, MAX_MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
        with suppress(OSError, ValueError):
            resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))
    # Where memory is short, the kernel stops this process first.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _limit_cpu(seconds: int) -> None:
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _read(stream: BinaryIO) -> bytes:
    return stream.read(SIZE.unpack(stream.read(SIZE.size))[0])


def _write(kind: bytes, content: bytes) -> None:
    sys.stdout.buffer.write(kind + SIZE.pack(len(content)) + content)
    sys.stdout.buffer.flush()
