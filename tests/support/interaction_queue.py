"""A queue of interactions before a database of its own, for tests of what stands in front of it."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.chat.elements import Notice, Reply
from bot.chat.interaction_queue import InteractionQueue, QueueTimings
from bot.chat.interactions import Interaction, Place, Press, TypedCommand
from bot.chat.platform import Answering, BeforeCalling, PlatformError, Received
from bot.chat.targets import OneIssue
from bot.security.secrets import Sealer
from core.db.pending import PendingInteractionStore
from core.processes.interactions import LEASE, PendingInteractions
from tests.support.core import Clock
from tests.support.fake_chat import FakeChat
from tests.support.people import ADA

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


SECRET = "https://hooks.slack.com/actions/T1/a-secret"


@dataclass
class Presser(FakeChat):
    """A chat of one person who presses something; it keeps what she was told."""

    answer: Callable[[BeforeCalling], Awaitable[Reply]] = field(default=lambda _: _done())
    told: list[Reply] = field(default_factory=list)
    is_unready: bool = False
    number: int = 0

    def received(self, deed: Press | TypedCommand | None = None, request_id: str = "slack:1") -> Received:
        interaction = Interaction(ADA, Place("CALERTS", "1.2"), deed or Press("resolve", OneIssue(1, 1)), request_id)
        return Received(interaction, {"request_id": request_id, "response_url": SECRET}, self.answer, self.bring)

    async def read_again(self, payload: Mapping[str, Any]) -> Received | None:
        if self.is_unready:
            raise PlatformError("Slack has not told yet which workspace this is")
        return self.received(request_id=payload["request_id"])

    async def bring(self, reply: Reply) -> None:
        self.told.append(reply)


async def _done() -> Reply:
    return Notice(("Done.",))


@dataclass
class Answers:
    """Knows what was carried out before."""

    before: Reply | None = None

    async def earlier(self, interaction: Interaction) -> Reply | None:
        return self.before


@dataclass
class Line:
    """Processes on one database, one after another or side by side."""

    url: str
    clock: Clock
    answers: Answers = field(default_factory=Answers)
    chat: Presser = field(default_factory=Presser)
    processes: list[InteractionQueue] = field(default_factory=list)
    timings: QueueTimings = QueueTimings(store_after=0.02, patience=0.05)  # noqa: RUF009 - it is frozen

    def process(self) -> InteractionQueue:
        queue = queue_on(self.url, self.answers, self.clock, self.timings)  # type: ignore[arg-type]  # of all that answers it asks for this only
        self.processes.append(queue)
        return queue

    def stored(self) -> list[dict[str, Any]]:
        return self.process().pending.store.rows()

    async def looks(self, queue: InteractionQueue | None = None) -> None:
        """A process looks once, and finishes what it has found."""
        queue = queue or self.process()
        await queue._look({"slack": self.chat})
        while queue._tasks:
            await asyncio.wait(queue._tasks)

    async def left_by_a_killed_process(self) -> None:
        """One interaction that was stored and acknowledged, and whose process is dead."""
        never = asyncio.Event()
        self.chat.answer = lambda _: never.wait()  # type: ignore[assignment,return-value]
        accepted = await self.process().accept(self.chat.received())
        assert accepted.is_kept
        accepted._answer.cancel()
        self.chat.answer = lambda _: _done()
        self.clock.pass_by(seconds=LEASE.total_seconds() + 1)


def slow(until: asyncio.Event) -> Callable[[BeforeCalling], Awaitable[Reply]]:
    async def answer(_: BeforeCalling) -> Reply:
        await until.wait()
        return Notice(("Done.",))

    return answer
