"""The reconcile loop against an honest chat in memory: in order, coalesced, patient, fair, and true again after every kind of trouble."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.chat.elements import plain
from bot.chat.platform import PlatformError
from bot.delivery.channel_run import SenderTimings
from core.issues.actions import Archive, Assign, Resolve, To, Unresolve
from tests.support.core import World
from tests.support.fake_chat import always, none
from tests.support.sender import Desk, desk_for


@pytest.fixture
def desk(world: World, database_url: str) -> Iterator[Desk]:
    """A channel C1 that is told of everything, and nothing yet to tell."""
    with desk_for(world, database_url) as desk:
        yield desk


async def test_alerts_are_posted_in_the_order_they_came(desk: Desk) -> None:
    for number in range(20):
        desk.world.event(f"issue {number}")
    await desk.works_off()
    assert desk.chat.in_channel("C1") == [desk.world.issue(number + 1).short_id for number in range(20)]


async def test_every_watching_channel_gets_its_copy(desk: Desk) -> None:
    desk.watch("C2")
    desk.world.event()
    await desk.works_off()
    assert (desk.chat.in_channel("C1"), desk.chat.in_channel("C2")) == (["SHOP-1"], ["SHOP-1"])
    desk.world.do(Resolve())
    await desk.works_off()
    assert [one.state for one in desk.chat.messages] == ["Resolved by @Ada, from Slack, 12:00 UTC"] * 2


async def test_a_sender_wakes_at_once_when_something_changes(desk: Desk) -> None:
    async with desk.at_work():
        await asyncio.to_thread(desk.world.event)
        await desk.until(lambda: desk.chat.in_channel("C1"))
        await asyncio.to_thread(desk.world.do, Resolve())
        await desk.until(lambda: desk.chat.messages[0].state.startswith("Resolved"))


async def test_without_being_woken_it_looks_again_after_a_while(desk: Desk) -> None:
    desk.timings = SenderTimings(look_every=0.02)
    sender = desk.new_sender()
    task = asyncio.create_task(sender.run())
    await asyncio.to_thread(desk.world.event)
    await desk.until(lambda: desk.chat.in_channel("C1"))
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
    (message,) = desk.chat.messages
    assert len(message.cards) == 2
    assert message.state == "Archived forever by @Ada, from Slack"
    assert desk.receipt().shown_version == desk.world.issue().version


async def test_a_change_while_a_copy_is_being_drawn_is_drawn_after_it(desk: Desk) -> None:
    desk.world.event()
    desk.chat.gate.clear()
    async with desk.at_work():
        await desk.until(lambda: desk.chat.calls)
        await asyncio.to_thread(desk.world.do, Resolve())
        desk.chat.gate.set()
        await desk.until(lambda: desk.chat.messages[0].state.startswith("Resolved"))
    assert [what for what, _, _ in desk.chat.calls] == ["post", "update"]


async def test_nothing_is_sent_where_nothing_changed(desk: Desk) -> None:
    desk.world.event()
    await desk.works_off()
    desk.world.do(Unresolve())
    await desk.works_off()
    assert len(desk.chat.calls) == 1


async def test_a_channel_that_is_told_to_wait_waits_alone_and_as_long_as_it_was_told(desk: Desk) -> None:
    desk.watch("C2")
    for number in range(3):
        desk.world.event(f"issue {number}")
    desk.chat.trouble = lambda channel, _: PlatformError("rate limited", retry_after=30) if channel == "C1" else None
    await desk.works_off()
    assert desk.chat.in_channel("C2") == ["SHOP-1", "SHOP-2", "SHOP-3"]
    # One try was answered with 429; the others were not even begun.
    assert desk.chat.attempts("C1") == 1
    receipt = desk.receipt()
    assert (receipt.state, receipt.tries) == ("behind", 1)
    assert receipt.waits_because == "rate limited; the platform asked to wait until 12:00:30 UTC"
    assert desk.receipt("SHOP-3").waits_because == receipt.waits_because, "those behind it wait for the same"
    desk.chat.trouble = none
    desk.world.clock.pass_by(seconds=29)
    await desk.works_off()
    assert desk.chat.attempts("C1") == 1
    desk.world.clock.pass_by(seconds=1)
    await desk.works_off()
    assert desk.chat.in_channel("C1") == ["SHOP-1", "SHOP-2", "SHOP-3"]


async def test_changes_while_a_channel_waits_are_one_redraw_when_it_may_speak_again(desk: Desk) -> None:
    desk.world.event()
    await desk.works_off()
    desk.chat.trouble = always(PlatformError("rate limited", retry_after=5))
    desk.world.do(Resolve())
    await desk.works_off()
    desk.chat.trouble = none
    desk.world.do(Archive())
    desk.world.do(Assign(To("user", desk.world.ada.id)))
    desk.world.clock.pass_by(seconds=5)
    await desk.works_off()
    assert [plain(card.state) for card in desk.chat.messages[0].cards] == ["Unresolved, new", "Archived forever by @Ada, from Slack"]


async def test_what_fails_for_a_moment_is_tried_again_later_and_later(desk: Desk) -> None:
    random.seed(7)
    desk.chat.trouble = always(PlatformError("502"))
    desk.world.event()
    waits: list[timedelta] = []
    for _ in range(12):
        await desk.works_off()
        wait = desk.receipt().not_before_at - desk.world.clock()
        waits.append(wait)
        desk.world.clock.pass_by(seconds=wait.total_seconds())
    assert desk.chat.attempts("C1") == 12
    for number, wait in enumerate(waits):
        longest = min(2.0**number, 300)
        assert longest / 2 <= wait.total_seconds() <= longest
    assert len(set(waits)) == len(waits), "without jitter all channels come back at once"
    desk.chat.trouble = none
    await desk.works_off()
    assert desk.chat.in_channel("C1") == ["SHOP-1"]
    receipt = desk.receipt()
    assert (receipt.state, receipt.tries, receipt.waits_because) == ("shown", 0, None)


async def test_what_can_never_work_is_parked_at_once_and_holds_up_nobody(desk: Desk) -> None:
    desk.chat.trouble = lambda _, what: PlatformError("cannot_parse", permanent=True) if what == "SHOP-1" else None
    desk.world.event("a")
    desk.world.event("b")
    await desk.works_off()
    assert desk.chat.in_channel("C1") == ["SHOP-2"]
    receipt = desk.receipt()
    assert (receipt.state, receipt.waits_because) == ("parked", "cannot_parse")
    desk.chat.trouble = none
    desk.world.do(Resolve())
    desk.world.clock.pass_by(days=2)
    await desk.works_off()
    assert desk.chat.in_channel("C1") == ["SHOP-2"]


async def test_stopping_finishes_and_records_what_is_being_sent_and_begins_nothing_new(desk: Desk) -> None:
    desk.world.event("a")
    desk.world.event("b")
    desk.chat.gate.clear()
    sender = desk.new_sender()
    task = asyncio.create_task(sender.run())
    await desk.until(lambda: desk.chat.calls)
    sender.stop()
    done, _ = await asyncio.wait({task}, timeout=0.1)
    assert not done
    desk.chat.gate.set()
    await task
    assert desk.chat.in_channel("C1") == ["SHOP-1"]
    assert (desk.receipt("SHOP-1").state, desk.receipt("SHOP-2").state) == ("shown", "behind")
    # The channel was given back, so the next one need not wait for the end of the lease.
    await desk.works_off()
    assert desk.chat.in_channel("C1") == ["SHOP-1", "SHOP-2"]


async def test_two_senders_post_each_alert_once(desk: Desk) -> None:
    for number in range(10):
        desk.world.event(f"issue {number}")
        desk.watch(f"C{number}")
    async with desk.at_work(), desk.at_work():
        await desk.until(lambda: len(desk.chat.messages) >= 10)
        await desk.until(desk.is_idle)
    assert len({one.key for one in desk.chat.messages}) == len(desk.chat.messages) == len(desk.chat.calls)


async def test_a_platform_with_a_bug_is_not_hammered(desk: Desk) -> None:
    desk.chat.trouble = always(ZeroDivisionError("a bug in a platform's folder"))
    desk.world.event()
    async with desk.at_work():
        await desk.until(lambda: desk.chat.calls)
        # Time stands still, so whatever is tried again now is tried again without any pause.
        await asyncio.sleep(0.3)
    assert len(desk.chat.calls) == 1
    assert desk.receipt().state == "behind"
    desk.chat.trouble = none
    desk.world.clock.pass_by(minutes=10)
    await desk.works_off()
    assert desk.chat.in_channel("C1") == ["SHOP-1"]


async def test_a_platform_that_asks_for_an_absurd_pause_does_not_break_the_sender(desk: Desk) -> None:
    desk.chat.trouble = always(PlatformError("rate limited", retry_after=1e18))
    desk.world.event()
    async with desk.at_work():
        await desk.until(lambda: desk.chat.calls)
        await asyncio.sleep(0.3)
    assert len(desk.chat.calls) == 1
