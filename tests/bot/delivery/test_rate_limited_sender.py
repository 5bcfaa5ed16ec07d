"""Rate limits: whoever has to wait waits alone, what is urgent goes first, and what changes meanwhile is drawn once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from bot.chat.platform import PlatformError
from bot.delivery import channel_run
from bot.delivery.rate_limits import LIMITS, Limit, Rate, Table
from core.issues.actions import Archive, Resolve, Unresolve
from tests.support.core import World
from tests.support.fake_chat import FakeChat, none
from tests.support.sender import Desk, desk_for

pytestmark = pytest.mark.slow

SLACK: Table = {"slack": (*LIMITS["slack"][:2], Limit("tenant", ("update",), Rate(50 / 60, 10)))}
"""With few redraws at once, so that they are scarce soon."""
BUSY = PlatformError("ratelimited", retry_after=20, is_refused=True)
FIFTEEN = tuple(f"SHOP-{number}" for number in "123456789ABCDEF")


@pytest.fixture
def desk(world: World, database_url: str) -> Iterator[Desk]:
    """A channel C1 in Slack, with Slack's limits."""
    with desk_for(world, database_url, FakeChat(), SLACK) as desk:
        yield desk


@asynccontextmanager
async def settled(desk: Desk, issues: int) -> AsyncIterator[float]:
    """So many issues are shown, and the buckets are full again."""
    for number in range(issues):
        desk.world.event(f"issue {number}")
    await desk.works_off(seconds=90)
    desk.chat.forgets()
    yield desk.world.clock().timestamp()


async def test_a_burst_goes_out_at_once_and_the_rest_one_a_second_in_order(desk: Desk) -> None:
    for number in range(12):
        desk.world.event(f"issue {number}")
    start = desk.world.clock().timestamp()
    await desk.works_off(seconds=20)
    assert desk.chat.in_channel("C1") == [f"SHOP-{number}" if number < 10 else f"SHOP-{'ABC'[number - 10]}" for number in range(1, 13)]
    assert [round(at - start) for at in desk.chat.at] == [0, 0, *range(1, 11)]


async def test_who_waits_for_a_token_is_not_charged_with_a_failure(desk: Desk) -> None:
    for number in range(7):
        desk.world.event(f"issue {number}")
    await desk.works_off()
    receipt = desk.receipt("SHOP-7")
    assert (receipt.state, receipt.tries) == ("behind", 0)
    assert receipt.waits_because == "the rate limit of the platform; it comes when it is its turn"
    assert desk.counts.held.labels("slack", "post")._value.get() == 1


async def test_a_channel_at_429_for_long_does_not_delay_the_others_at_all(desk: Desk) -> None:
    """Every other channel gets all that it would have got without it, at the same time."""
    desk.watch("C2", "C3", "C4")

    async def delays() -> list[float]:
        desk.chat.forgets()
        start = desk.world.clock().timestamp()
        for _ in range(3):
            for _ in range(3):
                desk.world.event(f"issue {desk.world.events}")
            await desk.works_off(seconds=600, step=20)
        return [at - start for (_, channel, _), at in zip(desk.chat.calls, desk.chat.at, strict=True) if channel != "C1"]

    undisturbed = await delays()
    desk.chat.trouble = lambda channel, _: BUSY if channel == "C1" else None
    assert await delays() == undisturbed
    assert len(undisturbed) == 27
    assert desk.chat.attempts("C1") > 80
    desk.chat.trouble = none
    await desk.works_off(seconds=60)
    assert len(desk.chat.in_channel("C1")) == 18


async def test_what_changes_while_a_channel_waits_is_drawn_once_for_each_message_when_it_may_speak_again(desk: Desk) -> None:
    for number in range(3):
        desk.world.event(f"issue {number}")
    await desk.works_off(seconds=5)
    desk.chat.trouble = lambda _, __: BUSY
    for _ in range(5):
        desk.world.do(Resolve(), ids=("SHOP-1", "SHOP-2", "SHOP-3"))
        desk.world.do(Unresolve(), ids=("SHOP-1", "SHOP-2", "SHOP-3"))
        await desk.works_off(seconds=30, step=10)
    desk.chat.trouble = none
    desk.chat.forgets()
    desk.world.do(Archive(), ids=("SHOP-1", "SHOP-2", "SHOP-3"))
    await desk.works_off(seconds=60)
    assert sorted(desk.chat.calls) == [("update", "C1", "SHOP-1"), ("update", "C1", "SHOP-2"), ("update", "C1", "SHOP-3")]
    assert {one.state for one in desk.chat.messages} == {"Archived forever by @Ada, from Slack"}


async def test_a_new_alert_does_not_wait_behind_redraws_for_which_there_are_no_tokens(desk: Desk) -> None:
    async with settled(desk, 15) as start:
        desk.world.do(Resolve(), ids=FIFTEEN)
        await desk.works_off(seconds=1)
        desk.world.event("new and urgent")
        await desk.works_off(seconds=20)
    assert desk.chat.when("post", "SHOP-G") - start <= 1 + channel_run.MAX_HOLD_SECONDS
    assert len(desk.chat.at) == 16
    assert max(desk.chat.at) - start <= 8


async def test_one_busy_channel_leaves_the_others_their_turns(desk: Desk) -> None:
    async with settled(desk, 15) as start:
        desk.watch("C2")
        desk.world.event("in both")
        await desk.works_off(seconds=60)
        desk.chat.forgets()
        for _ in range(2):
            desk.world.do(Resolve(), ids=FIFTEEN)
            await desk.works_off(seconds=2)
            desk.world.do(Unresolve(), ids=FIFTEEN)
            await desk.works_off(seconds=2)
        begun = desk.world.clock().timestamp()
        desk.world.do(Resolve(), ids=("SHOP-G",))
        await desk.works_off(seconds=40)
    assert begun > start
    assert desk.chat.when("update", "SHOP-G", "C2") - begun <= 5
    assert max(desk.chat.at) - begun > 10


async def test_mere_numbers_wait_for_quiet_times(desk: Desk) -> None:
    async with settled(desk, 15) as start:
        desk.world.core.outbox.redraw(1)
        desk.world.do(Resolve(), ids=FIFTEEN[5:])
        await desk.works_off(seconds=30)
    changes = [desk.chat.when("update", name) for name in FIFTEEN[5:]]
    assert max(changes) == start
    assert 5 <= desk.chat.when("update", "SHOP-1") - start <= 9
