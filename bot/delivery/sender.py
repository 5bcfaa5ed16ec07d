"""The reconcile loop: finds channels that do not show the truth, and has each of them brought up to date by a channel run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from time import monotonic

from bot.delivery.channel_run import ChannelRun, SenderDeps
from core.errors import DatabaseAway
from core.notify.outbox import Claim, Wait

__all__ = ["Sender", "SenderDeps"]

log = logging.getLogger(__name__)

STUCK_SECONDS = 60.0
"""How long a channel may take over one thing: longer than looking for it and sending it may, with all the waiting for the database between."""
STOP_SECONDS = 2.0
"""How long what is being sent may take when the program is asked to stop. What is cut off is looked for by whoever sends it next."""


class Sender:
    """Keeps every copy true, in this process. Any number of processes may do so: each claims the channels it works on."""

    def __init__(self, deps: SenderDeps) -> None:
        self._deps = deps
        self._woken = asyncio.Event()
        self._wakes = 0
        """How often something changed."""
        self._stopping = False
        self._busy: set[asyncio.Task[None]] = set()
        self._runs: set[ChannelRun] = set()
        self._last_loop_at = monotonic()

    def wake(self) -> None:
        """Something changed: look now. Must be called on the event loop."""
        self._wakes += 1
        self._woken.set()

    async def run(self) -> None:
        """Sends until stopped; what is being sent then is finished and recorded, if it does not take longer than STOP_SECONDS."""
        while not self._stopping:
            self._woken.clear()
            self._last_loop_at = monotonic()
            try:
                await self._look()
            except DatabaseAway as error:
                log.warning("the sender waits: %s", error)
            except Exception:
                # Whatever it was, the promises are still in the database; the next look finds them.
                log.exception("the sender failed and goes on")
            await self._pause()
        await self._finish()

    def stop(self) -> None:
        """Asks ``run`` to end."""
        self._stopping = True
        self._woken.set()

    def is_running(self, within: float) -> bool:
        """Whether the loop went round within so many seconds, and no channel has hung for longer than anything may take."""
        now = monotonic()
        return now - self._last_loop_at <= within and all(now - run.step_at <= STUCK_SECONDS for run in self._runs)

    def heard_from(self, platform: str, channel: str) -> None:
        """Somebody did something in a channel. Where nothing worked, it may have been repaired: it is tried at once."""
        if self._deps.troubles.has(platform, channel):
            self._begin(self._try_again(platform, channel))

    async def _try_again(self, platform: str, channel: str) -> None:
        with suppress(DatabaseAway):
            await self._deps.workers.write(self._deps.core.channels.mark_added, platform, channel)
        self.wake()

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self._deps.timings.look_every)
        except TimeoutError:
            return

    async def _look(self) -> None:
        wakes = self._wakes
        for claim in await self._deps.workers.write(self._deps.core.outbox.claim):
            self._begin(self._run_channel(claim, wakes))

    async def _run_channel(self, claim: Claim, wakes: int) -> None:
        """Brings one channel up to date and gives it back. ``wakes`` is how often something had changed when it was claimed."""
        wait: Wait | None = None
        work = ChannelRun(self._deps, claim)
        self._runs.add(work)
        try:
            wait = await work.run(lambda: self._stopping)
        except DatabaseAway as error:
            log.warning("channel %s waits: %s", claim.channel, error)
        except Exception:
            log.exception("channel %s: sending failed", claim.channel)
        finally:
            self._runs.discard(work)
            if not work.is_given_back:
                await self._give_back(claim, wait)
            if not work.is_given_back or self._wakes != wakes:
                # More may be due there by now, which no other look has found while the channel was claimed.
                self.wake()
        if wait is None and self._deps.names.is_wanted(claim):
            await self._deps.names.learn(claim)

    async def _give_back(self, claim: Claim, wait: Wait | None) -> None:
        try:
            await self._deps.workers.write(self._deps.core.outbox.release, claim, wait)
        except DatabaseAway:
            log.warning("channel %s stays claimed until its lease ends: the database is away", claim.channel)

    async def _finish(self) -> None:
        if not self._busy:
            return
        _, late = await asyncio.wait(self._busy, timeout=STOP_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
