"""Lost answers against a Slack that speaks its real protocol: what was posted is found by its metadata, and stands there once."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bot.delivery.channel_run import SenderTimings
from bot.delivery.rate_limits import LIMITS, RateLimits
from bot.delivery.retry import FIRST_RETRY_DELAY
from bot.delivery.sender import Sender, SenderDeps
from bot.workers import workers_for
from core.bootstrap import CoreSettings, open_core, system_clock
from core.issues.actions import Resolve
from core.notify.outbox import Receipt
from core.notify.watches import ChannelName
from tests.support.core import Clock, make_world
from tests.support.core import World as House

CHANNEL = "CALERTS"


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "method"), [("lost", "chat.postMessage"), ("5xx", "chat.postMessage"), ("reset", "chat.postMessage")])
async def test_a_post_whose_answer_is_lost_stands_there_once(world: Any, database_url: str, mode: str, method: str) -> None:
    core, workers = open_core(CoreSettings(database_url)), workers_for(database_url)
    house = make_world(core, Clock(system_clock()))
    core.watches.set(house.project, ChannelName("slack", CHANNEL))
    timings = SenderTimings(first_retry=FIRST_RETRY_DELAY / 20)
    limits, links = RateLimits(LIMITS, time.monotonic), "https://quell.example.com"
    sender = Sender(SenderDeps(core, {"slack": world.platform}, workers, links, limits, timings=timings))
    core.listeners.append(sender.wake)
    task = asyncio.create_task(sender.run())
    await world.fault(mode, method=method, count=2)
    house.event()

    async def is_shown() -> bool:
        return receipt(house).state == "shown"

    await world.until(is_shown, seconds=15)
    house.do(Resolve())
    await world.until(is_shown, seconds=15)
    sender.stop()
    await task
    alerts = [one for one in await world.messages() if not one.get("thread_ts")]
    assert len(alerts) == 1
    assert "Resolved by" in str(alerts[0])
    workers.close()
    core.close()


def receipt(house: House) -> Receipt:
    return house.core.outbox.receipts(house.organization_id, "SHOP-1")[0]
