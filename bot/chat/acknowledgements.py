"""What has come in and is not acknowledged yet, and whether the chat may be called for it before it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class CallPermission:
    """Whether the chat may be called for one interaction: not before it is acknowledged, unless the answer is the acknowledgement."""

    def __init__(self, *, is_open: bool) -> None:
        self.wanted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when somebody waits to call."""
        self._opened = asyncio.Event()
        if is_open:
            self.open()

    def open(self) -> None:
        """The chat may be called from now on."""
        self._opened.set()

    async def passed(self) -> None:
        """Waits until the chat may be called."""
        if not self._opened.is_set() and not self.wanted.done():
            self.wanted.set_result(None)
        await self._opened.wait()


class Arrivals:
    """The interactions of this process that are not acknowledged yet."""

    def __init__(self) -> None:
        self._open: set[asyncio.Future[None]] = set()

    def begin(self, seconds: float) -> Callable[[], None]:
        """Notes that something came in. Call the result when it is acknowledged; where the chat has hung up nobody does, so it is called
        after ``seconds`` in any case.
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
        """Waits until all that is there now is acknowledged, for at most ``seconds``."""
        if self._open:
            await asyncio.wait(set(self._open), timeout=seconds)
