"""What becomes of what could not be sent: tried again later, parked, or the whole channel waits for a repair. Also: ask until there is an answer."""

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
"""How long one thing may fail before it is parked. A platform that only asks for patience (429) gets as much of it as it likes."""
MAX_RETRY_AFTER_SECONDS = 3600.0
"""Seconds that a platform may make a channel wait at a time."""
MAX_REPEATED_WAIT = timedelta(seconds=15)
"""How long a channel waits that was asked for less patience again and again: each try takes a token that other channels may want."""
FIRST_PROBE_TRIES = 6
"""Tries, in the measure of ``pause_after``, that the first probe of a broken channel stands for: half a minute to a minute."""
MAX_BLOCKING_TRIES = 8
"""Tries, some minutes, after which what fails lets those behind it pass: it may be the only one that the platform cannot take."""

Reason = Literal["rate_limited", "no_answer", "refused", "impossible", "channel"]
"""Why something was not sent, in few words, for the metrics."""


@dataclass(frozen=True)
class RetryDecision:
    """What to do. ``until`` is when to try again; without it the thing is parked. ``is_for_all`` says that the channel waits as well."""

    until: datetime | None = None
    is_for_all: bool = False


def retry_decision(item: OutboxItem, error: PlatformError, now: datetime, first: timedelta = FIRST_RETRY_DELAY) -> RetryDecision:
    """What to do about a failure. ``first`` is the longest pause after the first one."""
    if error.is_channel:
        return RetryDecision(now + pause_after(max(item.tries, FIRST_PROBE_TRIES), first), is_for_all=True)
    if error.retry_after is not None and not error.is_outage:
        wished = timedelta(seconds=min(error.retry_after, MAX_RETRY_AFTER_SECONDS))
        return RetryDecision(now + max(wished, min(pause_after(item.tries, first), MAX_REPEATED_WAIT)), is_for_all=True)
    if error.permanent or now - (item.troubled_at or now) >= GIVE_UP_AFTER:
        return RetryDecision()
    return RetryDecision(now + pause_after(item.tries, first), is_for_all=item.tries < MAX_BLOCKING_TRIES)


def pause_after(tries: int, first: timedelta = FIRST_RETRY_DELAY) -> timedelta:
    """Longer each time, and never the same for all, so that they do not come back all at once."""
    longest = min(first * int(2 ** min(tries, 12)), MAX_RETRY_DELAY)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  jitter is no secret


def failure_label(error: PlatformError) -> Reason:
    """The reason of a failure for the metrics."""
    if error.is_channel:
        return "channel"
    if error.retry_after is not None:
        return "rate_limited"
    if error.permanent:
        return "impossible"
    return "refused" if error.is_refused else "no_answer"


MAX_PAUSE_SECONDS = 10.0
"""Seconds between two tries, at most."""

_FIRST_PAUSE_SECONDS = 0.1

T = TypeVar("T")

log = logging.getLogger(__name__)


async def retry_forever(ask: Callable[[], Awaitable[T]], trouble: str) -> T:
    """What ``ask`` returns, as soon as it raises PlatformError no more. ``trouble`` is what the log says until then."""
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await ask()
        except PlatformError as error:
            # The playground starts after us, which is nothing to be warned of; what lasts is.
            level = logging.WARNING if error.permanent or pause > 1 else logging.INFO
            log.log(level, "%s: %s", trouble, error)
            await asyncio.sleep(max(pause, error.retry_after or 0))
            pause = min(pause * 2, MAX_PAUSE_SECONDS)
