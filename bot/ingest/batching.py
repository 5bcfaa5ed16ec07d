"""The gate through which all doors store events: what waits for a project is recorded in one transaction, then each request is answered.

Nothing is delayed to make batches larger: while one is committed the next gathers. Two batches of one project are never recorded at the same
time, so they do not fight over its lock; projects take turns.
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
"""Turns of the event loop before a batch is closed. When nothing else is to be done they take no time; under load they double the batches."""

Record = Callable[[int, Sequence[Occurrence]], list[Recorded]]
"""Stores events of one project in one transaction. Raises DatabaseAway."""


@dataclass(frozen=True)
class BatchLimits:
    """How much is stored together, and how much may wait."""

    events: int = 250
    """Events in a transaction. On SQLite a click waits for the one that is running, so it must not be long."""
    size: int = 4 * MIB
    """Bytes of JSON in a transaction, for the same reason."""
    waiting: int = 500
    """Events that may wait: about half a second of work."""


@dataclass(frozen=True)
class _WaitingRequest:
    """The events of one request, of which all are stored or none, and how many bytes of JSON they were."""

    occurrences: Sequence[Occurrence]
    size: int
    answer: asyncio.Future[list[Recorded]]


class EventBatcher:
    """Stores the events of many requests at a time. It belongs to one event loop."""

    def __init__(self, record: Record, workers: Workers, metrics: Metrics, limits: BatchLimits | None = None) -> None:
        self._store = record
        self._limits = limits or BatchLimits()
        self._workers = workers
        self._metrics = metrics
        self._max_transactions = max(1, workers.writers // 2)
        self._queues: dict[int, deque[_WaitingRequest]] = {}
        """What waits, by project; the one whose turn it is comes first."""
        self._batches: dict[int, asyncio.Task[None]] = {}
        """What is being recorded, by project."""
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        """Whether what comes now would be refused."""
        return self._waiting >= self._limits.waiting

    async def take(self, project_id: int, occurrences: Sequence[Occurrence], size: int = 0) -> list[Recorded]:
        """Stores the events of one request, ``size`` bytes of JSON, and says after the commit what came of each.

        Raises Full where too many wait, Unstorable where the database will not have these, and DatabaseAway. They are stored even if the
        caller is gone before.
        """
        if self._waiting and self._waiting + len(occurrences) > self._limits.waiting:
            raise Full
        request = _WaitingRequest(occurrences, size, asyncio.get_running_loop().create_future())
        self._queues.setdefault(project_id, deque()).append(request)
        self._count(len(occurrences))
        self._begin()
        return await request.answer

    async def drain(self) -> None:
        """Returns when nothing waits any more."""
        while self._batches:
            await asyncio.wait(self._batches.values())

    def _begin(self) -> None:
        """Begins as many transactions as may run at once, each of another project."""
        for project_id in [queue for queue in self._queues if queue not in self._batches]:
            if len(self._batches) >= self._max_transactions:
                return
            self._batches[project_id] = asyncio.create_task(self._record_next(project_id))

    async def _record_next(self, project_id: int) -> None:
        for _ in range(_GATHER_TURNS):
            # Whoever is just being read comes along.
            await asyncio.sleep(0)
        try:
            # All that waited may have been turned away meanwhile.
            if project_id in self._queues:
                await self._record(project_id, self._next_batch(project_id))
        finally:
            del self._batches[project_id]
            self._begin()

    def _next_batch(self, project_id: int) -> list[_WaitingRequest]:
        """At least one parcel, and as many as may share a transaction. A project that has more waits behind the others."""
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
        # One parcel among them is bad; it shall fail only its own request.
        middle = len(batch) // 2
        await self._record(project_id, batch[:middle])
        await self._record(project_id, batch[middle:])

    def _answer(self, batch: Sequence[_WaitingRequest], recorded: Sequence[Recorded]) -> None:
        self._metrics.recorded(recorded)
        rest = iter(recorded)
        for request in batch:
            self._settle(request, [next(rest) for _ in request.occurrences])

    def _refuse_all(self, batch: Sequence[_WaitingRequest]) -> None:
        """Whoever waits behind a batch that did not reach the database would only wait for the same."""
        waiting = [*batch, *(request for queue in self._queues.values() for request in queue)]
        self._queues.clear()
        for request in waiting:
            self._settle(request, DatabaseAway())

    def _settle(self, request: _WaitingRequest, outcome: list[Recorded] | Exception) -> None:
        self._count(-len(request.occurrences))
        if request.answer.done():
            # Whoever asked is gone.
            return
        if isinstance(outcome, Exception):
            request.answer.set_exception(outcome)
        else:
            request.answer.set_result(outcome)

    def _count(self, events: int) -> None:
        self._waiting += events
        self._metrics.waiting.set(self._waiting)
