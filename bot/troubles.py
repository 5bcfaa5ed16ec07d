"""Channels in which nothing works until somebody repairs something: archived ones, those that the bot was removed from, a token that was revoked."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from bot import cards
from bot.platform import PlatformError
from core.alarms import Alarm
from core.errands import Claim

log = logging.getLogger(__name__)


def keys_of(claim: Claim) -> tuple[str, str]:
    """What the alarms of a channel and of its whole platform are called."""
    return f"{claim.platform} {claim.channel}", claim.platform


def alarm(claim: Claim, error: PlatformError, waiting: int) -> Alarm:
    """What admins are told of a channel, or of a whole platform, where nothing works."""
    of_channel, of_platform = keys_of(claim)
    platform = cards.source_words(claim.platform) or claim.platform
    if error.is_account:
        todo = "Its messages wait. Renew the bot's credentials (quell doctor says which), and all of them come by themselves."
        return Alarm(of_platform, f"Quell cannot post anything to {platform} any more: {error}. {todo}", claim.platform)
    wait = "1 message waits" if waiting == 1 else f"{waiting} messages wait"
    todo = "Unarchive it or add the bot again, and all of it comes by itself."
    return Alarm(of_channel, f"Quell cannot post to #{claim.name or claim.channel} in {platform} any more: {error}. {wait}. {todo}", claim.platform)


@dataclass
class Troubles:
    """What this process knows of them. A channel's messages stay behind and are tried every few minutes, one of them at a time."""

    elsewhere: frozenset[tuple[str, str]] = frozenset()
    """Those that the database knew of when it was last looked at, by platform and channel: other processes may have met them."""
    _own: set[tuple[str, str]] = field(default_factory=set)
    """Those that this process met."""
    _said: set[str] = field(default_factory=set)
    """The keys of what was said of them."""

    def begin(self, claim: Claim, error: PlatformError) -> None:
        """Nothing works there. That is said once until it works again."""
        of_channel, of_platform = keys_of(claim)
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
        self._said.difference_update(keys_of(claim))
        if is_over:
            log.info("%s %s works again", claim.platform, claim.channel)
        return is_over

    def has(self, platform: str, channel: str) -> bool:
        """Whether a channel is in trouble."""
        return (platform, channel) in self._own or (platform, channel) in self.elsewhere
