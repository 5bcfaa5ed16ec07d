"""A chat that is away is tried with one thing at a time, and when it is back everything that waited for it flows at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import select

from bot.chat.platform import PlatformError
from bot.delivery.lag_monitor import LagMonitor
from bot.monitoring.heartbeats import HeartbeatLoop
from bot.monitoring.rejections import RejectionLog
from bot.monitoring.role_watch import RoleWatch
from core.accounts.directory import ChatAccount
from core.db.models import Line
from core.issues.actions import Resolve
from core.notify.outages import PROBE_INTERVAL
from core.notify.outbox import Wait
from tests.support.core import World
from tests.support.fake_chat import FakeChat, FakeTeams, always, none
from tests.support.sender import Desk, desk_for

pytestmark = pytest.mark.slow

SILENT = PlatformError("no answer within 12 seconds")
BROKEN = PlatformError("HTTP 503", retry_after=600, is_outage=True)
REVOKED = PlatformError("token_revoked", permanent=True, is_account=True, is_refused=True)
ARCHIVED = PlatformError("is_archived", permanent=True, is_channel=True, is_refused=True)
WITHIN = 15
"""Seconds after its return in which everything flows."""
CHANNELS = ["C1", "C2", "C3", "C4", "C5"]


@pytest.fixture(params=[FakeChat, FakeTeams])
def desk(world: World, database_url: str, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A chat with a channel C1 that is told of everything."""
    with desk_for(world, database_url, request.param()) as desk:
        yield desk


@pytest.mark.parametrize("error", [SILENT, BROKEN], ids=["silent", "out of order"])
@pytest.mark.parametrize("channels", [1, 5])
async def test_p21_after_a_long_outage_all_that_waited_flows_within_fifteen_seconds(desk: Desk, error: PlatformError, channels: int) -> None:
    desk.watch(*CHANNELS[1:channels])
    desk.world.event("before")
    await desk.works_off()
    desk.chat.trouble = always(error)
    for title in "abc":
        desk.world.event(title)
    desk.world.do(Resolve())
    await desk.works_off(seconds=1200, step=60)
    desk.world.event("late")
    desk.chat.trouble = none
    await desk.works_off(seconds=WITHIN, step=3)
    for channel in CHANNELS[:channels]:
        assert sorted(desk.chat.in_channel(channel)) == ["SHOP-1", "SHOP-2", "SHOP-3", "SHOP-4", "SHOP-5"]
        assert desk.receipt("SHOP-1", channel).shown_version == desk.world.issue().version


async def test_p21_one_thing_at_a_time_is_tried_however_many_channels_wait(desk: Desk) -> None:
    desk.watch(*CHANNELS[1:])
    desk.chat.trouble = always(SILENT)
    for title in "abc":
        desk.world.event(title)
    await desk.works_off(seconds=20, step=2)
    desk.chat.forgets()
    await desk.works_off(seconds=100, step=2.5)
    assert 15 <= len(desk.chat.calls) <= 100 / PROBE_INTERVAL.total_seconds() + 1
    assert {channel for _, channel, _ in desk.chat.calls} <= set(CHANNELS)


async def test_p21_what_was_put_off_for_longer_before_the_outage_flows_with_the_rest(desk: Desk) -> None:
    """Failures that came and went have made its own pause long."""
    desk.watch("C2")
    desk.chat.trouble = lambda channel, what: SILENT if (channel, what) == ("C1", "SHOP-1") else None
    desk.world.event("a")
    async with desk.at_work() as sender:
        for _ in range(12):
            await desk.until(desk.is_idle)
            desk.world.event(f"more {_}")
            desk.world.clock.pass_by(minutes=1)
            sender.wake()
        await desk.until(desk.is_idle)
    assert desk.receipt().not_before_at > desk.world.clock()
    desk.chat.trouble = always(SILENT)
    desk.world.event("z")
    await desk.works_off(seconds=30, step=3)
    desk.chat.trouble = none
    await desk.works_off(seconds=WITHIN, step=3)
    assert desk.receipt().state == "shown"


async def test_p21_one_thing_that_a_chat_cannot_take_is_no_outage_for_the_others(desk: Desk) -> None:
    desk.watch("C2")
    desk.chat.trouble = lambda channel, _: SILENT if channel == "C1" else None
    for number in range(1, 6):
        desk.world.event(f"issue {number}")
        await desk.works_off(seconds=4, step=2)
        assert desk.receipt(f"SHOP-{number}", "C2").state == "shown"


