"""A round: one channel is brought up to date, thing by thing and in order, by the sender that has claimed it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TypeVar

from prometheus_client import CollectorRegistry

from bot.chat.platform import Address, ChatPlatform, PlatformError
from bot.delivery.channel_names import ChannelNames
from bot.delivery.compose import Composer, SendResult
from bot.delivery.outages import ChannelTroubles, OutageMonitor, alarm, keys_of
from bot.delivery.rate_limits import Ask, Call, RateLimits
from bot.delivery.retry import LONGEST_RETRY, RetryDecision, in_a_word, retry_decision
from bot.metrics import Outbound
from bot.workers import Workers
from core.bootstrap import Core
from core.notify.outages import Backlog
from core.notify.outbox import Claim, OutboxItem, Wait

T = TypeVar("T")
log = logging.getLogger(__name__)

MOST_IN_A_ROW = 20
"""Things a channel gets in one claim, well within its lease."""
CALL_SECONDS = 12.0
"""How long one call may take, tokens and repetitions of the platform's own included: less than a lease, so that a hanging chat keeps only
the channels that it hangs in."""
HOLD_SECONDS, LONGEST_HOLD = 0.5, 2.0
"""How long a channel is left alone for want of a token: what comes meanwhile may need another one, such as an alert behind redraws. Longer
where many channels wait, as each look costs the database something."""
MOST_LOOKS = 50
"""Looks a second at channels that wait."""


@dataclass(frozen=True)
class SenderDeps:
    """What the senders of a process share."""

    core: Core
    platforms: Mapping[str, ChatPlatform]
    workers: Workers
    outgoing: Composer
    limits: RateLimits
    counts: Outbound = field(default_factory=lambda: Outbound(CollectorRegistry()))
    troubles: ChannelTroubles = field(default_factory=ChannelTroubles)
    outages: OutageMonitor = field(init=False)
    names: ChannelNames = field(init=False)

    def __post_init__(self) -> None:
        """What the senders of a process notice of outages, and the names that they learn, belong to all of them."""
        object.__setattr__(self, "outages", OutageMonitor(self.core, self.workers))
        object.__setattr__(self, "names", ChannelNames(self.core, self.workers, self.platforms))

    @property
    def backlog(self) -> Backlog:
        """Tells since when things are behind."""
        return Backlog(self.core.database, self.core.clock)


class ChannelRun:
    """Works off what one claim is about."""

    def __init__(self, post: SenderDeps, claim: Claim) -> None:
        self._post = post
        self._claim = claim
        self._ledger = post.core.outbox
        self._address = Address(claim.tenant or "", claim.channel, claim.service_url, claim.is_direct)
        self.step_at = monotonic()
        """When it last got somewhere, in seconds of the steady clock."""

    async def run(self, is_over: Callable[[], bool]) -> Wait | None:
        """Returns when to look at this channel again, if something has to wait: what comes later must not overtake it."""
        for _ in range(MOST_IN_A_ROW):
            self.step_at = monotonic()
            errand, since = await self._post.workers.read(self._next)
            if errand is None or is_over():
                return None
            if wait := self._has_to_wait(errand) or await self._carry_out(errand, since):
                return wait
        return None

    def _next(self) -> tuple[OutboxItem | None, datetime | None]:
        errand = self._ledger.next(self._claim)
        return errand, self._post.backlog.since(errand) if errand else None

    def _has_to_wait(self, errand: OutboxItem) -> Wait | None:
        ask = self._ask(errand)
        wait = self._post.limits.wait(ask)
        if not wait:
            return None
        self._post.counts.held.labels(ask.platform, ask.call).inc()
        return Wait(self._post.core.clock() + timedelta(seconds=min(wait, self._hold())), "turn")

    def _hold(self) -> float:
        return min(LONGEST_HOLD, max(HOLD_SECONDS, self._post.limits.held / MOST_LOOKS))

    async def _carry_out(self, errand: OutboxItem, since: datetime | None) -> Wait | None:
        try:
            sent = await self._send(errand)
            if sent is None:
                # The channel is another sender's now; giving it back does nothing.
                return Wait(self._post.core.clock())
        except PlatformError as error:
            return await self._failed(errand, error)
        except Exception as error:
            # A defect of ours, with this one thing: it holds up neither the channel nor the processor.
            log.exception("%s in %s could not be sent", errand.key, self._claim.channel)
            return await self._failed(errand, PlatformError(f"defect: {type(error).__name__}", is_outage=False))
        await self._post.workers.write(self._ledger.shown, self._claim, errand, sent.external_id, sent.version)
        await self._post.outages.answered(self._claim)
        self._claim = replace(self._claim, is_probe=False, waited_for=None)
        await self._repaired(errand)
        self._count(errand, since)
        return None

    async def _send(self, errand: OutboxItem) -> SendResult | None:
        """None where somebody else has the channel by now."""
        platform = self._post.platforms.get(self._claim.platform)
        if platform is None:
            raise NotSwitchedOn(f"{self._claim.platform} is not switched on", is_account=True, is_refused=True)
        if errand.is_posted:
            if found := await self._found(platform, errand):
                # It shows what was true when it was posted: version 0 makes it be redrawn.
                return SendResult(found, 0)
            if not await self._post.workers.write(self._ledger.asking, self._claim, errand):
                return None
        return await _in_time(self._post.outgoing.send(platform, self._address, errand))

    async def _found(self, platform: ChatPlatform, errand: OutboxItem) -> str | None:
        """What an earlier try has posted after all, though its answer was lost."""
        if errand.asked_at is None:
            return None
        where = replace(self._address, thread=errand.external_id)
        try:
            return await _in_time(platform.find(where, errand.key, errand.asked_at))
        except PlatformError as error:
            # Nothing was asked for but a look: whether the post is there is as unknown as before.
            reason, wait = f"cannot look for an earlier try: {error}", error.retry_after
            flags = {"is_channel": error.is_channel, "is_account": error.is_account, "is_outage": error.is_outage}
            raise PlatformError(reason, retry_after=wait, **flags) from None

    async def _failed(self, errand: OutboxItem, error: PlatformError) -> Wait | None:
        """Notes a failure. Returns until when the channel waits; what is parked holds nobody up."""
        now, claim = self._post.core.clock(), self._claim
        self._post.counts.failures.labels(claim.platform, in_a_word(error)).inc()
        is_away = not isinstance(error, NotSwitchedOn) and await self._post.outages.failed(claim, error)
        todo = retry_decision(errand, error, now)
        if todo.until is None:
            log.warning("%s in %s is parked: %s", errand.key, claim.channel, error)
            await self._post.workers.write(self._ledger.park, claim, errand, str(error))
            return None
        # In a broken channel it is the channel that waits, and so it is in an outage: its messages are due at once afterwards.
        until = now if error.is_channel or is_away else todo.until
        await self._post.workers.write(self._ledger.postpone, claim, errand, str(error), until, is_unsure=not error.is_refused)
        if error.is_channel:
            await self._broken(error)
        return Wait(now + LONGEST_RETRY, "outage", str(error)) if is_away else _wait(todo, error)

    async def _broken(self, error: PlatformError) -> None:
        self._post.troubles.begin(self._claim, error)
        if self._claim.name is None and not error.is_account:
            self._claim = replace(self._claim, name=await self._post.names.learn(self._claim))
        # A person who cannot be reached is no matter for the admins.
        if error.is_account or not self._claim.is_direct:
            waiting = await self._post.workers.read(self._post.backlog.waiting, self._claim)
            told = alarm(self._claim, error, waiting)
            await self._post.workers.write(self._post.core.admin_alerts.tell, self._claim.organization_id, told)

    async def _repaired(self, errand: OutboxItem) -> None:
        # What failed before may have failed in a process that is gone: the ledger knows whether anybody was told.
        if self._post.troubles.end(self._claim) or errand.tries:
            for key in keys_of(self._claim):
                await self._post.workers.write(self._post.core.admin_alerts.end, key)

    def _ask(self, errand: OutboxItem) -> Ask:
        call: Call = "post" if errand.is_posted else "update"
        return Ask(self._claim.platform, self._claim.tenant or "", self._claim.channel, call, is_patient=errand.kind == "numbers")

    def _count(self, errand: OutboxItem, since: datetime | None) -> None:
        counts, platform = self._post.counts, self._claim.platform
        counts.sent.labels(platform, errand.kind).inc()
        if since is not None:
            counts.lag.labels(platform).observe(max(0.0, (self._post.core.clock() - since).total_seconds()))


class NotSwitchedOn(PlatformError):
    """This process does not know the platform at all."""


def _wait(todo: RetryDecision, error: PlatformError) -> Wait | None:
    """What a channel waits for after a failure; None where only the one thing does."""
    if todo.until is None or not todo.is_for_all:
        return None
    if error.is_channel:
        # One that is not switched on in this process is tried by no probe, so its channels wait like broken ones.
        is_platform = error.is_account and not isinstance(error, NotSwitchedOn)
        return Wait(todo.until, "account" if is_platform else "repair", str(error))
    is_asked_for = error.retry_after is not None and not error.is_outage
    return Wait(todo.until, "patience" if is_asked_for else "retry", str(error))


async def _in_time(call: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await call
    except TimeoutError:
        raise PlatformError(f"no answer within {CALL_SECONDS:g} seconds") from None
