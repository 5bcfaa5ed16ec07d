"""Run work after a request was answered: hold on to it while it runs, and finish it before the program ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_logger = logging.getLogger(__name__)


class Work:
    """A set of running tasks. The event loop itself keeps only weak references, so a forgotten task may vanish half done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, job: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run the job in the background; log its exceptions."""
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        return task

    def _finish(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("work in the background failed", exc_info=error)

    async def drain(self, seconds: float) -> None:
        """Wait for running tasks, and for tasks that they start; then cancel the rest."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        while self._tasks and loop.time() < ends_at:
            await asyncio.wait(self._tasks, timeout=ends_at - loop.time())
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
