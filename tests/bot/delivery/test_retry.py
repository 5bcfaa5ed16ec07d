"""What becomes of what could not be sent: looked for before it is sent again, tried for a day, put aside, or waiting for a repair."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from bot.chat.platform import Address, PlatformError
from core.accounts.directory import ChatAccount, Newcomer
from core.issues.actions import Archive, Assign, Resolve, To, Unresolve
from core.notify.outbox import LEASE
from core.notify.watches import ChannelName
from tests.support.core import World
from tests.support.fake_chat import FakeChat, FakeTeams, about, always, none
from tests.support.sender import Desk, desk_for

pytestmark = pytest.mark.slow

BUSY = PlatformError("ratelimited", retry_after=30, is_refused=True)
BROKEN = PlatformError("502")
ARCHIVED = PlatformError("is_archived", permanent=True, is_channel=True, is_refused=True)
REVOKED = PlatformError("token_revoked", permanent=True, is_account=True, is_refused=True)


@pytest.fixture(params=[FakeChat, FakeTeams])
def desk(world: World, database_url: str, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A channel C1 that is told of everything, in a chat that finds what was posted, and in one that cannot tell."""
    with desk_for(world, database_url, request.param()) as desk:
        yield desk


def reach_ada(desk: Desk) -> None:
    """The admin is met in the chat."""
    links = desk.world.core.link_codes
    links.redeem(links.make(desk.world.ada), ChatAccount(desk.chat.name, "T1", "UADA"), desk.world.organization_id)


def told(desk: Desk) -> list[str]:
    """What stands in the admin's own channel."""
    return [about(one.contents[0]) for one in desk.chat.messages if one.channel == "UADA"]


def at_most(desk: Desk) -> int:
    """How often something may stand in the chat after one accident: Slack finds it again, Teams cannot."""
    return 1 if desk.chat.can_find else 2


async def test_a_post_whose_answer_was_lost_is_looked_for_before_it_is_posted_again(desk: Desk) -> None:
    desk.chat.loses = ("post",)
    desk.world.event()
    await desk.works_off()
    assert desk.receipt().shown_version == 0
    desk.chat.loses = ()
    desk.world.do(Resolve())
    desk.world.clock.pass_by(seconds=60)
    await desk.works_off()
    assert len(desk.chat.messages) == at_most(desk)
    assert desk.chat.messages[-1].state.startswith("Resolved")
    assert (desk.receipt().state, desk.chat.looks) == ("shown", 1)


async def test_what_never_arrived_is_posted_once(desk: Desk) -> None:
    desk.chat.trouble = always(BROKEN)
    desk.world.event()
    await desk.works_off()
    desk.chat.trouble = none
    desk.world.clock.pass_by(seconds=60)
    await desk.works_off()
    assert (len(desk.chat.messages), desk.chat.looks) == (1, 1)


async def test_what_was_refused_clearly_is_not_looked_for(desk: Desk) -> None:
    desk.chat.trouble = always(BUSY)
    desk.world.event()
    await desk.works_off()
    desk.chat.trouble = none
    desk.world.clock.pass_by(seconds=30)
    await desk.works_off()
    assert (len(desk.chat.messages), desk.chat.looks) == (1, 0)


async def test_a_line_whose_answer_was_lost_is_looked_for_in_its_thread(desk: Desk) -> None:
    desk.threads("C1", "changes")
    desk.world.event()
    await desk.works_off()
    desk.chat.loses = ("reply",)
    desk.world.do(Resolve())
    await desk.works_off()
    assert len(desk.chat.messages) == 2
    desk.chat.loses = ()
    desk.world.clock.pass_by(seconds=60)
    await desk.works_off()
    lines = [one for one in desk.chat.messages if one.thread]
    assert {one.thread for one in lines} == {"0"}
    assert len(lines) == at_most(desk)


async def test_a_crash_between_the_post_and_its_record_leaves_the_truth_and_at_most_one_double(desk: Desk) -> None:
    desk.world.event()
    async with desk.crashed_while_sending():
        desk.world.do(Resolve())
        await desk.works_off()
        assert desk.receipt().shown_version == desk.world.issue().version
    assert len(desk.chat.messages) == at_most(desk)
    assert desk.chat.messages[-1].state.startswith("Resolved")
    # The first came back after all: it has no say any more.
    receipt = desk.receipt()
    assert (receipt.state, receipt.shown_version) == ("shown", desk.world.issue().version)
    desk.world.do(Archive())
    await desk.works_off()
    assert desk.chat.messages[-1].state.startswith("Archived")


