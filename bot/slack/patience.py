"""Asking Slack until it answers: it may be slow or away when we start, and at any time after that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.platform import PlatformError

LONGEST_PAUSE = 10.0
"""Seconds between two tries, at most."""

_FIRST_PAUSE = 0.1

T = TypeVar("T")

log = logging.getLogger(__name__)


async def until_it_works(ask: Callable[[], Awaitable[T]], trouble: str) -> T:
    """What ``ask`` returns, as soon as it raises PlatformError no more. ``trouble`` is what the log says until then."""
    pause = _FIRST_PAUSE
    while True:
        try:
            return await ask()
        except PlatformError as error:
            # The playground starts after us, which is nothing to be warned of; what lasts is.
            level = logging.WARNING if error.permanent or pause > 1 else logging.INFO
            log.log(level, "%s: %s", trouble, error)
            await asyncio.sleep(max(pause, error.retry_after or 0))
            pause = min(pause * 2, LONGEST_PAUSE)
