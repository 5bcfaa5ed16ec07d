"""Whether a chat answers at all: several failures in a row and nothing that worked make it count as away, for all of its channels."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field

from bot import cards
from bot.platform import PlatformError
from bot.workers import Workers
from core.bootstrap import Core
from core.errands import Claim
from core.outages import key_of_outage

log = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 3
"""What one request cannot be blamed for: a single thing that a platform cannot take may fail alone."""


@dataclass
class OutageMonitor:
    """What the senders of a process notice. The database tells all processes: see ``core.outages``."""

    core: Core
    workers: Workers
    _failures: Counter[str] = field(default_factory=Counter)
    """How often each platform failed since it last answered."""
    _away: set[str] = field(default_factory=set)
    """Those that this process has found to be away."""

    async def failed(self, claim: Claim, error: PlatformError) -> bool:
        """Whether the failure means that the platform is away, so that its channel waits for that and not for the one thing that failed.

        Channels that have met no failure yet are tried all the same: a single broken one must not hold up those that are well.
        """
        if not (error.is_outage or error.is_account):
            # What failed before it got there says nothing of the platform.
            if error.is_refused or error.retry_after is not None:
                await self.answered(claim)
            return False
        if error.is_account:
            await self.workers.write(self.core.outages.begin, claim.platform, str(error), is_account=True)
            return False
        self._failures[claim.platform] += 1
        if not (claim.is_probe or claim.platform in self._away or self._failures[claim.platform] >= FAILURES_IN_A_ROW):
            return False
        if claim.platform not in self._away:
            log.warning("%s does not answer; what waits is sent as soon as it does: %s", _called(claim), error)
        self._away.add(claim.platform)
        await self.workers.write(self.core.outages.begin, claim.platform, str(error), is_account=False)
        return True

    async def answered(self, claim: Claim) -> None:
        """The platform did something, or refused it clearly: it is there."""
        self._failures.pop(claim.platform, None)
        if not (claim.is_probe or claim.waited_for == "account" or claim.platform in self._away):
            return
        self._away.discard(claim.platform)
        if await self.workers.write(self.core.outages.end, claim.platform):
            log.info("%s answers again", _called(claim))
        for key in (claim.platform, key_of_outage(claim.platform)):
            await self.workers.write(self.core.alarms.end, key)


def _called(claim: Claim) -> str:
    return cards.source_words(claim.platform) or claim.platform
