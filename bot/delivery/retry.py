"""Decide what happens to an item that could not be sent: retry it, park it, or let its whole channel wait. Also: retry a call until it succeeds."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from bot.chat.platform import PlatformError
from core.notify.outbox import OutboxItem

FIRST_RETRY_DELAY = timedelta(seconds=1)
MAX_RETRY_DELAY = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)
"""How long one item may fail before it is parked. Waits that a platform asks for (429) do not count."""
MAX_RETRY_AFTER_SECONDS = 3600.0
"""The longest single wait that a platform may ask for, in seconds."""
MAX_REPEATED_WAIT = timedelta(seconds=15)
"""The longest wait of a channel after repeated 429 answers: each try takes a token that other channels may need."""
FIRST_PROBE_TRIES = 6
"""The number of tries, for ``pause_after``, that the first probe of a broken channel counts as: half a minute to a minute."""
MAX_BLOCKING_TRIES = 8
"""Tries (some minutes) after which a failing item lets later items pass: it may be the only one that the platform cannot handle."""

Reason = Literal["rate_limited", "no_answer", "refused", "impossible", "channel"]
"""Why something was not sent, as a short label for the metrics."""


@dataclass(frozen=True)
class RetryDecision:
    """The decision. ``until`` is the time of the next try; None parks the item. ``is_for_all`` is true if the whole channel waits."""

    until: datetime | None = None
    is_for_all: bool = False


def retry_decision(item: OutboxItem, error: PlatformError, now: datetime, first: timedelta = FIRST_RETRY_DELAY) -> RetryDecision:
    """Decide what to do about a failure. ``first`` is the longest pause after the first failure."""
    if error.is_channel:
        return RetryDecision(now + pause_after(max(item.tries, FIRST_PROBE_TRIES), first), is_for_all=True)
    if error.retry_after is not None and not error.is_outage:
        wished = timedelta(seconds=min(error.retry_after, MAX_RETRY_AFTER_SECONDS))
        return RetryDecision(now + max(wished, min(pause_after(item.tries, first), MAX_REPEATED_WAIT)), is_for_all=True)
    if error.permanent or now - (item.troubled_at or now) >= GIVE_UP_AFTER:
        return RetryDecision()
    return RetryDecision(now + pause_after(item.tries, first), is_for_all=item.tries < MAX_BLOCKING_TRIES)


def pause_after(tries: int, first: timedelta = FIRST_RETRY_DELAY) -> timedelta:
    """Return the pause after this many tries: longer each time, and random, so that items do not all come back at once."""
    longest = min(first * int(2 ** min(tries, 12)), MAX_RETRY_DELAY)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  jitter is no secret


def failure_label(error: PlatformError) -> Reason:
    """Return the reason of a failure for the metrics."""
    if error.is_channel:
        return "channel"
    if error.retry_after is not None:
        return "rate_limited"
    if error.permanent:
        return "impossible"
    return "refused" if error.is_refused else "no_answer"


MAX_PAUSE_SECONDS = 10.0
"""The longest pause between two tries, in seconds."""

_FIRST_PAUSE_SECONDS = 0.1

T = TypeVar("T")

log = logging.getLogger(__name__)


async def retry_forever(ask: Callable[[], Awaitable[T]], trouble: str) -> T:
    """Call ``ask`` until it raises no PlatformError, and return its result. ``trouble`` is the text to log until then."""
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await ask()
        except PlatformError as error:
            # The playground starts after us, so only a lasting failure deserves a warning.
            level = logging.WARNING if error.permanent or pause > 1 else logging.INFO
            log.log(level, "%s: %s", trouble, error)
            await asyncio.sleep(max(pause, error.retry_after or 0))
            pause = min(pause * 2, MAX_PAUSE_SECONDS)
