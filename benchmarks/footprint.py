"""How long the program takes to be ready, and what it holds when it is idle, with both chats on."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.support.program import Town

ROUNDS = 5


def figures() -> Iterator[str]:
    """Medians of several starts on a SQLite database that is there already."""
    ready, memory = [], []
    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder), f"sqlite:///{folder}/quell.db")
        town.quell("db", "upgrade")
        for _ in range(ROUNDS):
            began = time.monotonic()
            town.start()
            ready.append(time.monotonic() - began)
            town.crash()
            town.both_say("SHOP-1", "Unresolved")
            assert town.process
            memory.append(psutil.Process(town.process.pid).memory_info().rss / 2**20)
            town.stop()
    yield f"start to ready                 {statistics.median(ready):8.2f} s     (target: under 2)"
    yield f"memory after the first alert   {statistics.median(memory):8.0f} MiB   (target: under 150)"
