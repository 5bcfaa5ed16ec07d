"""Channels in which nothing works until somebody repairs something: archived ones, those that the bot was removed from, a token that was revoked."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from bot import cards
from core.alarms import Alarm
from core.errands import Claim

log = logging.getLogger(__name__)


def key_of(claim: Claim) -> str:
    """What the alarm of a channel is called."""
    return f"{claim.platform} {claim.channel}"


def alarm(claim: Claim, reason: str, waiting: int) -> Alarm:
    """What admins are told of a channel in which nothing works."""
    where = f"#{claim.channel} in {cards.source_words(claim.platform) or claim.platform}"
    wait = "1 message waits" if waiting == 1 else f"{waiting} messages wait"
    todo = "Unarchive it, add the bot again or renew its token, and all of it comes by itself."
    return Alarm(key_of(claim), f"Quell cannot post to {where} any more: {reason}. {wait}. {todo}", claim.platform)


@dataclass
class Troubles:
    """What this process knows of them. A channel's messages stay behind and are tried every few minutes, one of them at a time."""

    _claims: dict[tuple[str, str], Claim] = field(default_factory=dict)
    """The last claim of each, by platform and channel."""

    def begin(self, claim: Claim, reason: str) -> None:
        """Nothing works there. That is said once until it works again."""
        if (claim.platform, claim.channel) not in self._claims:
            log.warning("nothing can be sent to %s %s until that is repaired: %s", claim.platform, claim.channel, reason)
        self._claims[claim.platform, claim.channel] = claim

    def end(self, claim: Claim) -> bool:
        """Something worked there. Says whether it did not before, as far as this process knows."""
        is_over = self._claims.pop((claim.platform, claim.channel), None) is not None
        if is_over:
            log.info("%s %s works again", claim.platform, claim.channel)
        return is_over

    def of(self, platform: str, channel: str) -> Claim | None:
        """The last claim of a channel in trouble."""
        return self._claims.get((platform, channel))
