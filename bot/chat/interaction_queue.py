"""Process interactions from arrival to reply: each is carried out or stored before it is acknowledged.

An interaction that takes longer than a person should wait is stored in the database (see ``core.db.pending``) and then acknowledged. It is carried
out in any case: here or, if this process dies, by the next process that looks. If it can neither be carried out nor stored in time, it is not
acknowledged: the platform tells the person, or sends it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from bot.chat.acknowledgements import Arrivals, CallPermission
from bot.chat.dispatch import AWAY
from bot.chat.elements import Notice, Reply
from bot.chat.interactions import LinksShared, ThreadReply
from bot.chat.platform import Answering, ChatPlatform, PlatformError, Received, at_once
from bot.security.secrets import Sealer
from core.errors import DatabaseAway
from core.processes.interactions import PendingInteractions, StoredInteraction

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5.0
"""Seconds until the retry of an interaction that failed because the database was down."""
MAX_TAKEN_OVER = 10
"""The most interactions of other processes that a process takes over at a time."""
STOP_SECONDS = 2.0
"""How long these may take during shutdown; interrupted ones stay stored."""
_THREADS = 4

KEPT = Notice(("Quell's database does not answer. What you asked for is kept and is done as soon as it does: no need to ask again.",))
EXPIRED = Notice(
    ("Quell's database did not answer for an hour, so what you asked for then was not done. Nothing was changed: ask again.",), is_refusal=True
)


@dataclass(frozen=True)
class QueueTimings:
    """The timings of interactions, in seconds."""

    store_after: float = 0.1
    """When an unfinished interaction is stored. Most take a fifth of this, and are never stored."""
    patience: float = 0.25
    """How long a person waits for the reply to a stored interaction: half a second feels immediate."""
    give_up_after: float = 1.5
    """When an interaction that is neither carried out nor stored is refused; the response must be sent within two seconds."""
    look_every: float = 1.0
    """Time between polls for interactions of other processes."""


@dataclass(frozen=True)
class _Stored:
    """The result of storing an interaction. If another process stored the same interaction, which a platform sent twice, it has no number here."""

    is_kept: bool
    number: int | None = None
    is_known: bool = False
    """Whether the person already knows that it takes longer."""


@dataclass
class Accepted:
    """An interaction that may be acknowledged if ``is_kept``; ``reply`` is the reply, if it is known yet.

    Await either ``finish`` or ``settle`` after the acknowledgement or the refusal.
    """

    is_kept: bool
    reply: Reply | None
    _queue: InteractionQueue
    _received: Received
    _answer: asyncio.Task[Reply]
    _storing: asyncio.Future[_Stored] | None
    _outbound: CallPermission
    _acknowledged: Callable[[], None]

    async def finish(self) -> None:
        """Wait until it is carried out, and send the reply."""
        self._acknowledged()
        self._outbound.open()
        # After a cancellation it stays stored; work in a thread runs to its end.
        await self._queue.carry_out(self._received, asyncio.shield(self._answer), self._storing)

    async def settle(self) -> None:
        """Record that the reply was sent with the acknowledgement; if the reply only says that it takes longer, the interaction stays stored."""
        self._acknowledged()
        if self.reply is KEPT:
            await self._queue.postpone(self._storing)
        else:
            await self._queue.forget(self._storing)


@dataclass
class InteractionQueue:
    """Accepts interactions and ensures that each accepted one is carried out once. One per process."""

    pending: PendingInteractions
    answering: Answering
    sealer: Callable[[], Sealer]
    """Returns the sealer; called once, when something must be stored or read."""
    timings: QueueTimings = field(default_factory=QueueTimings)
    _unacknowledged: set[int] = field(default_factory=set)
    """The numbers of the stored interactions that this process works on."""
    _taken_over: set[int] = field(default_factory=set)
    """The finished interactions that could not be removed yet."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _arrivals: Arrivals = field(default_factory=Arrivals)

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="quell-pending")
        self._sealer: Sealer | None = None

    async def accept(self, received: Received, patience: float | None = None, *, may_call: bool = False) -> Accepted:
        """Start an interaction; return when it may be acknowledged: as soon as it is done, or stored, or can be neither.

        ``patience`` is how long, in seconds, to wait for the reply of a stored interaction; by default the timing of that name. ``may_call`` is for
        interactions whose reply is the acknowledgement: the platform may be called before it.
        """
        loop, timings = asyncio.get_running_loop(), self.timings
        patience = timings.patience if patience is None else patience
        begun, acknowledged = loop.time(), self._arrivals.begin(2 * timings.give_up_after)
        outbound, storing = CallPermission(is_open=may_call), None
        answer = asyncio.create_task(_answered(received, outbound))
        await _first(timings.store_after, answer, outbound.wanted)
        if not answer.done():
            storing = asyncio.create_task(self._store(received))
            await _first(begun + timings.give_up_after - loop.time(), answer, storing)
            if storing.done() and not (storing.result().is_kept or outbound.wanted.done()):
                await _first(begun + timings.give_up_after - loop.time(), answer)
            elif storing.done():
                await _first(begun + patience - loop.time(), answer, outbound.wanted)
        is_stored = storing is not None and storing.done() and storing.result().is_kept
        reply = _reply(answer, is_stored=is_stored) if answer.done() else None
        return Accepted(is_stored or reply is not None, reply, self, received, answer, storing, outbound, acknowledged)

    async def quiet(self) -> None:
        """Wait until all arrivals are acknowledged, for at most the patience of a person: no platform is called before that."""
        await self._arrivals.quiet(self.timings.patience)

    async def carry_out(self, received: Received, answer: asyncio.Future[Reply], storing: asyncio.Future[_Stored] | None) -> None:
        """Send the reply and remove the interaction. If the database is down, postpone a stored interaction."""
        try:
            reply = await answer
        except DatabaseAway:
            if storing and (await storing).is_kept:
                await self._tell_kept(received, await storing)
                await self.postpone(storing)
                return
            reply = AWAY
        except Exception as error:  # noqa: BLE001 - tried again, and dropped at last
            # Leave out the message: it may quote a person's text.
            log.error("an interaction failed: platform=%s error=%s", received.interaction.person.platform, type(error).__name__)
            if storing:
                await self._postpone((await storing).number, is_fault=True)
            return
        await self._bring(received, reply)
        await self.forget(storing)

    async def forget(self, storing: asyncio.Future[_Stored] | None) -> None:
        """Remove a finished interaction, if it was stored."""
        number = (await storing).number if storing else None
        if number is None:
            return
        self._unacknowledged.discard(number)
        self._taken_over.add(number)
        try:
            await self._clear()
        except DatabaseAway:
            log.warning("an interaction that is done could not be removed yet")

    async def postpone(self, storing: asyncio.Future[_Stored] | None) -> None:
        """Schedule a retry of a stored interaction, because the database is down."""
        await self._postpone((await storing).number if storing else None, is_fault=False)

    async def run(self, platforms: Mapping[str, ChatPlatform]) -> None:
        """Send signs of life, and carry out interactions that other processes left; runs until cancelled."""
        is_away = False
        while True:
            try:
                await self._look(platforms)
                is_away = False
            except DatabaseAway as error:
                if not is_away:
                    log.warning("nobody knows what is pending: %s", error)
                is_away = True
            except Exception:
                log.exception("looking for pending interactions failed and goes on")
            await asyncio.sleep(self.timings.look_every)

    async def drain(self) -> None:
        """Wait for interactions taken over from other processes, for at most ``STOP_SECONDS``; interrupted ones stay stored."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def close(self) -> None:
        """Give back unfinished interactions, so that another process can take them at once."""
        if self._unacknowledged:
            await self._in_thread(self.pending.release)
            self._unacknowledged.clear()
        self._threads.shutdown()

    async def _store(self, received: Received) -> _Stored:
        interaction = received.interaction
        try:
            number = await self._in_thread(self._keep, interaction.person.platform, interaction.request_id, received.payload)
        except Exception as error:  # noqa: BLE001 - whatever it was: what is not stored is not acknowledged
            log.warning("an interaction could not be stored: platform=%s error=%s", interaction.person.platform, type(error).__name__)
            return _Stored(is_kept=False)
        if number is not None:
            self._unacknowledged.add(number)
        return _Stored(is_kept=True, number=number)

    def _keep(self, platform: str, request_id: str, payload: Mapping[str, Any]) -> int | None:
        return self.pending.keep(platform, request_id, self._box().seal(payload))

    async def _look(self, platforms: Mapping[str, ChatPlatform]) -> None:
        if self.pending.is_empty:
            return
        await self._clear()
        if self._unacknowledged:
            await self._in_thread(self.pending.extend)
        free = MAX_TAKEN_OVER - len(self._tasks)
        for taken in await self._in_thread(self.pending.claim, free) if free else ():
            self._unacknowledged.add(taken.number)
            self._begin(self._again(taken, platforms.get(taken.platform)))

    async def _again(self, taken: StoredInteraction, platform: ChatPlatform | None) -> None:
        """Carry out, once, an interaction that another process left."""
        try:
            received = await self._read(taken, platform)
        except PlatformError as error:
            log.info("a pending interaction waits: platform=%s reason=%s", taken.platform, error)
            await self._postpone(taken.number, self.timings.look_every, is_fault=False)
            return
        except Exception as error:  # noqa: BLE001 - tried again, and dropped at last
            log.error("a pending interaction could not be read: platform=%s error=%s", taken.platform, type(error).__name__)
            await self._postpone(taken.number, is_fault=True)
            return
        stored = asyncio.get_running_loop().create_future()
        stored.set_result(_Stored(is_kept=True, number=taken.number, is_known=True))
        if received is None:
            log.error("a pending interaction was dropped: platform=%s tries=%s", taken.platform, taken.tries)
            await self.forget(stored)
            return
        log.info("carrying out a pending interaction: platform=%s", taken.platform)
        await self.carry_out(received, asyncio.ensure_future(self._outcome(taken, received)), stored)

    async def _read(self, taken: StoredInteraction, platform: ChatPlatform | None) -> Received | None:
        """Return a stored interaction, or None if it cannot be carried out: it fails every time, has another key, or belongs to another workspace.
        Raises PlatformError.
        """
        payload = None if taken.is_poison else await self._in_thread(self._opened, taken.sealed)
        if payload is None:
            return None
        if platform is None:
            if taken.is_expired:
                return None
            raise PlatformError("this process does not serve that chat")
        return await platform.read_again(payload)

    def _opened(self, sealed: str) -> dict[str, Any] | None:
        return self._box().opened(sealed)

    async def _outcome(self, taken: StoredInteraction, received: Received) -> Reply:
        earlier = await self.answering.earlier(received.interaction)
        if earlier is not None:
            return earlier
        return EXPIRED if taken.is_expired else await received.answer(at_once)

    async def _bring(self, received: Received, reply: Reply) -> None:
        platform = received.interaction.person.platform
        try:
            await received.bring(reply)
        except PlatformError as error:
            log.warning("an answer did not reach its person: platform=%s reason=%s", platform, error)
        except Exception as error:  # noqa: BLE001 - nobody is left to hear of it but the log
            log.error("an answer failed: platform=%s error=%s", platform, type(error).__name__)

    async def _tell_kept(self, received: Received, stored: _Stored) -> None:
        """Tell the person once that it takes longer, if they asked for anything."""
        if not (stored.is_known or isinstance(received.interaction.payload, ThreadReply | LinksShared)):
            await self._bring(received, KEPT)

    async def _postpone(self, number: int | None, seconds: float = RETRY_AFTER_SECONDS, *, is_fault: bool) -> None:
        if number is None:
            return
        self._unacknowledged.discard(number)
        try:
            await self._in_thread(self.pending.postpone, number, seconds, is_fault=is_fault)
        except DatabaseAway:
            log.warning("a pending interaction stays claimed until its lease ends: the database is away")

    async def _clear(self) -> None:
        if over := tuple(self._taken_over):
            await self._in_thread(self.pending.done, over)
            self._taken_over.difference_update(over)

    def _box(self) -> Sealer:
        self._sealer = self._sealer or self.sealer()
        return self._sealer

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))


async def _answered(received: Received, outbound: CallPermission) -> Reply:
    return await received.answer(outbound.passed)


async def _first(seconds: float, *futures: asyncio.Future[Any]) -> None:
    """Wait for the first of these, for at most this long."""
    if seconds > 0:
        await asyncio.wait(futures, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


def _reply(answer: asyncio.Task[Reply], *, is_stored: bool) -> Reply | None:
    """Return the reply, or None after an unexpected failure."""
    error = answer.exception()
    if error is None:
        return answer.result()
    return (KEPT if is_stored else AWAY) if isinstance(error, DatabaseAway) else None
