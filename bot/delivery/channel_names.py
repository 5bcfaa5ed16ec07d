"""Ask platforms for the names of channels, and keep the names, because people do not recognize channel ids."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from cachetools import TTLCache

from bot.chat.platform import Address, ChatPlatform, PlatformError
from bot.workers import Workers
from core.bootstrap import Core
from core.errors import DatabaseAway
from core.notify.outbox import Claim

log = logging.getLogger(__name__)

RETRY_SECONDS = 3600.0
"""Seconds until a platform that returned no name is asked again."""
TIMEOUT_SECONDS = 5.0
"""The timeout of one request for a name, in seconds."""


def _asked() -> TTLCache[tuple[str, str], bool]:
    return TTLCache(10_000, RETRY_SECONDS, time.monotonic)


@dataclass(frozen=True)
class ChannelNames:
    """Asks for the names of channels that have no name yet."""

    core: Core
    workers: Workers
    platforms: Mapping[str, ChatPlatform]
    _has_asked: TTLCache[tuple[str, str], bool] = field(default_factory=_asked)

    def is_wanted(self, claim: Claim) -> bool:
        """Return whether a channel has no name yet and it is time to ask for it."""
        key = claim.platform, claim.channel
        return claim.name is None and not claim.is_direct and claim.platform in self.platforms and key not in self._has_asked

    async def learn(self, claim: Claim) -> str | None:
        """Ask for the name of a channel, store and return it; None if the platform does not tell."""
        if not self.is_wanted(claim):
            return claim.name
        self._has_asked[claim.platform, claim.channel] = True
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                address = Address(claim.tenant or "", claim.channel, claim.service_url)
                name = (await self.platforms[claim.platform].channel_state(address)).name
            if name:
                await self.workers.write(self.core.channels.set_name, claim.platform, claim.channel, name)
        except (PlatformError, DatabaseAway, TimeoutError) as error:
            log.info("the name of the channel %s in %s is not known: %s", claim.channel, claim.platform, error)
            return None
        return name
