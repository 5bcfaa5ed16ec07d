"""Faults that can be switched on for a service, to see what the bot does when the platform misbehaves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.playground.store import Json, Store

MODES = ("429", "5xx", "slow", "lost", "reset", "error")
"""429 and 5xx refuse the request; slow delays it; lost handles the request and drops the response; reset drops the request unhandled;
error responds with the platform's error code in `code`."""


class Refusals(Protocol):
    """The responses of a service to a request that fails."""

    def busy(self, seconds: int) -> Response:
        """Return the response for too many requests."""

    def broken(self) -> Response:
        """Return the response of a service that is out of order."""

    def error(self, code: str) -> Response:
        """Return the response for an error of the platform with this code."""


class Faults:
    """The active faults: at most one for each platform, channel and method. A fault without a channel or a method applies to all of them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def set(self, fault: Json) -> None:
        """Switch a fault on, or off if its mode is null. Raises ValueError for an unknown platform or mode."""
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
        """Return the active faults."""
        return self._store.every("fault")

    def clear(self) -> None:
        """Switch all faults off."""
        self._store.clear("fault")

    def next(self, platform: str, channel: str, method: str) -> Json | None:
        """Return the fault for this request, if any. A fault with a `count` ends after that many requests."""
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


def _is_for(fault: Json, name: str, value: str) -> bool:
    return fault.get(name) in (None, "", value)


async def apply_fault(fault: Json | None, refusals: Refusals, handle: Callable[[], Awaitable[Response]]) -> Response:
    """Handle a request as the fault allows; without a fault, handle it normally."""
    mode = fault["mode"] if fault else None
    seconds = float((fault or {}).get("seconds") or 2)
    if mode == "429":
        return refusals.busy(max(1, round(seconds)))
    if mode == "5xx":
        return refusals.broken()
    if mode == "error":
        return refusals.error(str((fault or {}).get("code") or "fatal_error"))
    if mode == "reset":
        return DroppedConnection()
    if mode == "slow":
        await asyncio.sleep(seconds)
    response = await handle()
    return DroppedConnection() if mode == "lost" else response


class DroppedConnection(Response):
    """Closes the connection without a response.

    ASGI cannot express this, so it aborts the server's transport. Where middleware hides the transport, it sends an incomplete
    response instead, which every client treats as a failure too.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection."""
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if transport is None:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
            return
        transport.abort()
        while not await Request(scope, receive).is_disconnected():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)  # the server learns of the closed connection in the next turn of the loop
