"""Turns: one thread at a time, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import DatabaseAway


class Turns:
    """A lock that nobody overtakes.

    SQLite has its writers try again now and then, so a thread that writes one thing after another (a purge) would leave hardly a gap to a
    click in the same process. Between processes that remains so.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._queue: deque[threading.Lock] = deque()
        """Whoever comes waits for a lock of their own; the first one's is open."""
        self._guard = threading.Lock()

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Waits for this thread's turn, which lasts as long as the context. Raises DatabaseAway after ``patience`` seconds."""
        ticket = threading.Lock()
        ticket.acquire()
        with self._guard:
            self._queue.append(ticket)
            if len(self._queue) == 1:
                ticket.release()
        try:
            if not ticket.acquire(timeout=self._patience):
                raise DatabaseAway
            yield
        finally:
            self._leave(ticket)

    def _leave(self, ticket: threading.Lock) -> None:
        with self._guard:
            was_first = self._queue[0] is ticket
            self._queue.remove(ticket)
            if was_first and self._queue:
                self._queue[0].release()
