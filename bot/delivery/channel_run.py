"""A channel run: the sender that claimed a channel brings it up to date, item by item and in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic
from typing import TypeVar

from prometheus_client import CollectorRegistry

from bot.chat.elements import Content
from bot.chat.platform import Address, BeforeCalling, ChatPlatform, OutgoingNote, PlatformError, at_once
from bot.delivery.channel_names import ChannelNames
from bot.delivery.compose import compose
from bot.delivery.outages import ChannelTroubles, OutageMonitor, admin_alert, alert_keys
from bot.delivery.rate_limits import Ask, Call, RateLimits
from bot.delivery.retry import FIRST_RETRY_DELAY, MAX_RETRY_DELAY, RetryDecision, failure_label, retry_decision
from bot.metrics import Outbound
from bot.workers import Workers
from core.bootstrap import Core
from core.notify.outages import Backlog
from core.notify.outbox import Claim, ClaimLost, OutboxItem, Wait

T = TypeVar("T")
log = logging.getLogger(__name__)

MAX_ITEMS_PER_CLAIM = 20
"""The most items that one claim sends, well within its lease."""
MIN_HOLD_SECONDS, MAX_HOLD_SECONDS = 0.5, 2.0
"""How long a channel is left alone if no token is free. Short, because newer items may need other tokens, such as an alert behind redraws. Longer
if many channels wait, because each poll costs the database something.
"""
MAX_POLLS_PER_SECOND = 50
"""Polls per second of channels that wait."""


@dataclass(frozen=True)
class SenderTimings:
    """The timings of the senders of a process, in seconds."""

    look_every: float = 1.0
    """Seconds between polls if nothing wakes the sender: another process may have changed something."""
    call_seconds: float = 12.0
    """The timeout of one call, including tokens and the platform client's own retries. Less than a lease, so that a hanging platform blocks only
    the channels in which it hangs.
    """
    first_retry: timedelta = FIRST_RETRY_DELAY
    """The longest pause after the first failure; it doubles with each further failure."""


@dataclass(frozen=True)
class SenderDeps:
    """The objects that the senders of a process share."""

    core: Core
    platforms: Mapping[str, ChatPlatform]
    workers: Workers
    links_begin_with: str
    rate_limits: RateLimits
    metrics: Outbound = field(default_factory=lambda: Outbound(CollectorRegistry()))
    troubles: ChannelTroubles = field(default_factory=ChannelTroubles)
    before_calling: BeforeCalling = at_once
    timings: SenderTimings = field(default_factory=SenderTimings)
    outages: OutageMonitor = field(init=False)
    names: ChannelNames = field(init=False)

    def __post_init__(self) -> None:
        """Create the outage monitor and the channel names, which all senders share."""
        object.__setattr__(self, "outages", OutageMonitor(self.core, self.workers))
        object.__setattr__(self, "names", ChannelNames(self.core, self.workers, self.platforms))

    @property
    def backlog(self) -> Backlog:
        """Return how many items wait for a channel."""
        return Backlog(self.core.database, self.core.clock)


@dataclass(frozen=True)
class SendResult:
    """The platform id of the message that now shows an item, and the version that it shows."""

    external_id: str
    version: int


class ChannelRun:
    """Sends everything due in one claimed channel."""

    def __init__(self, deps: SenderDeps, claim: Claim) -> None:
        self._deps = deps
        self._claim = claim
        self._outbox = deps.core.outbox
        self._address = Address(claim.tenant or "", claim.channel, claim.service_url, claim.is_direct)
        self.step_at = monotonic()
        """The time of the last progress, in seconds of the monotonic clock."""
        self.is_given_back = False
        """Whether the channel was given back together with its last due item."""

    async def run(self, is_over: Callable[[], bool]) -> Wait | None:
        """Send the due items. Return when to look at this channel again if an item has to wait, because later items must not overtake it."""
        item = await self._next()
        for _ in range(MAX_ITEMS_PER_CLAIM):
            self.step_at = monotonic()
            if item is None or is_over():
                return None
            if wait := self._has_to_wait(item):
                return wait
            try:
                sent = await self._send(item)
            except ClaimLost:
                # Then giving the channel back has no effect.
                return Wait(self._deps.core.clock())
            except PlatformError as error:
                failure = error
            except Exception as error:
                # A bug of ours with this one item must block neither the channel nor the CPU.
                log.exception("%s in %s could not be sent", item.key, self._claim.channel)
                failure = PlatformError(f"defect: {type(error).__name__}", is_outage=False)
            else:
                item = await self._shown(item, sent)
                continue
            if wait := await self._on_failure(item, failure):
                return wait
            item = await self._next()
        return None

    async def _next(self) -> OutboxItem | None:
        return await self._deps.workers.read(self._outbox.next, self._claim)

    async def _shown(self, item: OutboxItem, sent: SendResult) -> OutboxItem | None:
        """Record what was sent. Return the next item."""
        following = await self._deps.workers.write(self._outbox.mark_shown, self._claim, item, sent.external_id, sent.version)
        self.is_given_back = following is None
        await self._deps.outages.answered(self._claim)
        self._claim = replace(self._claim, is_probe=False, waited_for=None)
        await self._on_success(item)
        self._count(item)
        return following

    def _has_to_wait(self, item: OutboxItem) -> Wait | None:
        ask = self._rate_limit_request(item)
        wait = self._deps.rate_limits.wait(ask)
        if not wait:
            return None
        self._deps.metrics.held.labels(ask.platform, ask.call).inc()
        return Wait(self._deps.core.clock() + timedelta(seconds=min(wait, self._hold())), "turn")

    def _hold(self) -> float:
        return min(MAX_HOLD_SECONDS, max(MIN_HOLD_SECONDS, self._deps.rate_limits.held / MAX_POLLS_PER_SECOND))

    async def _send(self, item: OutboxItem) -> SendResult:
        """Post an item, redraw it, or send it to its thread. Raises PlatformError (permanent if the message is gone) or ClaimLost."""
        platform = self._deps.platforms.get(self._claim.platform)
        if platform is None:
            raise NotSwitchedOn(f"{self._claim.platform} is not switched on", is_account=True, is_refused=True)
        if item.is_new_post and (found := await self._find_earlier_post(platform, item)):
            # The post shows an older state, so version 0 forces a redraw.
            return SendResult(found, 0)
        work = self._deps.workers.write if item.is_new_post else self._deps.workers.read
        content = await work(self._outbox.begin, self._claim, item)
        if content is None:
            raise PlatformError("what it tells of is gone, or belongs to another organization", permanent=True)
        composed = compose(content, self._deps.links_begin_with)
        await self._deps.before_calling()
        return SendResult(await _in_time(self._call(platform, item, composed.content), self._deps.timings.call_seconds), composed.version)

    async def _call(self, platform: ChatPlatform, item: OutboxItem, content: Content | OutgoingNote) -> str:
        """Call the platform; return the platform id of the message that shows the item."""
        if isinstance(content, OutgoingNote):
            if item.external_id is not None:
                return await platform.reply(self._address, item.external_id, content, item.key)
            content = content.text
        if item.external_id is None:
            return await platform.post(self._address, content, item.key)
        await platform.update(self._address, item.external_id, content)
        return item.external_id

    async def _find_earlier_post(self, platform: ChatPlatform, item: OutboxItem) -> str | None:
        """Return the post that an earlier try created although its answer was lost."""
        if item.asked_at is None:
            return None
        where = replace(self._address, thread=item.external_id)
        try:
            return await _in_time(platform.find(where, item.key, item.asked_at), self._deps.timings.call_seconds)
        except PlatformError as error:
            # The failed call was only a search: it is still unknown whether the post exists.
            reason, wait = f"cannot look for an earlier try: {error}", error.retry_after
            flags = {"is_channel": error.is_channel, "is_account": error.is_account, "is_outage": error.is_outage}
            raise PlatformError(reason, retry_after=wait, **flags) from None

    async def _on_failure(self, item: OutboxItem, error: PlatformError) -> Wait | None:
        """Record a failure. Return until when the channel waits; a parked item does not block the items behind it."""
        now, claim = self._deps.core.clock(), self._claim
        self._deps.metrics.failures.labels(claim.platform, failure_label(error)).inc()
        is_away = not isinstance(error, NotSwitchedOn) and await self._deps.outages.failed(claim, error)
        decision = retry_decision(item, error, now, self._deps.timings.first_retry)
        if decision.until is None:
            log.warning("%s in %s is parked: %s", item.key, claim.channel, error)
            await self._deps.workers.write(self._outbox.park, claim, item, str(error))
            return None
        # In a broken channel or an outage the channel waits, so its messages are due at once afterwards.
        until = now if error.is_channel or is_away else decision.until
        await self._deps.workers.write(self._outbox.postpone, claim, item, str(error), until, is_unsure=not error.is_refused)
        if error.is_channel:
            await self._on_broken_channel(error)
        return Wait(now + MAX_RETRY_DELAY, "outage", str(error)) if is_away else _wait(decision, error)

    async def _on_broken_channel(self, error: PlatformError) -> None:
        self._deps.troubles.begin(self._claim, error)
        if self._claim.name is None and not error.is_account:
            self._claim = replace(self._claim, name=await self._deps.names.learn(self._claim))
        # A person who cannot be reached is not worth an admin alert.
        if error.is_account or not self._claim.is_direct:
            waiting = await self._deps.workers.read(self._deps.backlog.waiting, self._claim)
            alert = admin_alert(self._claim, error, waiting)
            await self._deps.workers.write(self._deps.core.admin_alerts.alert, self._claim.organization_id, alert)

    async def _on_success(self, item: OutboxItem) -> None:
        # Earlier failures may belong to a process that is gone: the database knows whether an alert was sent.
        if self._deps.troubles.end(self._claim) or item.tries:
            for key in alert_keys(self._claim):
                await self._deps.workers.write(self._deps.core.admin_alerts.end, key)

    def _rate_limit_request(self, item: OutboxItem) -> Ask:
        call: Call = "post" if item.is_new_post else "update"
        return Ask(self._claim.platform, self._claim.tenant or "", self._claim.channel, call, is_patient=item.kind == "numbers")

    def _count(self, item: OutboxItem) -> None:
        counts, platform = self._deps.metrics, self._claim.platform
        counts.sent.labels(platform, item.kind).inc()
        if item.since_at is not None:
            counts.lag.labels(platform).observe(max(0.0, (self._deps.core.clock() - item.since_at).total_seconds()))


class NotSwitchedOn(PlatformError):
    """The platform is not configured in this process."""


def _wait(decision: RetryDecision, error: PlatformError) -> Wait | None:
    """Return what a channel waits for after a failure, or None if only the one item waits."""
    if decision.until is None or not decision.is_for_all:
        return None
    if error.is_channel:
        # No probe tries a platform that this process does not run, so its channels wait like broken ones.
        is_platform = error.is_account and not isinstance(error, NotSwitchedOn)
        return Wait(decision.until, "account" if is_platform else "repair", str(error))
    is_asked_for = error.retry_after is not None and not error.is_outage
    return Wait(decision.until, "patience" if is_asked_for else "retry", str(error))


async def _in_time(call: Awaitable[T], seconds: float) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError:
        raise PlatformError(f"no answer within {seconds:g} seconds") from None
