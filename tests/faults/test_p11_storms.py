"""A storm of new issues: a channel gets a summary instead of a message for each, and in the end nothing is missing."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.delivery.rate_limits import LIMITS
from core.bootstrap import Core
from core.db.models import Message, Storm
from tests.support.core import Clock
from tests.support.faults.bench import Bench, RealTime
from tests.support.faults.durable_chat import Book
from tests.support.faults.figures import LONG, Figures
from tests.support.faults.history import Sent

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]
MAX_MESSAGES = 3
MAX_EDITS = 60
"""A minute."""
BATCH = 0.25
"""Seconds of events that the gate stores at a time."""


@pytest.fixture
def clock() -> Clock:
    return RealTime()


@pytest.fixture
def bench(core: Core, clock: Clock, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench.build(core, clock, Book(tmp_path / "book"))
    bench.limits = LIMITS
    yield bench
    bench.close()


@pytest.mark.parametrize(("issues", "seconds"), [(800, 5.0), pytest.param(10_000, 60.0, marks=LONG)])
async def test_p11_a_storm_of_new_issues_is_one_message_that_stays_true(bench: Bench, issues: int, seconds: float, figures: Figures) -> None:
    """P11: 10,000 new issues in 60 s bring at most three messages and sixty edits a minute into a channel; afterwards nothing is missing."""
    async with bench.sending():
        await rage(bench, issues, seconds)
        bench.world.clock.pass_by(minutes=2)
        bench.ticks()
        await bench.is_told()
    sent = bench.book.sent()
    for channel in bench.channels:
        mine = [one for one in sent if one.channel == channel]
        assert sum(one.do != "update" for one in mine) <= MAX_MESSAGES
        assert most_in_a_minute([one for one in mine if one.do == "update"]) <= MAX_EDITS
        told, alone = counted(bench, channel)
        assert told + alone == issues
        assert f"{told:,} new issues" in [one for one in mine if one.issue_id == 0][-1].state
    assert bench.faults() == []
    figures.cases = issues


async def rage(bench: Bench, issues: int, seconds: float) -> None:
    """So many new issues, evenly, in batches as the gate makes them: the first one comes alone."""
    begun, made = time.monotonic(), 0
    for number in itertools.count(1):
        wanted = min(issues, max(1, int(issues * (time.monotonic() - begun) / seconds)))
        batch = [bench.world.occurrence(f"issue {one}") for one in range(made, wanted)]
        if batch:
            await bench.workers.write(bench.takes_in, batch)
        made = wanted
        if made == issues:
            return
        await asyncio.sleep(max(0.0, begun + number * BATCH - time.monotonic()))


def most_in_a_minute(sent: list[Sent]) -> int:
    return max((sum(one.at <= other.at < one.at + 60 for other in sent) for one in sent), default=0)


def counted(bench: Bench, channel: str) -> tuple[int, int]:
    """How many issues the channel's storms brought, and how many copies stand there on their own."""
    place = bench.channels.index(channel) + 1
    with bench.core.database.read() as work:
        told = work.session.scalars(select(func.sum(Storm.issues)).where(Storm.channel_id == place)).one()
        alone = work.session.scalars(select(func.count()).where(Message.channel_id == place, Message.storm_id.is_(None))).one()
    return int(told or 0), alone
