"""Decode a source map in a process of its own, which ends with it.

The parser of scripts can be made to crash, and JSON to take much time and memory: none of that reaches this process, and the event loop of this
process runs on meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from core.mapping.child import FUNCTIONS, MAPPINGS, REFUSAL, SIZE
from core.rules.source_maps.decoding import BadMap, check_size
from core.rules.source_maps.index import MapIndex

MAX_INDEX_BYTES = 64 * 1024 * 1024
MAX_SECONDS = 300.0
"""How long the process may live; it is stopped long before, by its limit of CPU time, unless the machine is very busy."""
_ROOT = str(Path(__file__).resolve().parents[2])
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from core.mapping.child import main; main()"
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""Variables that an interpreter may need to start. The others can hold secrets."""


class MapDecoder:
    """Decodes one map at a time."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    def decode(self, content: bytes, script: bytes | None) -> MapIndex:
        """Decode the JSON of a map, and read the functions of its script. Raises BadMap; OSError if no process can be started."""
        check_size(content)
        messages = _messages(self._run(content, script or b""))
        if REFUSAL in messages:
            raise BadMap(messages[REFUSAL].decode())
        if MAPPINGS not in messages:
            raise BadMap("takes too much time or memory")
        index = MapIndex(messages[MAPPINGS], messages.get(FUNCTIONS))
        if index.size > MAX_INDEX_BYTES:
            raise BadMap("takes too much memory")
        return index

    def close(self) -> None:
        """Stop the map that is decoded at the moment; no further one is begun."""
        with self._guard:
            self._is_closed = True
            if self._child:
                self._child.kill()

    def _run(self, content: bytes, script: bytes) -> bytes:
        """Return what the process wrote until it ended, however it ended."""
        with self._start() as child:
            assert child.stdin
            assert child.stdout
            watch = threading.Timer(MAX_SECONDS, child.kill)
            watch.start()
            try:
                # It reads all before it writes anything. ``communicate`` would pass the map on in thousands of pieces.
                with suppress(BrokenPipeError):
                    for part in (SIZE.pack(len(content)), content, SIZE.pack(len(script)), script):
                        child.stdin.write(part)
                    child.stdin.close()
                return child.stdout.read()
            finally:
                watch.cancel()
                child.kill()
                self._child = None

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-c", _PROGRAM, _ROOT]
        variables = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        with self._guard:
            if self._is_closed:
                raise OSError("closed")
            # Our own program, with nothing of others among its arguments.
            self._child = subprocess.Popen(  # noqa: S603
                command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            return self._child


def _messages(written: bytes) -> dict[bytes, bytes]:
    """Return the whole messages; one that was cut off is as if it were not there."""
    messages: dict[bytes, bytes] = {}
    at = 0
    while at + 1 + SIZE.size <= len(written):
        start = at + 1 + SIZE.size
        end = start + SIZE.unpack_from(written, at + 1)[0]
        if end > len(written):
            break
        messages[written[at : at + 1]] = written[start:end]
        at = end
    return messages
