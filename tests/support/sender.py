"""A sender at work on a real ledger, before a chat in memory that keeps what was said and misbehaves when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from prometheus_client import CollectorRegistry
from sqlalchemy import ColumnElement, and_, exists, or_, select
from starlette.routing import BaseRoute

from bot.chat.elements import Board, Card, Content, plain
from bot.chat.interactions import ChatPerson
from bot.chat.platform import Address, ChannelState, OutgoingNote, PlatformError, Profile, Received
from bot.delivery.channel_run import SenderDeps
from bot.delivery.compose import Composer
from bot.delivery.rate_limits import RateLimits, Table
from bot.delivery.sender import Sender
from bot.metrics import Outbound
from bot.workers import Workers, workers_for
from core.db.models import Channel, Outage
from core.db.outbox import has_work
from core.notify.outbox import LEASE, Receipt
from core.notify.watches import ChannelName
from tests.conftest import World

Trouble = Callable[[str, str], Exception | None]
"""What goes wrong with something that is about this, in a channel."""


def none(_: str, __: str) -> None:
    """All is well."""


def always(error: Exception) -> Trouble:
    return lambda _, __: error


@dataclass
class Said:
    """A message as it stands in a channel, all that it showed so far."""

    channel: str
    key: str
    contents: list[Content]
    thread: str | None = None

    @property
    def cards(self) -> list[Card]:
        return [one for one in self.contents if isinstance(one, Card)]

    @property
    def state(self) -> str:
        return plain(self.cards[-1].state)


@dataclass
class Chat:
    """A chat service. Posting the same thing again makes another message, as it does in Slack and in Teams."""

    name: ClassVar[str] = "slack"
    can_find: ClassVar[bool] = True
    """Slack finds messages by their metadata, Teams does not."""
    routes: Sequence[BaseRoute] = ()
    messages: list[Said] = field(default_factory=list)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    """Each attempt: what, where, and what it is about."""
    at: list[float] = field(default_factory=list)
    """When each attempt was made, in the seconds of the test's own clock."""
    clock: Callable[[], datetime] | None = None
    looks: int = 0
    trouble: Trouble = field(default_factory=lambda: none)
    loses: tuple[str, ...] = ()
    """Kinds of calls that do their work and whose answers are lost."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Answers wait for it."""
    opens: dict[str, asyncio.Event] = field(default_factory=dict)
    """Answers of one channel wait for its own."""

    def __post_init__(self) -> None:
        self.gate.set()

    async def start(self) -> None:
        """Always there."""

    async def listen(self) -> None:
        """Nothing comes by itself."""

    async def close(self) -> None:
        """Never gone."""

    async def post(self, address: Address, content: Content, key: str) -> str:
        return await self._say("post", address, content, Said(address.channel, key, [content]))

    async def reply(self, address: Address, external_id: str, line: OutgoingNote, key: str) -> str:
        return await self._say("reply", address, line.said, Said(address.channel, key, [line.said], external_id))

    async def update(self, address: Address, external_id: str, content: Content) -> None:
        self._called("update", address, content)
        self.messages[int(external_id)].contents.append(content)
        await self._answer(address)

    async def find(self, address: Address, key: str, near: datetime) -> str | None:
        self.looks += 1
        found = (number for number, one in enumerate(self.messages) if (one.channel, one.key, one.thread) == (address.channel, key, address.thread))
        return next(map(str, found), None) if self.can_find else None

    async def channel_state(self, address: Address) -> ChannelState:
        return ChannelState()

    async def read_again(self, payload: Mapping[str, Any]) -> Received | None:
        return None

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        raise AssertionError("the sender asks for nobody")

    def in_channel(self, channel: str) -> list[str]:
        """The short ids of the copies in a channel, in order."""
        return [one.cards[0].short_id for one in self.messages if one.channel == channel and one.cards]

    def attempts(self, channel: str) -> int:
        return sum(1 for _, where, _ in self.calls if where == channel)

    def when(self, what: str, about: str, channel: str = "C1") -> float:
        """When it was last done."""
        return max(at for call, at in zip(self.calls, self.at, strict=True) if call == (what, channel, about))

    def forgets(self) -> None:
        """What was called until now does not count."""
        self.calls.clear()
        self.at.clear()

    async def _say(self, what: str, address: Address, content: Content, said: Said) -> str:
        self._called(what, address, content)
        self.messages.append(said)
        number = len(self.messages) - 1
        await self._answer(address)
        return str(number)

    def _called(self, what: str, address: Address, content: Content) -> None:
        self.calls.append((what, address.channel, about(content)))
        if self.clock:
            self.at.append(self.clock().timestamp())
        if trouble := self.trouble(address.channel, about(content)):
            raise trouble

    async def _answer(self, address: Address) -> None:
        await self.gate.wait()
        if address.channel in self.opens:
            await self.opens[address.channel].wait()
        if self.calls[-1][0] in self.loses:
            raise PlatformError("the answer was lost")


class Teams(Chat):
    """The same, but it can tell nobody what was posted."""

    name: ClassVar[str] = "msteams"
    can_find: ClassVar[bool] = False


def about(content: Content) -> str:
    match content:
        case Card():
            return content.short_id
        case Board():
            return content.heading
        case _:
            return plain(content.text)


@dataclass
class Desk:
    """A sender at work on a world, and what it can be told. Nothing is limited unless ``table`` says so."""

    world: World
    chat: Chat
    workers: Workers
    table: Table = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counts = Outbound(CollectorRegistry())
        self.chat.clock = self.world.clock
        self.limits = RateLimits(self.table, lambda: self.world.clock().timestamp())

    def new_sender(self) -> Sender:
        outgoing = Composer(self.world.core, self.workers, "https://quell.example.com")
        return Sender(SenderDeps(self.world.core, {self.chat.name: self.chat}, self.workers, outgoing, self.limits, self.counts))

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
def desk_for(world: World, database_url: str, chat: Chat | None = None, table: Table | None = None) -> Iterator[Desk]:
    """A channel C1 that is told of everything, and nothing yet to tell."""
    workers = workers_for(database_url)
    desk = Desk(world, chat or Chat(), workers, table or {})
    desk.watch("C1")
    yield desk
    workers.close()
