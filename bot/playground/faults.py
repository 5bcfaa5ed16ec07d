"""Faults that can be switched on for a service, to see what the bot does when the platform misbehaves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.playground.store import Json, Store

MODES = ("429", "5xx", "slow", "lost", "reset", "error")
"""429 and 5xx refuse, slow waits first, lost does the work and drops the answer, reset drops the request unseen,
error answers with the platform's own error word in `code`."""


class Refusals(Protocol):
    """How a service words the faults."""

    def busy(self, seconds: int) -> Response:
        """Too many requests."""

    def broken(self) -> Response:
        """The service itself is out of order."""

    def error(self, code: str) -> Response:
        """An error of the platform, by its own word."""


class Faults:
    """The faults switched on now, at most one for each platform, channel and method; without a channel or a method it is for all."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def set(self, fault: Json) -> None:
        """Switch a fault on, or off when its mode is null."""
        platform, mode = str(fault.get("platform") or ""), fault.get("mode")
        if platform not in ("slack", "teams"):
            raise ValueError("platform is slack or teams")
        if mode is not None and mode not in MODES:
            raise ValueError(f"mode is null or one of {', '.join(MODES)}")
        place = [str(fault.get(name) or "") for name in ("channel", "method")]
        key = " ".join([platform, *place])
        if mode is not None:
            self._store.put("fault", key, {**fault, "key": key})
            return
        for other in self.all():
            if other["platform"] == platform and (not any(place) or other["key"] == key):
                self._store.drop("fault", other["key"])

    def all(self) -> list[Json]:
        """What is switched on."""
        return self._store.every("fault")

    def clear(self) -> None:
        """All is well again."""
        self._store.clear("fault")

    def next(self, platform: str, channel: str, method: str) -> Json | None:
        """The fault that meets this request; one with a `count` is used up by as many requests."""
        for fault in self.all():
            if fault["platform"] == platform and _is_for(fault, "channel", channel) and _is_for(fault, "method", method):
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Json) -> None:
        if fault.get("count") is None:
            return
        left = int(fault["count"]) - 1
        if left > 0:
            self._store.put("fault", fault["key"], {**fault, "count": left})
        else:
            self._store.drop("fault", fault["key"])


def _is_for(fault: Json, name: str, asked: str) -> bool:
    return fault.get(name) in (None, "", asked)


async def meet(fault: Json | None, says: Refusals, work: Callable[[], Awaitable[Response]]) -> Response:
    """Do the work as the fault allows; without a fault just do it."""
    mode = fault["mode"] if fault else None
    seconds = float((fault or {}).get("seconds") or 2)
    if mode == "429":
        return says.busy(max(1, round(seconds)))
    if mode == "5xx":
        return says.broken()
    if mode == "error":
        return says.error(str((fault or {}).get("code") or "fatal_error"))
    if mode == "reset":
        return HungUp()
    if mode == "slow":
        await asyncio.sleep(seconds)
    answer = await work()
    return HungUp() if mode == "lost" else answer


class HungUp(Response):
    """Closes the connection without an answer.

    ASGI has no word for this, so the server's own connection is asked for; behind middleware that hides it, half an
    answer is sent instead, which every client treats as a failure as well.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hang up."""
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if transport is None:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
            return
        transport.abort()
        while not await Request(scope, receive).is_disconnected():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)  # the loop has yet to tell the server that the line is dead
