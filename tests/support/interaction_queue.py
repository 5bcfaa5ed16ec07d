"""A queue of interactions before a database of its own, for tests of what stands in front of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.chat.interaction_queue import InteractionQueue, QueueTimings
from bot.chat.platform import Answering
from bot.security.secrets import Sealer
from core.db.pending import PendingInteractionStore
from core.processes.interactions import PendingInteractions

PUNCTUAL = QueueTimings()
"""As in the real program."""


def queue_on(
    database_url: str, answering: Answering, clock: Callable[[], datetime] = lambda: datetime.now(UTC), timings: QueueTimings = PUNCTUAL
) -> InteractionQueue:
    """What one process has. Several on one database are several processes."""
    pending = PendingInteractions(PendingInteractionStore(database_url), clock)
    return InteractionQueue(pending, answering, lambda: Sealer("k" * 32, "pending interactions"), timings)


@asynccontextmanager
async def own_queue(answering: Answering, timings: QueueTimings = PUNCTUAL) -> AsyncIterator[InteractionQueue]:
    """A queue of one process, on a SQLite of its own that is gone at the end."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT") or None) as folder:
        queue = queue_on(f"sqlite:///{folder}/quell.db", answering, timings=timings)
        yield queue
        await queue.close()
        queue.pending.close()