async def test_a_platform_that_does_not_answer_keeps_only_the_channels_that_it_hangs_in(desk: Desk) -> None:
    desk.timings = replace(desk.timings, call_seconds=0.5)
    desk.watch("C2")
    desk.chat.opens["C1"] = asyncio.Event()
    desk.world.event()
    await desk.works_off()
    assert desk.chat.in_channel("C2") == ["SHOP-1"]
    receipt = desk.receipt()
    assert (receipt.state, receipt.waits_because) == ("behind", "no answer within 0.5 seconds")
    desk.chat.opens.clear()
    desk.world.clock.pass_by(seconds=60)
    await desk.works_off()
    assert desk.receipt().state == "shown"
    assert len(desk.chat.in_channel("C1")) == at_most(desk)


async def test_what_fails_for_a_day_is_parked_however_often_it_was_tried(desk: Desk) -> None:
    desk.chat.trouble = always(BROKEN)
    desk.world.event()
    async with desk.at_work() as sender:
        for hours in range(25):
            await desk.until(desk.is_idle)
            assert desk.receipt().state == ("behind" if hours < 24 else "parked"), hours
            desk.world.clock.pass_by(hours=1)
            sender.wake()
    assert desk.chat.attempts("C1") == 25


async def test_a_platform_may_ask_for_patience_for_longer_than_a_day(desk: Desk) -> None:
    desk.chat.trouble = always(BUSY)
    desk.world.event()
    async with desk.at_work() as sender:
        for _ in range(40):
            await desk.until(desk.is_idle)
            desk.world.clock.pass_by(hours=1)
            sender.wake()
    desk.chat.trouble = none
    await desk.works_off()
    assert desk.receipt().state == "shown"


async def test_the_only_one_that_a_platform_cannot_take_holds_the_others_up_for_some_minutes_at_most(desk: Desk) -> None:
    desk.chat.trouble = lambda _, what: BROKEN if what == "SHOP-1" else None
    desk.world.event("a")
    desk.world.event("b")
    async with desk.at_work() as sender:
        for _ in range(20):
            await desk.until(desk.is_idle)
            desk.world.clock.pass_by(minutes=1)
            sender.wake()
    assert desk.chat.in_channel("C1") == ["SHOP-2"]
    assert desk.receipt().state == "behind"


async def test_a_deleted_message_is_parked_and_not_resurrected(desk: Desk) -> None:
    desk.world.event()
    await desk.works_off()
    desk.chat.trouble = always(PlatformError("message_not_found", permanent=True, is_refused=True))
    desk.world.do(Resolve())
    await desk.works_off()
    receipt = desk.receipt()
    assert (receipt.state, receipt.waits_because) == ("parked", "message_not_found")
    desk.chat.trouble = none
    desk.world.do(Unresolve())
    desk.world.clock.pass_by(days=2)
    await desk.works_off()
    assert len(desk.chat.messages) == 1
    assert len(desk.chat.calls) == 2


async def test_a_channel_that_was_archived_waits_for_its_repair_and_loses_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.watch("C2")
    for title in "abc":
        desk.world.event(title)
    desk.chat.trouble = lambda channel, _: ARCHIVED if channel == "C1" else None
    async with desk.at_work() as sender:
        for _ in range(48):
            await desk.until(desk.is_idle)
            desk.world.clock.pass_by(hours=1)
            sender.wake()
        await desk.until(desk.is_idle)
        assert desk.chat.in_channel("C2") == ["SHOP-1", "SHOP-2", "SHOP-3"]
        # One probe at a time, not one for each message.
        assert desk.chat.attempts("C1") == 49
        assert [one.getMessage() for one in caplog.records] == [f"nothing can be sent to {desk.chat.name} C1 until that is repaired: is_archived"]
        desk.chat.trouble = none
        desk.world.clock.pass_by(minutes=5)
        sender.wake()
        await desk.until(desk.is_idle)
    assert desk.chat.in_channel("C1") == ["SHOP-1", "SHOP-2", "SHOP-3"]


async def test_an_admin_is_told_once_of_a_broken_channel_whatever_is_restarted(desk: Desk) -> None:
    reach_ada(desk)
    for title in "abc":
        desk.world.event(title)
    desk.chat.trouble = lambda channel, _: ARCHIVED if channel == "C1" else None
    for _ in range(3):
        await desk.works_off()
        desk.world.clock.pass_by(minutes=5)
    (text,) = told(desk)
    assert text.startswith("Quell cannot post to #C1 in ")
    assert "any more: is_archived. 3 messages wait." in text
    # Another process sees it work again, and a third one sees the next trouble.
    desk.chat.trouble = none
    await desk.works_off()
    assert desk.receipt().state == "shown"
    desk.chat.trouble = lambda channel, _: ARCHIVED if channel == "C1" else None
    desk.world.do(Resolve())
    await desk.works_off()
    assert [text.partition("any more: ")[2].partition(" wait")[0] for text in told(desk)][1:] == ["is_archived. 1 message"]


