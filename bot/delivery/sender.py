"""The reconcile loop: find channels whose messages are out of date, and start a channel run for each."""

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
"""How long a channel may take for one item: more than a search, a send, and the waits for the database together."""
STOP_SECONDS = 2.0
"""How long a send in progress may take during shutdown. After a cut-off, the next sender searches for the post."""


class Sender:
    """Keeps all copies up to date, in this process. Several processes may do so at once: each claims the channels it works on."""

    def __init__(self, deps: SenderDeps) -> None:
        self._deps = deps
        self._woken = asyncio.Event()
        self._wakes = 0
        """The number of wake-ups so far."""
        self._stopping = False
        self._busy: set[asyncio.Task[None]] = set()
        self._runs: set[ChannelRun] = set()
        self._last_loop_at = monotonic()

    def wake(self) -> None:
        """Look for work now, because something changed. Must be called on the event loop."""
        self._wakes += 1
        self._woken.set()

    async def run(self) -> None:
        """Send until stopped; a send in progress is finished and recorded, if it does not take longer than STOP_SECONDS."""
        while not self._stopping:
            self._woken.clear()
            self._last_loop_at = monotonic()
            try:
                await self._look()
            except DatabaseAway as error:
                log.warning("the sender waits: %s", error)
            except Exception:
                # In any case the outbox is still in the database; the next poll finds it.
                log.exception("the sender failed and goes on")
            await self._pause()
        await self._finish()

    def stop(self) -> None:
        """Ask ``run`` to end."""
        self._stopping = True
        self._woken.set()

    def is_running(self, within: float) -> bool:
        """Return whether the loop ran within this many seconds, and no channel is stuck."""
        now = monotonic()
        return now - self._last_loop_at <= within and all(now - run.step_at <= STUCK_SECONDS for run in self._runs)

    def heard_from(self, platform: str, channel: str) -> None:
        """Retry a broken channel at once, because somebody did something there and may have repaired it."""
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
        """Bring one channel up to date and give it back. ``wakes`` is the number of wake-ups when it was claimed."""
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
                # More may be due by now: no other poll could find it while the channel was claimed.
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
