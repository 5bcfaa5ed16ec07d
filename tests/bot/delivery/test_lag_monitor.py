"""The backlog in figures, and the canary that says once when something is late for no known reason."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.chat.platform import PlatformError
from bot.delivery.lag_monitor import LATE_AFTER, LagMonitor
from bot.delivery.rate_limits import Limit, Rate
from bot.metrics import Outbound
from core.accounts.directory import ChatAccount
from core.issues.actions import Resolve
from core.notify.contents import ThreadNote
from tests.support.core import World
from tests.support.fake_chat import always
from tests.support.sender import Desk, desk_for

LATE = "messages are late"


@pytest.fixture
def desk(world: World, database_url: str) -> Iterator[Desk]:
    """A channel C1 that takes one new message a minute."""
    with desk_for(world, database_url, table={"slack": (Limit("channel", ("post",), Rate(1 / 60, 2)),)}) as desk:
        yield desk


@pytest.fixture
def canary(desk: Desk) -> LagMonitor:
    return LagMonitor(desk.world.core, desk.workers, desk.counts)


@pytest.fixture(autouse=True)
def _log_is_read(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.delivery.lag_monitor")


def figure(counts: Outbound, name: str, **labels: str) -> float | None:
    return counts.registry.get_sample_value(name, labels)


async def test_where_nothing_is_behind_there_is_nothing_to_tell(desk: Desk, canary: LagMonitor, caplog: pytest.LogCaptureFixture) -> None:
    desk.world.event()
    await desk.works_off()
    desk.world.clock.pass_by(hours=1)
    await canary.look()
    assert not caplog.records
    assert figure(desk.counts, "quell_late") == 0
    assert figure(desk.counts, "quell_behind_messages", platform="slack") is None


async def test_what_nobody_sends_is_late_after_a_minute_and_that_is_said_once_until_it_recovers(
    desk: Desk, canary: LagMonitor, caplog: pytest.LogCaptureFixture
) -> None:
    desk.world.event("a")
    desk.world.event("b")
    desk.world.clock.pass_by(seconds=LATE_AFTER.total_seconds())
    await canary.look()
    assert not caplog.records
    desk.world.clock.pass_by(seconds=1)
    for _ in range(3):
        await canary.look()
    assert [one.getMessage().partition(":")[0] for one in caplog.records] == [LATE]
    assert figure(desk.counts, "quell_late") == 1
    assert figure(desk.counts, "quell_behind_messages", platform="slack") == 2
    assert figure(desk.counts, "quell_oldest_behind_seconds", platform="slack") == 61
    assert figure(desk.counts, "quell_channel_behind_seconds", platform="slack", channel="C1") == 61
    await desk.works_off()
    await canary.look()
    assert caplog.records[-1].getMessage() == "messages are in time again"
    assert figure(desk.counts, "quell_late") == 0


async def test_admins_are_told_once_of_what_is_late_until_it_recovers(desk: Desk, canary: LagMonitor) -> None:
    links = desk.world.core.link_codes
    links.redeem(links.make(desk.world.ada), ChatAccount("slack", "T1", "UADA"), desk.world.organization_id)
    for title in ("a", "b"):
        desk.world.event(title)
        desk.world.clock.pass_by(seconds=61)
        for _ in range(3):
            await canary.look()
        claims = desk.world.core.outbox.claim()
        direct = next(one for one in claims if one.is_direct)
        errand = desk.world.core.outbox.next(direct)
        assert errand
        said = desk.world.core.outbox.begin(direct, errand)
        assert isinstance(said, ThreadNote)
        assert said.text.startswith("Messages are late: 1 to #C1 in Slack since 12:")
        desk.world.core.outbox.mark_shown(direct, errand, "1", 0)
        assert desk.world.core.outbox.next(direct) is None
        for claim in claims:
            desk.world.core.outbox.release(claim)
        await desk.works_off()
        await canary.look()


async def test_the_age_of_a_redraw_counts_from_the_oldest_change_that_it_does_not_show(desk: Desk, canary: LagMonitor) -> None:
    desk.world.event()
    await desk.works_off()
    desk.world.clock.pass_by(hours=5)
    desk.world.do(Resolve())
    desk.world.clock.pass_by(seconds=7)
    await canary.look()
    assert figure(desk.counts, "quell_oldest_behind_seconds", platform="slack") == 7
    desk.world.clock.pass_by(seconds=1)
    await desk.works_off()
    assert figure(desk.counts, "quell_shown_lag_seconds_sum", platform="slack") == 8
    assert figure(desk.counts, "quell_shown_lag_seconds_count", platform="slack") == 2


async def test_what_a_platform_refuses_is_behind_and_parked_but_not_late(desk: Desk, canary: LagMonitor, caplog: pytest.LogCaptureFixture) -> None:
    desk.chat.trouble = always(PlatformError("ratelimited", retry_after=600, is_refused=True))
    desk.world.event()
    await desk.works_off()
    desk.world.clock.pass_by(seconds=300)
    await canary.look()
    assert figure(desk.counts, "quell_oldest_behind_seconds", platform="slack") == 300
    desk.chat.trouble = always(PlatformError("msg_too_long", permanent=True, is_refused=True))
    desk.world.clock.pass_by(seconds=300)
    await desk.works_off()
    await canary.look()
    assert figure(desk.counts, "quell_parked_messages", platform="slack") == 1
    assert figure(desk.counts, "quell_send_failures_total", platform="slack", reason="rate_limited") == 1
    assert figure(desk.counts, "quell_send_failures_total", platform="slack", reason="impossible") == 1
    assert LATE not in caplog.text


async def test_what_waits_for_a_rate_limit_is_not_late(desk: Desk, canary: LagMonitor, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(5):
        desk.world.event(f"issue {number}")
    await desk.works_off(seconds=90, step=2)
    await canary.look()
    assert figure(desk.counts, "quell_behind_messages", platform="slack") == 2
    assert not caplog.records


async def test_a_line_in_a_thread_counts_too(desk: Desk, canary: LagMonitor) -> None:
    desk.threads("C1", "changes")
    desk.world.event()
    await desk.works_off()
    desk.world.do(Resolve())
    await canary.look()
    assert figure(desk.counts, "quell_behind_messages", platform="slack") == 2
    await desk.works_off()
    assert figure(desk.counts, "quell_sent_total", platform="slack", kind="line") == 1
