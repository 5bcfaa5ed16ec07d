"""Detect platforms that do not answer, and channels in which nothing works until somebody repairs something."""

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
"""Failures in a row that cannot all be the fault of one request; a single item that a platform cannot handle may fail alone."""


@dataclass
class OutageMonitor:
    """The outages that the senders of a process notice. The database shares them with all processes: see ``core.notify.outages``."""

    core: Core
    workers: Workers
    _failures: Counter[str] = field(default_factory=Counter)
    """The failures of each platform since its last answer."""
    _away: set[str] = field(default_factory=set)
    """The platforms that this process has found to be down."""

    async def failed(self, claim: Claim, error: PlatformError) -> bool:
        """Record a failure; return whether it means that the platform is down, so that its channels wait for the platform and not for one item.

        Channels without failures are still tried, because one broken channel must not block the others.
        """
        if not (error.is_outage or error.is_account):
            # A failure before the request reached the platform says nothing about the platform.
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
        """Record an answer of the platform (even a clear refusal): it is up."""
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
    """Return the keys of the admin alerts for a channel and for its whole platform."""
    return f"{claim.platform} {claim.channel}", claim.platform


def admin_alert(claim: Claim, error: PlatformError, waiting: int) -> AdminAlert:
    """Return the admin alert for a broken channel or platform."""
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
    """The broken channels known to this process. Their messages stay behind and are retried every few minutes, one at a time."""

    elsewhere: frozenset[tuple[str, str]] = frozenset()
    """The broken channels in the database when it was last read, by platform and channel: other processes may have found them."""
    _own: set[tuple[str, str]] = field(default_factory=set)
    """The broken channels that this process found."""
    _said: set[str] = field(default_factory=set)
    """The keys of the alerts sent about them."""

    def begin(self, claim: Claim, error: PlatformError) -> None:
        """Record that nothing works in a channel. Alerts once until it works again."""
        of_channel, of_platform = alert_keys(claim)
        key = of_platform if error.is_account else of_channel
        if key not in self._said:
            log.warning("nothing can be sent to %s until that is repaired: %s", key, error)
        self._said.add(key)
        self._own.add((claim.platform, claim.channel))

    def end(self, claim: Claim) -> bool:
        """Record a success. Return whether the channel was broken before, as far as this process knows."""
        place = claim.platform, claim.channel
        is_over = place in self._own
        self._own.discard(place)
        self._said.difference_update(alert_keys(claim))
        if is_over:
            log.info("%s %s works again", claim.platform, claim.channel)
        return is_over

    def has(self, platform: str, channel: str) -> bool:
        """Return whether a channel is broken."""
        return (platform, channel) in self._own or (platform, channel) in self.elsewhere
