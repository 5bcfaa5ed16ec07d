"""A sender at work on a real outbox, before a chat in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from prometheus_client import CollectorRegistry
from sqlalchemy import ColumnElement, and_, exists, or_, select

from bot.delivery.channel_run import SenderDeps, SenderTimings
from bot.delivery.rate_limits import RateLimits, Table
from bot.delivery.sender import Sender
from bot.metrics import Outbound
from bot.workers import Workers, workers_for
from core.db.models import Channel, Outage
from core.db.outbox import has_work
from core.notify.outbox import LEASE, Receipt
from core.notify.watches import ChannelName
from tests.support.core import World
from tests.support.fake_chat import FakeChat

UNHURRIED = SenderTimings(look_every=3600)
"""Nobody looks by themselves during a test, so what is done without being woken would be waited for in vain."""


@dataclass
class Desk:
    """A sender at work on a world, and what it can be told. Nothing is limited unless ``table`` says so."""

    world: World
    chat: FakeChat
    workers: Workers
    table: Table = field(default_factory=dict)
    timings: SenderTimings = UNHURRIED

    def __post_init__(self) -> None:
        self.counts = Outbound(CollectorRegistry())
        self.chat.clock = self.world.clock
        self.limits = RateLimits(self.table, lambda: self.world.clock().timestamp())

    def new_sender(self) -> Sender:
        links, platforms = "https://quell.example.com", {self.chat.name: self.chat}
        return Sender(SenderDeps(self.world.core, platforms, self.workers, links, self.limits, self.counts, timings=self.timings))

    def watch(self, *channels: str) -> None:
        for channel in channels:
            self.world.core.watches.set(self.world.project, ChannelName(self.chat.name, channel))
            self.threads(channel, "off")

    def threads(self, channel: str, choice: str) -> None:
        self.world.core.channels.change(self.world.organization_id, self.chat.name, channel, threads=choice)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Sender]:
        """A sender that is woken by each change, as in the real program, and stopped in order."""
        sender = self.new_sender()
        wake = partial(asyncio.get_running_loop().call_soon_threadsafe, sender.wake)
        self.world.core.listeners.append(wake)
        task = asyncio.create_task(sender.run())
        try:
            yield sender
        finally:
            self.world.core.listeners.remove(wake)
            sender.stop()
            await task

    async def works_off(self, seconds: float = 0, step: float = 0.5) -> None:
        """A sender works until nothing can be done any more at this time; or while so much time passes."""
        async with self.at_work() as sender:
            await self.until(self.is_idle)
            for _ in range(round(seconds / step)):
                self.world.clock.pass_by(seconds=step)
                sender.wake()
                await self.until(self.is_idle)

    @asynccontextmanager
    async def crashed_while_sending(self) -> AsyncIterator[None]:
        """A sender has posted and hangs for ever before it hears what came of it: as far as the ledger can tell, it is dead, and its lease is over.

        Should it come back at the end, it must have no say any more.
        """
        before, hung = len(self.chat.messages), asyncio.Event()
        gate, self.chat.gate = self.chat.gate, hung
        sender = self.new_sender()
        task = asyncio.create_task(sender.run())
        await self.until(lambda: len(self.chat.messages) > before)
        self.chat.gate = gate
        self.world.clock.pass_by(seconds=LEASE.total_seconds())
        yield
        hung.set()
        sender.stop()
        await task

    def is_idle(self) -> bool:
        """Whether no channel is being worked on and none that may speak has anything due, in one look."""
        now = self.world.clock()
        with self.world.core.database.read() as work:
            return (
                work.session.scalars(select(Channel.id).where(or_(Channel.lease_until_at > now, and_(may_speak(now), has_work(now))))).first() is None
            )

    async def until(self, look: Callable[[], object], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not look():  # noqa: ASYNC110 - looks at a database, not at an event
                await asyncio.sleep(0.005)

    def receipt(self, name: str = "SHOP-1", channel: str = "C1") -> Receipt:
        receipts = self.world.core.outbox.receipts(self.world.organization_id, name)
        return next(one for one in receipts if one.channel == channel)


def may_speak(now: datetime) -> ColumnElement[bool]:
    """Channels that wait for nothing, or that it is time to try their platform with."""
    is_free = or_(Channel.not_before_at.is_(None), Channel.not_before_at <= now)
    is_left_alone = exists().where(Outage.platform == Channel.platform, Outage.probe_at > now)
    return or_(is_free, and_(Channel.waits_for.in_(("account", "outage")), ~is_left_alone))


@contextmanager
def desk_for(world: World, database_url: str, chat: FakeChat | None = None, table: Table | None = None) -> Iterator[Desk]:
    """A channel C1 that is told of everything, and nothing yet to tell."""
    workers = workers_for(database_url)
    desk = Desk(world, chat or FakeChat(), workers, table or {})
    desk.watch("C1")
    yield desk
    workers.close()
    assert desk.chat.asked == [], "the sender asks for nobody"