async def test_a_revoked_token_breaks_every_channel_and_is_told_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    reach_ada(desk)
    desk.watch("C2", "C3")
    desk.chat.trouble = lambda channel, _: REVOKED if channel.startswith("C") else None
    for title in "abc":
        desk.world.event(title)
    for _ in range(3):
        await desk.works_off()
        desk.world.clock.pass_by(minutes=5)
    (text,) = told(desk)
    assert text.startswith(f"Quell cannot post anything to {'Slack' if desk.chat.name == 'slack' else 'Teams'} any more: token_revoked. ")
    # Once for each of the three senders that met it.
    assert [record.message for record in caplog.records] == [f"nothing can be sent to {desk.chat.name} until that is repaired: token_revoked"] * 3
    desk.chat.trouble = none
    await desk.works_off(seconds=10)
    assert [desk.chat.in_channel(channel) for channel in ("C1", "C2", "C3")] == [["SHOP-1", "SHOP-2", "SHOP-3"]] * 3
    desk.chat.trouble = lambda channel, _: REVOKED if channel.startswith("C") else None
    desk.world.do(Resolve())
    await desk.works_off()
    assert len(told(desk)) == 2


async def test_nobody_is_told_of_a_person_who_cannot_be_reached(desk: Desk) -> None:
    reach_ada(desk)
    core, account = desk.world.core, ChatAccount(desk.chat.name, "T1", "UBEN")
    ben = core.directory.join(desk.world.organization_id, account, Newcomer("ben", None, None))
    desk.world.event()
    desk.world.do(Assign(To("user", ben.id)))
    desk.chat.trouble = lambda channel, _: ARCHIVED if channel == "UBEN" else None
    await desk.works_off()
    assert desk.chat.attempts("UBEN") == 1
    assert told(desk) == []


async def test_a_day_of_failures_is_counted_through_restarts(desk: Desk) -> None:
    desk.chat.trouble = always(BROKEN)
    desk.world.event()
    await desk.works_off()
    desk.world.clock.pass_by(hours=23)
    await desk.works_off()
    assert desk.receipt().state == "behind"
    desk.world.clock.pass_by(hours=1)
    await desk.works_off()
    assert desk.receipt().state == "parked"


async def test_who_has_lost_a_channel_while_it_looked_does_not_post_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.chat.trouble = always(BROKEN)
    desk.world.event()
    await desk.works_off()
    desk.chat.trouble = none
    looks = desk.chat.find

    async def slow(address: Address, key: str, near: datetime) -> str | None:
        desk.world.clock.pass_by(seconds=LEASE.total_seconds())
        await asyncio.to_thread(desk.world.core.outbox.claim)
        return await looks(address, key, near)

    monkeypatch.setattr(desk.chat, "find", slow)
    desk.world.clock.pass_by(seconds=60)
    sender = desk.new_sender()
    task = asyncio.create_task(sender.run())
    await desk.until(lambda: desk.chat.looks)
    sender.stop()
    await task
    assert desk.chat.messages == []


async def test_who_acts_in_a_broken_channel_has_it_tried_at_once(desk: Desk) -> None:
    desk.world.event("a")
    desk.world.event("b")
    desk.chat.trouble = always(ARCHIVED)
    async with desk.at_work() as sender:
        await desk.until(lambda: desk.receipt().tries)
        await desk.until(desk.is_idle)
        sender.heard_from(desk.chat.name, "another")
        desk.chat.trouble = none
        sender.heard_from(desk.chat.name, "C1")
        await desk.until(lambda: len(desk.chat.messages) == 2)
        await desk.until(desk.is_idle)
    assert desk.chat.in_channel("C1") == ["SHOP-1", "SHOP-2"]
    assert (desk.receipt().state, desk.receipt().tries) == ("shown", 0)


async def test_a_platform_that_is_switched_off_makes_its_copies_wait(desk: Desk) -> None:
    desk.world.core.watches.set(desk.world.project, ChannelName("another", "19:x"))
    desk.world.event()
    await desk.works_off()
    assert desk.chat.in_channel("C1") == ["SHOP-1"]
    assert desk.receipt(channel="19:x").waits_because == "another is not switched on"
