"""The reconcile loop against an honest platform in memory: in order, coalesced, patient, and true again after every kind of trouble."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import ClassVar

import pytest
import pytest_asyncio
from sqlalchemy import and_, exists, or_, select
from starlette.routing import BaseRoute

from bot import sender as sender_module
from bot.interactions import ChatPerson
from bot.platform import Address, PlatformError, Profile
from bot.sender import Post, Sender
from bot.surface import Card, plain
from bot.workers import Workers, workers_for
from core.actions import Archive, Assign, Resolve, To, Unresolve
from core.db.messages import _is_due
from core.db.models import Channel, Message
from core.messages import LEASE, Receipt
from core.watches import ChannelName
from tests.conftest import World

Trouble = Callable[[str, Card], Exception | None]
"""What goes wrong with a card in a channel, if anything."""


def none(_: str, __: Card) -> None:
    """All is well."""


def always(error: Exception) -> Trouble:
    return lambda _, __: error


@dataclass
class Shown:
    """A message as it stands in a channel."""

    channel: str
    key: str
    cards: list[Card]

    @property
    def state(self) -> str:
        return plain(self.cards[-1].state)


@dataclass
class Board:
    """A chat that keeps what was posted, knows messages by their key as a real one does by its metadata, and misbehaves when told to."""

    name: ClassVar[str] = "slack"
    routes: Sequence[BaseRoute] = ()
    messages: list[Shown] = field(default_factory=list)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    """Each attempt: what, where, and which issue."""
    trouble: Trouble = field(default_factory=lambda: none)
    loses_answers: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Answers wait for it."""

    def __post_init__(self) -> None:
        self.gate.set()

    async def start(self) -> None:
        """Always there."""

    async def close(self) -> None:
        """Never gone."""

    async def post(self, address: Address, card: Card, key: str) -> str:
        self._called("post", address, card)
        known = next((number for number, one in enumerate(self.messages) if one.key == key), None)
        if known is None:
            self.messages.append(Shown(address.channel, key, [card]))
            known = len(self.messages) - 1
        else:
            self.messages[known].cards.append(card)
        await self._answer()
        return str(known)

    async def update(self, address: Address, external_id: str, card: Card) -> None:
        self._called("update", address, card)
        self.messages[int(external_id)].cards.append(card)
        await self._answer()

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        raise AssertionError("the sender asks for nobody")

    def in_channel(self, channel: str) -> list[str]:
        """The short ids of what stands in a channel, in order."""
        return [one.cards[0].short_id for one in self.messages if one.channel == channel]

    def attempts(self, channel: str) -> int:
        return sum(1 for _, where, _ in self.calls if where == channel)

    def _called(self, what: str, address: Address, card: Card) -> None:
        self.calls.append((what, address.channel, card.short_id))
        if trouble := self.trouble(address.channel, card):
            raise trouble

    async def _answer(self) -> None:
        await self.gate.wait()
        if self.loses_answers:
            raise PlatformError("the answer was lost")


