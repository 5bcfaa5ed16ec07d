"""Whether a chat answers at all, and the channels in which nothing works until somebody repairs something."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field

from bot.chat import cards
from bot.chat.platform import PlatformError
from bot.workers import Workers
from core.bootstrap import Core
from core.notify.admin_alerts import AdminAlert
from core.notify.outages import key_of_outage
from core.notify.outbox import Claim

log = logging.getLogger(__name__)

MAX_FAILURES_IN_A_ROW = 3
"""What one request cannot be blamed for: a single thing that a platform cannot take may fail alone."""


@dataclass
class OutageMonitor:
    """What the senders of a process notice. The database tells all processes: see ``core.notify.outages``."""

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
        if not (claim.is_probe or claim.platform in self._away or self._failures[claim.platform] >= MAX_FAILURES_IN_A_ROW):
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
            await self.workers.write(self.core.admin_alerts.end, key)


def _called(claim: Claim) -> str:
    return cards.source_words(claim.platform) or claim.platform


def alert_keys(claim: Claim) -> tuple[str, str]:
    """What the alarms of a channel and of its whole platform are called."""
    return f"{claim.platform} {claim.channel}", claim.platform


def admin_alert(claim: Claim, error: PlatformError, waiting: int) -> AdminAlert:
    """What admins are told of a channel, or of a whole platform, where nothing works."""
    of_channel, of_platform = alert_keys(claim)
    platform = cards.source_words(claim.platform) or claim.platform
    if error.is_account:
        todo = "Its messages wait. Renew the bot's credentials (quell doctor says which), and all of them come by themselves."
        return AdminAlert(of_platform, f"Quell cannot post anything to {platform} any more: {error}. {todo}", claim.platform)
    wait = "1 message waits" if waiting == 1 else f"{waiting} messages wait"
    todo = "Unarchive it or add the bot again, and all of it comes by itself."
    return AdminAlert(
        of_channel, f"Quell cannot post to #{claim.name or claim.channel} in {platform} any more: {error}. {wait}. {todo}", claim.platform
    )


@dataclass
class ChannelTroubles:
    """What this process knows of them. A channel's messages stay behind and are tried every few minutes, one of them at a time."""

    elsewhere: frozenset[tuple[str, str]] = frozenset()
    """Those that the database knew of when it was last looked at, by platform and channel: other processes may have met them."""
    _own: set[tuple[str, str]] = field(default_factory=set)
    """Those that this process met."""
    _said: set[str] = field(default_factory=set)
    """The keys of what was said of them."""

    def begin(self, claim: Claim, error: PlatformError) -> None:
        """Nothing works there. That is said once until it works again."""
        of_channel, of_platform = alert_keys(claim)
        key = of_platform if error.is_account else of_channel
        if key not in self._said:
            log.warning("nothing can be sent to %s until that is repaired: %s", key, error)
        self._said.add(key)
        self._own.add((claim.platform, claim.channel))

    def end(self, claim: Claim) -> bool:
        """Something worked there. Says whether it did not before, as far as this process knows."""
        place = claim.platform, claim.channel
        is_over = place in self._own
        self._own.discard(place)
        self._said.difference_update(alert_keys(claim))
        if is_over:
            log.info("%s %s works again", claim.platform, claim.channel)
        return is_over

    def has(self, platform: str, channel: str) -> bool:
        """Whether a channel is in trouble."""
        return (platform, channel) in self._own or (platform, channel) in self.elsewhere
