"""Store the events of many requests in one transaction per project, then answer each request.

Nothing is delayed to make batches larger: the next batch gathers while one is committed. Two batches of one project never run at the same time, so
they do not compete for its lock. Projects take turns.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.ingest.errors import Full, Unstorable
from bot.ingest.limits import MIB
from bot.metrics import Metrics
from bot.workers import Workers
from core.errors import DatabaseAway
from core.events.record import Occurrence, Recorded

log = logging.getLogger(__name__)

_GATHER_TURNS = 2
"""Turns of the event loop before a batch is closed. They take no time when idle, and double the batches under load."""

Record = Callable[[int, Sequence[Occurrence]], list[Recorded]]
"""Stores events of one project in one transaction. Raises DatabaseAway."""


@dataclass(frozen=True)
class BatchLimits:
    """How many events are stored together, and how many may wait."""

    events: int = 250
    """Events per transaction. On SQLite clicks wait for the running transaction, so it must be short."""
    size: int = 4 * MIB
    """Bytes of JSON per transaction, for the same reason."""
    waiting: int = 500
    """Events that may wait: about half a second of work."""


@dataclass(frozen=True)
class _WaitingRequest:
    """The events of one request, which are stored together or not at all, and their size in bytes of JSON."""

    occurrences: Sequence[Occurrence]
    size: int
    answer: asyncio.Future[list[Recorded]]


class EventBatcher:
    """Stores the events of many requests at a time. Use it on one event loop only."""

    def __init__(self, record: Record, workers: Workers, metrics: Metrics, limits: BatchLimits | None = None) -> None:
        self._store = record
        self._limits = limits or BatchLimits()
        self._workers = workers
        self._metrics = metrics
        self._max_transactions = max(1, workers.writers // 2)
        self._queues: dict[int, deque[_WaitingRequest]] = {}
        """Waiting requests by project; the next project comes first."""
        self._batches: dict[int, asyncio.Task[None]] = {}
        """Running transactions by project."""
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        """Whether further events would be refused."""
        return self._waiting >= self._limits.waiting

    async def take(self, project_id: int, occurrences: Sequence[Occurrence], size: int = 0) -> list[Recorded]:
        """Store the events of one request, ``size`` bytes of JSON; return the outcome of each after the commit.

        Raises Full if too many events wait, Unstorable if the database rejects these events, and DatabaseAway. The events are stored even if the
        caller is cancelled meanwhile.
        """
        if self._waiting and self._waiting + len(occurrences) > self._limits.waiting:
            raise Full
        request = _WaitingRequest(occurrences, size, asyncio.get_running_loop().create_future())
        self._queues.setdefault(project_id, deque()).append(request)
        self._count(len(occurrences))
        self._begin()
        return await request.answer

    async def drain(self) -> None:
        """Wait until no event waits."""
        while self._batches:
            await asyncio.wait(self._batches.values())

    def _begin(self) -> None:
        """Start as many transactions as may run at once, each for another project."""
        for project_id in [queue for queue in self._queues if queue not in self._batches]:
            if len(self._batches) >= self._max_transactions:
                return
            self._batches[project_id] = asyncio.create_task(self._record_next(project_id))

    async def _record_next(self, project_id: int) -> None:
        for _ in range(_GATHER_TURNS):
            # Include requests that are being read at this moment.
            await asyncio.sleep(0)
        try:
            # All waiting requests may have been refused meanwhile.
            if project_id in self._queues:
                await self._record(project_id, self._next_batch(project_id))
        finally:
            del self._batches[project_id]
            self._begin()

    def _next_batch(self, project_id: int) -> list[_WaitingRequest]:
        """Return at least one request, and as many as fit into a transaction. Put a project with more requests behind the others."""
        queue, most = self._queues.pop(project_id), self._limits
        batch: list[_WaitingRequest] = []
        events = size = 0
        while queue and (not batch or (events + len(queue[0].occurrences) <= most.events and size + queue[0].size <= most.size)):
            batch.append(queue.popleft())
            events, size = events + len(batch[-1].occurrences), size + batch[-1].size
        if queue:
            self._queues[project_id] = queue
        return batch

    async def _record(self, project_id: int, batch: Sequence[_WaitingRequest]) -> None:
        occurrences = [occurrence for request in batch for occurrence in request.occurrences]
        try:
            self._answer(batch, await self._workers.write(self._store, project_id, occurrences))
            return
        except DatabaseAway:
            self._refuse_all(batch)
            return
        except Exception:
            if len(batch) == 1:
                log.exception("events of project %s could not be stored", project_id)
                self._settle(batch[0], Unstorable())
                return
        # One of the requests is bad. Split the batch, so that only that request fails.
        middle = len(batch) // 2
        await self._record(project_id, batch[:middle])
        await self._record(project_id, batch[middle:])

    def _answer(self, batch: Sequence[_WaitingRequest], recorded: Sequence[Recorded]) -> None:
        self._metrics.recorded(recorded)
        rest = iter(recorded)
        for request in batch:
            self._settle(request, [next(rest) for _ in request.occurrences])

    def _refuse_all(self, batch: Sequence[_WaitingRequest]) -> None:
        """Refuse all waiting requests: the database is away for them too."""
        waiting = [*batch, *(request for queue in self._queues.values() for request in queue)]
        self._queues.clear()
        for request in waiting:
            self._settle(request, DatabaseAway())

    def _settle(self, request: _WaitingRequest, outcome: list[Recorded] | Exception) -> None:
        self._count(-len(request.occurrences))
        if request.answer.done():
            # The client is gone.
            return
        if isinstance(outcome, Exception):
            request.answer.set_exception(outcome)
        else:
            request.answer.set_result(outcome)

    def _count(self, events: int) -> None:
        self._waiting += events
        self._metrics.waiting.set(self._waiting)
