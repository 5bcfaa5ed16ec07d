"""Track interactions that are not acknowledged yet, and whether the platform may be called before that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class CallPermission:
    """Whether the platform may be called for one interaction: only after its acknowledgement, unless the reply is the acknowledgement."""

    def __init__(self, *, is_open: bool) -> None:
        self.wanted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when a caller waits for the permission."""
        self._opened = asyncio.Event()
        if is_open:
            self.open()

    def open(self) -> None:
        """Allow calls from now on."""
        self._opened.set()

    async def passed(self) -> None:
        """Wait until calls are allowed."""
        if not self._opened.is_set() and not self.wanted.done():
            self.wanted.set_result(None)
        await self._opened.wait()


class Arrivals:
    """The interactions of this process that are not acknowledged yet."""

    def __init__(self) -> None:
        self._open: set[asyncio.Future[None]] = set()

    def begin(self, seconds: float) -> Callable[[], None]:
        """Record an arrival. Call the result at its acknowledgement; if the platform has hung up, so that nobody calls it, it is called after
        ``seconds``.
        """
        arrival: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open.add(arrival)

        def acknowledged() -> None:
            late.cancel()
            self._open.discard(arrival)
            if not arrival.done():
                arrival.set_result(None)

        late = asyncio.get_running_loop().call_later(seconds, acknowledged)
        return acknowledged

    async def quiet(self, seconds: float) -> None:
        """Wait until all current arrivals are acknowledged, for at most ``seconds``."""
        if self._open:
            await asyncio.wait(set(self._open), timeout=seconds)
