"""Run the synchronous core in threads: the one hop from the event loop into a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
"""Threads for reads; two cores do not profit from more."""
MAPPERS = 4
"""Threads for events that may wait for a source map. They mostly wait, and reads shall not wait with them."""


class Workers:
    """The threads that the core runs on. With SQLite there is one writer, because there is one write lock (measured: 1.7 times the speed of several
    writers).
    """

    def __init__(self, writers: int) -> None:
        self.writers = writers
        """Number of concurrent writes."""
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="quell-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="quell-read")
        self._mappers = ThreadPoolExecutor(MAPPERS, thread_name_prefix="quell-map")

    async def write(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function that changes the database, to its end even if the caller is cancelled."""
        return await self._run(self._writers, lambda: work(*args, **kwargs))

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function that only reads."""
        return await self._run(self._readers, lambda: work(*args, **kwargs))

    async def map_frames(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function that only reads and may wait for a source map to be decoded."""
        return await self._run(self._mappers, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Wait for running functions."""
        for pool in (self._writers, self._readers, self._mappers):
            pool.shutdown()

    @staticmethod
    async def _run(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, work)


def workers_for(database_url: str) -> Workers:
    """Build workers with as many writers as the database supports."""
    return Workers(writers=1 if database_url.startswith("sqlite") else 8)