@dataclass
class Desk:
    """A sender at work on a world, and what it can be told."""

    world: World
    board: Board
    workers: Workers

    def new_sender(self) -> Sender:
        return Sender(Post(self.world.core.messages, {"slack": self.board}, self.workers, self.world.clock, "https://quell.example.com"))

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

    async def works_off(self) -> None:
        """A sender works until nothing can be done any more at this time."""
        async with self.at_work():
            await self.until(self.is_idle)

    def is_idle(self) -> bool:
        """Whether no channel is being worked on and none that may speak has anything due, in one look."""
        now = self.world.clock()
        may_speak = or_(Channel.not_before_at.is_(None), Channel.not_before_at <= now)
        has_work = exists().where(Message.channel_id == Channel.id, _is_due(now))
        with self.world.core.database.read() as work:
            return work.session.scalars(select(Channel.id).where(or_(Channel.lease_until_at > now, and_(may_speak, has_work)))).first() is None

    async def until(self, look: Callable[[], object], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not look():  # noqa: ASYNC110 - looks at a database, not at an event
                await asyncio.sleep(0.005)

    def receipt(self, name: str = "SHOP-1", channel: str = "C1") -> Receipt:
        receipts = self.world.core.messages.receipts(self.world.organisation_id, name)
        return next(one for one in receipts if one.channel == channel)


@pytest_asyncio.fixture
async def desk(world: World, database_url: str) -> AsyncIterator[Desk]:
    """A channel C1 that is told of everything, and nothing yet to tell."""
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    workers = workers_for(database_url)
    yield Desk(world, Board(), workers)
    workers.close()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks by themselves during a test, so what is done without being woken would be waited for in vain."""
    monkeypatch.setattr(sender_module, "LOOK_EVERY", 3600)


async def test_alerts_are_posted_in_the_order_they_came(desk: Desk) -> None:
    for number in range(25):
        desk.world.event(f"issue {number}")
    await desk.works_off()
    assert desk.board.in_channel("C1") == [desk.world.issue(number + 1).short_id for number in range(25)]


async def test_every_watching_channel_gets_its_copy(desk: Desk) -> None:
    desk.world.core.watches.set(desk.world.project, ChannelName("slack", "C2"))
    desk.world.event()
    await desk.works_off()
    assert (desk.board.in_channel("C1"), desk.board.in_channel("C2")) == (["SHOP-1"], ["SHOP-1"])
    desk.world.do(Resolve())
    await desk.works_off()
    assert [one.state for one in desk.board.messages] == ["Resolved by @Ada, from Slack, 12:00 UTC"] * 2


async def test_a_sender_wakes_at_once_when_something_changes(desk: Desk) -> None:
    async with desk.at_work():
        await asyncio.to_thread(desk.world.event)
        await desk.until(lambda: desk.board.in_channel("C1"))
        await asyncio.to_thread(desk.world.do, Resolve())
        await desk.until(lambda: desk.board.messages[0].state.startswith("Resolved"))


async def test_without_being_woken_it_looks_again_after_a_while(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "LOOK_EVERY", 0.02)
    sender = desk.new_sender()
    task = asyncio.create_task(sender.run())
    await asyncio.to_thread(desk.world.event)
    await desk.until(lambda: desk.board.in_channel("C1"))
    sender.stop()
    await task


async def test_many_changes_are_one_redraw_of_the_newest_state(desk: Desk) -> None:
    desk.world.event()
    await desk.works_off()
    for _ in range(5):
        desk.world.do(Resolve())
        desk.world.do(Unresolve())
    desk.world.do(Archive())
    await desk.works_off()
    (message,) = desk.board.messages
    assert len(message.cards) == 2
    assert message.state == "Archived forever by @Ada, from Slack"
    assert desk.receipt().shown_version == desk.world.issue().version


async def test_a_change_while_a_copy_is_being_drawn_is_drawn_after_it(desk: Desk) -> None:
    desk.world.event()
    desk.board.gate.clear()
    async with desk.at_work():
        await desk.until(lambda: desk.board.calls)
        await asyncio.to_thread(desk.world.do, Resolve())
        desk.board.gate.set()
        await desk.until(lambda: desk.board.messages[0].state.startswith("Resolved"))
    assert [what for what, _, _ in desk.board.calls] == ["post", "update"]


async def test_nothing_is_sent_where_nothing_changed(desk: Desk) -> None:
    desk.world.event()
    await desk.works_off()
    desk.world.do(Unresolve())
    await desk.works_off()
    assert len(desk.board.calls) == 1


async def test_a_channel_that_is_told_to_wait_waits_alone_and_as_long_as_it_was_told(desk: Desk) -> None:
    desk.world.core.watches.set(desk.world.project, ChannelName("slack", "C2"))
    for number in range(3):
        desk.world.event(f"issue {number}")
    desk.board.trouble = lambda channel, _: PlatformError("rate limited", retry_after=30) if channel == "C1" else None
    await desk.works_off()
    assert desk.board.in_channel("C2") == ["SHOP-1", "SHOP-2", "SHOP-3"]
    # One try was answered with 429; the others were not even begun.
    assert desk.board.attempts("C1") == 1
    receipt = desk.receipt()
    assert (receipt.state, receipt.waits_because, receipt.tries) == ("behind", "rate limited", 1)
    desk.board.trouble = none
    desk.world.clock.pass_by(seconds=29)
    await desk.works_off()
    assert desk.board.attempts("C1") == 1
    desk.world.clock.pass_by(seconds=1)
    await desk.works_off()
    assert desk.board.in_channel("C1") == ["SHOP-1", "SHOP-2", "SHOP-3"]


async def test_changes_while_a_channel_waits_are_one_redraw_when_it_may_speak_again(desk: Desk) -> None:
    desk.world.event()
    await desk.works_off()
    desk.board.trouble = always(PlatformError("rate limited", retry_after=5))
    desk.world.do(Resolve())
    await desk.works_off()
    desk.board.trouble = none
    desk.world.do(Archive())
    desk.world.do(Assign(To("user", desk.world.ada.id)))
    desk.world.clock.pass_by(seconds=5)
    await desk.works_off()
    assert [plain(card.state) for card in desk.board.messages[0].cards] == ["Unresolved, new", "Archived forever by @Ada, from Slack"]


async def test_what_fails_for_a_moment_is_tried_again_later_and_later(desk: Desk) -> None:
    random.seed(7)
    desk.board.trouble = always(PlatformError("502"))
    desk.world.event()
    waits: list[timedelta] = []
    for _ in range(12):
        await desk.works_off()
        wait = desk.receipt().not_before_at - desk.world.clock()
        waits.append(wait)
        desk.world.clock.pass_by(seconds=wait.total_seconds())
    assert desk.board.attempts("C1") == 12
    for number, wait in enumerate(waits):
        longest = min(2.0**number, 300)
        assert longest / 2 <= wait.total_seconds() <= longest
    assert len(set(waits)) == len(waits), "without jitter all channels come back at once"
    desk.board.trouble = none
    await desk.works_off()
    assert desk.board.in_channel("C1") == ["SHOP-1"]
    receipt = desk.receipt()
    assert (receipt.state, receipt.tries, receipt.waits_because) == ("shown", 0, None)


async def test_what_can_never_work_is_parked_at_once_and_holds_up_nobody(desk: Desk) -> None:
    desk.board.trouble = lambda _, card: PlatformError("is_archived", permanent=True) if card.short_id == "SHOP-1" else None
    desk.world.event("a")
    desk.world.event("b")
    await desk.works_off()
    assert desk.board.in_channel("C1") == ["SHOP-2"]
    receipt = desk.receipt()
    assert (receipt.state, receipt.waits_because) == ("parked", "is_archived")
    desk.board.trouble = none
    desk.world.do(Resolve())
    desk.world.clock.pass_by(days=2)
    await desk.works_off()
    assert desk.board.in_channel("C1") == ["SHOP-2"]


async def test_what_fails_again_and_again_is_parked_in_the_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "GIVE_UP_AFTER", 3)
    desk.board.trouble = always(PlatformError("502"))
    desk.world.event()
    states = []
    for _ in range(5):
        await desk.works_off()
        states.append(desk.receipt().state)
        desk.world.clock.pass_by(minutes=5)
    assert states == ["behind", "behind", "behind", "parked", "parked"]
    assert desk.board.attempts("C1") == 4


async def test_a_post_whose_answer_was_lost_is_not_posted_twice(desk: Desk) -> None:
    desk.board.loses_answers = True
    desk.world.event()
    await desk.works_off()
    assert desk.receipt().shown_version == 0
    desk.board.loses_answers = False
    desk.world.do(Resolve())
    desk.world.clock.pass_by(seconds=60)
    await desk.works_off()
    (message,) = desk.board.messages
    assert message.state.startswith("Resolved")


async def test_a_crash_between_the_post_and_its_record_leaves_one_message_that_is_true_again(desk: Desk) -> None:
    desk.world.event()
    desk.board.gate.clear()
    crashed = asyncio.create_task(desk.new_sender().run())
    await desk.until(lambda: desk.board.messages)
    # The message stands; its sender never hears of it, and keeps the channel to itself to the end of its lease.
    desk.world.do(Resolve())
    second = Board(messages=desk.board.messages)
    successor = Desk(desk.world, second, desk.workers)
    async with successor.at_work():
        assert second.calls == []
        desk.world.clock.pass_by(seconds=LEASE.total_seconds())
        desk.world.core.messages.on_change()
        await desk.until(lambda: desk.receipt().shown_version == 2)
    (message,) = second.messages
    assert message.state.startswith("Resolved")
    # Should the first come back after all, it has no say any more.
    desk.board.gate.set()
    await asyncio.sleep(0)
    crashed.cancel()
    await asyncio.gather(crashed, return_exceptions=True)
    assert desk.receipt().shown_version == 2


async def test_stopping_finishes_and_records_what_is_being_sent_and_begins_nothing_new(desk: Desk) -> None:
    desk.world.event("a")
    desk.world.event("b")
    desk.board.gate.clear()
    sender = desk.new_sender()
    task = asyncio.create_task(sender.run())
    await desk.until(lambda: desk.board.calls)
    sender.stop()
    done, _ = await asyncio.wait({task}, timeout=0.1)
    assert not done
    desk.board.gate.set()
    await task
    assert desk.board.in_channel("C1") == ["SHOP-1"]
    assert (desk.receipt("SHOP-1").state, desk.receipt("SHOP-2").state) == ("shown", "behind")
    # The channel was given back, so the next one need not wait for the end of the lease.
    await desk.works_off()
    assert desk.board.in_channel("C1") == ["SHOP-1", "SHOP-2"]


async def test_two_senders_post_each_alert_once(desk: Desk) -> None:
    for number in range(10):
        desk.world.event(f"issue {number}")
        desk.world.core.watches.set(desk.world.project, ChannelName("slack", f"C{number}"))
    async with desk.at_work(), desk.at_work():
        await desk.until(lambda: len(desk.board.messages) >= 10)
        await desk.until(desk.is_idle)
    assert len({one.key for one in desk.board.messages}) == len(desk.board.messages) == len(desk.board.calls)


async def test_a_platform_with_a_bug_is_not_hammered(desk: Desk) -> None:
    desk.board.trouble = always(ZeroDivisionError("a bug in a platform's folder"))
    desk.world.event()
    async with desk.at_work():
        await desk.until(lambda: desk.board.calls)
        # Time stands still, so whatever is tried again now is tried again without any pause.
        await asyncio.sleep(0.3)
    assert len(desk.board.calls) == 1
    assert desk.receipt().state == "behind"
    desk.board.trouble = none
    desk.world.clock.pass_by(minutes=10)
    await desk.works_off()
    assert desk.board.in_channel("C1") == ["SHOP-1"]


async def test_a_platform_that_asks_for_an_absurd_pause_does_not_break_the_sender(desk: Desk) -> None:
    desk.board.trouble = always(PlatformError("rate limited", retry_after=1e18))
    desk.world.event()
    async with desk.at_work():
        await desk.until(lambda: desk.board.calls)
        await asyncio.sleep(0.3)
    assert len(desk.board.calls) == 1


async def test_a_platform_that_is_switched_off_makes_its_copies_wait(desk: Desk) -> None:
    desk.world.core.watches.set(desk.world.project, ChannelName("msteams", "19:x"))
    desk.world.event()
    await desk.works_off()
    assert desk.board.in_channel("C1") == ["SHOP-1"]
    receipt = desk.receipt(channel="19:x")
    assert (receipt.state, receipt.waits_because) == ("behind", "msteams is not switched on")