async def test_p21_renewed_credentials_release_every_channel_at_once(desk: Desk) -> None:
    desk.watch(*CHANNELS[1:])
    desk.chat.trouble = always(REVOKED)
    desk.world.event("a")
    await desk.works_off(seconds=1800, step=200)
    assert {desk.receipt(channel=channel).waits_because for channel in CHANNELS} == {"token_revoked"}
    desk.chat.trouble = none
    await desk.works_off(seconds=WITHIN, step=3)
    assert [desk.chat.in_channel(channel) for channel in CHANNELS] == [["SHOP-1"]] * 5


async def test_p21_every_copy_behind_a_waiting_channel_or_chat_tells_what_it_waits_for(desk: Desk) -> None:
    for title in "abc":
        desk.world.event(title)
    desk.chat.trouble = always(ARCHIVED)
    await desk.works_off()
    assert {desk.receipt(f"SHOP-{number}").waits_because for number in (1, 2, 3)} == {"is_archived"}
    desk.world.clock.pass_by(minutes=6)
    desk.chat.trouble = always(SILENT)
    await desk.works_off(seconds=60, step=6)
    words = {desk.receipt(f"SHOP-{number}").waits_because for number in (1, 2, 3)}
    assert len(words) == 1
    assert str(words.pop()).startswith("no answer from the platform since 12:")


async def test_p21_a_bot_that_is_added_again_gets_what_waited_at_once_though_a_try_is_under_way(desk: Desk) -> None:
    for title in "ab":
        desk.world.event(title)
    desk.chat.trouble = always(ARCHIVED)
    await desk.works_off()
    desk.world.clock.pass_by(minutes=6)
    (claim,) = [one for one in desk.world.core.outbox.claim() if one.channel == "C1"]
    desk.world.core.channels.mark_added(desk.chat.name, "C1")
    desk.world.core.outbox.release(claim, Wait(desk.world.clock().replace(year=2027), "repair", "is_archived"))
    desk.chat.trouble = none
    await desk.works_off()
    assert desk.chat.in_channel("C1") == ["SHOP-1", "SHOP-2"]


async def test_p21_a_team_that_gets_the_bot_again_releases_its_channels_and_no_person(desk: Desk) -> None:
    desk.watch("C2")
    desk.world.event("a")
    desk.chat.trouble = always(ARCHIVED)
    await desk.works_off()
    desk.world.core.channels.mark_added(desk.chat.name)
    desk.chat.trouble = none
    await desk.works_off()
    assert [desk.chat.in_channel(channel) for channel in ("C1", "C2")] == [["SHOP-1"]] * 2


async def test_p21_an_outage_is_counted_and_told_to_an_admin_after_a_minute_and_is_not_late(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    core, other = desk.world.core, "msteams" if desk.chat.name == "slack" else "slack"
    core.link_codes.redeem(core.link_codes.make(desk.world.ada), ChatAccount(other, "T1", "UADA"), desk.world.organization_id)
    heart = HeartbeatLoop(core.heartbeats, desk.workers, RejectionLog(), desk.world.clock)
    watch = RoleWatch(heart, core.admin_alerts, Gauge("alive", "x", ["role"], registry=CollectorRegistry()), lambda: desk.world.organization_id)
    canary = LagMonitor(core, desk.workers, desk.counts, roles=watch)
    desk.chat.trouble = always(SILENT)
    desk.world.event("a")
    await desk.works_off(seconds=120, step=12)
    await canary.look()
    assert desk.counts.registry.get_sample_value("quell_platform_away", {"platform": desk.chat.name}) == 1
    assert desk.counts.registry.get_sample_value("quell_late") == 0
    with core.database.read() as work:
        told = [line.data["text"] for line in work.session.scalars(select(Line).where(Line.alarm.is_not(None)))]
    assert any("does not answer since 12:00 UTC: no answer within 12 seconds" in text for text in told), told
    desk.chat.trouble = none
    await desk.works_off(seconds=WITHIN, step=3)
    with core.database.read() as work:
        assert [line.alarm for line in work.session.scalars(select(Line).where(Line.alarm.like("%away")))] == []
