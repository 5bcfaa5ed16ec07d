"""Run work after a request was acknowledged: hold on to tasks until they are done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from bot.chat.platform import PlatformError

Job = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)


class Background:
    """A set of running tasks. The event loop itself only keeps weak references, so tasks could be garbage-collected while they run."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, jobs: Iterable[Job]) -> None:
        """Start these jobs and return at once."""
        for job in jobs:
            task = asyncio.create_task(_run_and_log(job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def drain(self, seconds: float) -> None:
        """Wait this long for running tasks, and for tasks that they start; then cancel the rest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.wait(set(self._tasks))
        left = set(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if left:
            log.warning("stopped %d answers to Slack that took too long", len(left))


async def _run_and_log(job: Job) -> None:
    try:
        await job()
    except PlatformError as error:
        log.warning("an answer did not reach Slack: %s", error)
    except Exception as error:  # noqa: BLE001 - nobody is left to hear of it but the log
        # Leave out the message: it may quote a person's text, or a secret URL.
        log.error("an answer to Slack failed: %s", type(error).__name__)
