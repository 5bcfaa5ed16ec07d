"""The reconcile loop: finds channels that do not show the truth, draws the issue as it is now, and records what is shown."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import cards
from bot.platform import Address, ChatPlatform, PlatformError
from bot.workers import Workers
from core.errors import DatabaseAway
from core.messages import Claim, Due, Messages
from core.views import IssueView

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between looks when nobody wakes the sender: another process may have changed something."""
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=5)
LONGEST_WISH = 3600.0
"""Seconds that a platform may make a channel wait at a time."""
GIVE_UP_AFTER = 390
"""Tries before a message is parked: about 24 hours with the usual pauses between them."""
MOST_IN_A_ROW = 20
"""Messages a channel gets in one claim, well within its lease."""


@dataclass(frozen=True)
class Post:
    """What the sender needs beside the ledger."""

    messages: Messages
    platforms: Mapping[str, ChatPlatform]
    workers: Workers
    clock: Callable[[], datetime]
    links_begin_with: str


class Sender:
    """Keeps every copy true, in this process. Any number of processes may do so: each claims the channels it works on."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._wanted = asyncio.Event()
        self._stopping = False
        self._busy: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something changed: look now. Must be called on the event loop."""
        self._wanted.set()

    async def run(self) -> None:
        """Sends until stopped; what is being sent then is finished and recorded."""
        while not self._stopping:
            self._wanted.clear()
            try:
                await self._look()
            except DatabaseAway as error:
                log.warning("the sender waits: %s", error)
            except Exception:
                # Whatever it was, the promises are still in the database; the next look finds them.
                log.exception("the sender failed and goes on")
            await self._pause()
        await asyncio.gather(*self._busy, return_exceptions=True)

    def stop(self) -> None:
        """Asks ``run`` to end."""
        self._stopping = True
        self._wanted.set()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._wanted.wait(), LOOK_EVERY)
        except TimeoutError:
            return

    async def _look(self) -> None:
        for claim in await self._post.workers.write(self._post.messages.claim):
            task = asyncio.create_task(self._serve(claim))
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)

    async def _serve(self, claim: Claim) -> None:
        """Brings one channel up to date, in order, and gives it back."""
        wait_until: datetime | None = None
        try:
            wait_until = await self._work_off(claim)
        except DatabaseAway as error:
            log.warning("channel %s waits: %s", claim.channel, error)
        except Exception:
            log.exception("channel %s: sending failed", claim.channel)
        finally:
            await self._give_back(claim, wait_until)
            self.wake()

    async def _give_back(self, claim: Claim, wait_until: datetime | None) -> None:
        try:
            await self._post.workers.write(self._post.messages.release, claim, wait_until)
        except DatabaseAway:
            log.warning("channel %s stays claimed until its lease ends: the database is away", claim.channel)

    async def _work_off(self, claim: Claim) -> datetime | None:
        """Returns when to look at this channel again, if something did not work: what comes later must not overtake it."""
        for _ in range(MOST_IN_A_ROW):
            found = await self._post.workers.read(self._post.messages.next, claim)
            if found is None or self._stopping:
                return None
            due, issue = found
            try:
                external_id = await self._send(claim, due, issue)
            except PlatformError as error:
                if wait_until := await self._failed(claim, due, error):
                    return wait_until
            except Exception as error:
                # A defect of ours, with this one message: it holds up neither the channel nor the processor.
                log.exception("message %s in %s could not be sent", due.message_id, claim.channel)
                await self._failed(claim, due, PlatformError(f"defect: {type(error).__name__}"))
            else:
                await self._post.workers.write(self._post.messages.shown, claim, due, external_id, issue.version)
        return None

    async def _send(self, claim: Claim, due: Due, issue: IssueView) -> str:
        platform = self._post.platforms.get(claim.platform)
        if platform is None:
            raise PlatformError(f"{claim.platform} is not switched on")
        if issue.project.organisation_id != claim.organisation_id:
            raise PlatformError("the issue belongs to another organisation", permanent=True)
        address = Address(claim.tenant or "", claim.channel, claim.service_url)
        card = cards.alert(issue, self._post.links_begin_with)
        if due.external_id is None:
            return await platform.post(address, card, f"message-{due.message_id}")
        await platform.update(address, due.external_id, card)
        return due.external_id

    async def _failed(self, claim: Claim, due: Due, error: PlatformError) -> datetime | None:
        """Notes a failure on the message. Returns until when the channel waits; what is parked holds nobody up."""
        if error.permanent or due.tries >= GIVE_UP_AFTER:
            log.warning("message %s in %s is parked: %s", due.message_id, claim.channel, error)
            await self._post.workers.write(self._post.messages.park, claim, due, str(error))
            return None
        wait = timedelta(seconds=min(error.retry_after, LONGEST_WISH)) if error.retry_after else _pause_after(due.tries)
        until = self._post.clock() + wait
        await self._post.workers.write(self._post.messages.postpone, claim, due, str(error), until)
        return until


def _pause_after(tries: int) -> timedelta:
    """Longer each time, and never the same for all, so that they do not come back all at once."""
    longest = min(FIRST_RETRY * int(2 ** min(tries, 12)), LONGEST_RETRY)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  jitter is no secret
