"""One channel is told to wait for long: the others do not notice, and afterwards it shows the truth with one edit a message."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest

from bot.chat.platform import PlatformError
from bot.delivery.rate_limits import LIMITS
from core.bootstrap import Core
from core.issues.actions import Action, Resolve, Unresolve
from core.types import Status
from tests.support.core import Clock
from tests.support.faults.bench import Bench, RealTime
from tests.support.faults.durable_chat import Book
from tests.support.faults.figures import LONG, Figures
from tests.support.faults.history import duplicates

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(1000)]
CHANNELS = [f"C{number}" for number in range(1, 9)]
BUSY = CHANNELS[0]
WAIT = 1.0
"""Seconds that the busy channel asks to be left alone."""
BETWEEN = 0.5
"""Seconds between two changes, where nobody limits them."""
SLACK_EDITS = 30
"""Edits a minute in a workspace that are well within Slack's limit."""
ISSUES = 3


@pytest.fixture
def clock() -> Clock:
    return RealTime()


@pytest.fixture
def bench(core: Core, clock: Clock, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench.build(core, clock, Book(tmp_path / "book"), CHANNELS)
    yield bench
    bench.close()


@contextmanager
def busy(do: str, channel: str) -> Iterator[None]:
    """429, for one channel."""
    if channel == BUSY:
        raise PlatformError("ratelimited", retry_after=WAIT, is_refused=True)
    yield


async def test_p08_a_channel_at_429_delays_no_other_and_then_catches_up_with_one_edit_a_message(bench: Bench, figures: Figures) -> None:
    """P8: while one channel answers 429, the p99 of the others stays; nothing is dropped; then at most one edit for each message brings it up."""
    await compare(bench, 5.0, BETWEEN, figures)


@LONG
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_p08_five_minutes_of_429_within_the_limits_of_the_platform(bench: Bench, figures: Figures) -> None:
    """P8: the same for five minutes, with changes so rare that Slack takes them all, and with the limits that Quell keeps."""
    bench.limits = LIMITS
    await compare(bench, 300.0, 60 / SLACK_EDITS * len(CHANNELS), figures)


async def compare(bench: Bench, seconds: float, between: float, figures: Figures) -> None:
    """Looks at the others while all is well, and while one channel is told to wait for so many seconds."""
    bench.takes_in([bench.world.occurrence(f"issue {number}") for number in range(ISSUES)])
    await bench.comes_to_rest()
    async with bench.sending():
        usual = lags(bench, await changes(bench, max(seconds / 5, 4 * between), between), CHANNELS[1:])
        before = Counter(one.external_id for one in bench.book.sent() if one.channel == BUSY)
        bench.chat.disturbs = busy
        made = await changes(bench, seconds, between)
        bench.chat.disturbs = calm
        await bench.is_told()
    meanwhile = lags(bench, made, CHANNELS[1:])
    edits = Counter(one.external_id for one in bench.book.sent() if one.channel == BUSY and one.do != "reply")
    figures.cases, figures.duplicates, figures.worst_lag = len(meanwhile), duplicates(bench.history()), max(meanwhile)
    assert bench.faults() == []
    assert max((edits - before).values()) == 1
    assert p99(meanwhile) < 2 * p99(usual) + 0.05, f"p99 was {p99(usual):.3f} s and is {p99(meanwhile):.3f} s"


def calm(do: str, channel: str) -> AbstractContextManager[None]:
    return nullcontext()


Made = Mapping[tuple[int, int], float]
"""When each version of each issue was committed."""


async def changes(bench: Bench, seconds: float, between: float) -> Made:
    """One issue after another is resolved and reopened."""
    made, end, turn = {}, time.monotonic() + seconds, 0
    while time.monotonic() < end:
        issue_id = turn % ISSUES + 1
        action: Action = Unresolve() if bench.world.issue(issue_id).status is Status.RESOLVED else Resolve()
        await bench.workers.write(bench.world.do, action, ids=(issue_id,))
        made[issue_id, bench.world.issue(issue_id).version] = time.monotonic()
        turn += 1
        await asyncio.sleep(between * random.uniform(0.8, 1.2))
    return made


def lags(bench: Bench, made: Made, channels: Sequence[str]) -> list[float]:
    """From each change to the first time that each channel showed it, or something newer."""
    shown: dict[tuple[str, int], list[tuple[int, float]]] = defaultdict(list)
    for one in bench.book.sent():
        shown[one.channel, one.issue_id].append((one.version, one.at))
    found = []
    for (issue_id, version), at in made.items():
        for channel in channels:
            times = [when for seen, when in shown[channel, issue_id] if seen >= version]
            assert times, f"{channel} never showed version {version} of issue {issue_id}"
            found.append(max(0.0, min(times) - at))
    return found


def p99(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
