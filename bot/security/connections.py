"""Limit HTTP connections, so that a client can neither fill nor stall the server: uvicorn bounds neither the size nor the time of a request's head.

Three limits: the bytes of a head, the time without progress, and the number of connections. If all connections are taken, the one whose client has
been silent longest is closed, so silent connections cannot keep a chat's request out.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

KIB = 1024
LOGGER = "uvicorn.error.connections"
"""uvicorn's logger for unreadable requests. Clients could fill the log with it."""


@dataclass(frozen=True)
class ConnectionLimits:
    """The limits of one client and of all clients together."""

    head_bytes: int = 64 * KIB
    """Size of request line and headers. Also limits trailers and chunk extensions."""
    head_seconds: float = 10.0
    """Time from the start of the connection, or from the first byte of a later request, to the end of the head."""
    stall_seconds: float = 30.0
    """Time without progress of a body that the server waits for, or of an answer that the client does not read."""
    linger_seconds: float = 5.0
    """Time for the client to read an answer that was sent before its request had ended."""
    idle_seconds: float = 75.0
    """Time between an answer and the next request. Longer than clients and proxies keep a connection (AWS and nginx: 60 seconds), so that they
    close it: a request that meets a closing connection is lost, and a person sees that Quell does not answer.
    """
    connections: int = 800
    """Number of connections, below the 1,024 open files that most systems allow."""
    pipelined_requests: int = 16
    """Number of requests on a connection that wait for an earlier answer."""


class BoundedConnection(HttpToolsProtocol):
    """One connection. Exceeding a limit closes it, with an error answer if possible; nothing is raised."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    silent_since: float | None = None
    """When the server began to wait for this client, by the loop's clock; None while it works on a request."""

    _deadline = 0.0
    _timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None
    _idle_bytes = 0  # bytes since the last progress of a request
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrowed by uvicorn already
        """Wait for a head, and make room if there are too many connections."""
        super().connection_made(transport)
        self.logger = logging.getLogger(LOGGER)
        self.timeout_keep_alive = self.limits.idle_seconds  # type: ignore[assignment]  # whole seconds by its type, a fraction does as well
        self._wait(self.limits.head_seconds)
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all waiting."""
        self._stop_waiting()
        self._stop_watching_writes()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came. Refuse a head that has grown too large, whether or not its end has come."""
        if self._is_refused:
            return
        if self._timer is None and self.silent_since is not None:
            self._wait(self.limits.head_seconds)
        self._idle_bytes += len(data)
        super().data_received(data)
        if self._idle_bytes > self.limits.head_bytes:
            self.send_400_response("")

    def on_headers_complete(self) -> None:
        """Wait for the body. Raises into the parser, which then calls ``send_400_response``."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.limits.head_bytes:
            self._idle_bytes = size
            raise OverflowError
        if len(self.pipeline) >= self.limits.pipelined_requests:
            raise OverflowError
        self._idle_bytes = 0
        self._wait(self.limits.stall_seconds)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count it as progress, unless the request was answered already."""
        self._idle_bytes = 0
        if not self.cycle.response_complete:
            self.silent_since = self.loop.time()
            self._deadline = self.silent_since + self.limits.stall_seconds
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop waiting: the server works now. If the request was answered already, wait for the next one."""
        self._idle_bytes = 0
        if self.cycle.response_complete:
            self._wait(self.limits.head_seconds)
        else:
            self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of the answered one."""
        has_next = bool(self.pipeline)
        super().on_response_complete()
        if has_next or self.transport.is_closing():
            return
        if self.cycle.more_body:
            self._wait(self.limits.linger_seconds)
        else:
            self.silent_since = self.loop.time()  # uvicorn's keep-alive timeout, our ``idle_seconds``, runs from here

    def pause_writing(self) -> None:
        """Give the client time to read."""
        super().pause_writing()
        self._watch_writes()

    def resume_writing(self) -> None:
        """Stop the write timer: the client reads."""
        super().resume_writing()
        self._stop_watching_writes()

    def send_400_response(self, msg: str) -> None:
        """Answer an unreadable request and disconnect: 431 if its head is too large, else 400 with ``msg``."""
        if self._idle_bytes > self.limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"The head of a request may have at most {self.limits.head_bytes // KIB} KiB.")
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def give_way(self) -> None:
        """Close at once to make room for another connection."""
        self._stop_waiting()
        self.connections.discard(self)
        self.transport.abort()

    def _make_room(self) -> None:
        others = (other for other in self.connections if isinstance(other, BoundedConnection) and other is not self)
        silent = [other for other in others if other.silent_since is not None]
        if silent:
            min(silent, key=lambda other: other.silent_since or 0.0).give_way()
        else:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "All connections are busy. Try again in a moment.")

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self.silent_since = self.loop.time()
        self._deadline = self.silent_since + seconds
        self._timer = self.loop.call_later(seconds, self._on_timer)

    def _stop_waiting(self) -> None:
        self.silent_since = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timer(self) -> None:
        now = self.loop.time()
        if self.flow.read_paused:
            # Not the client's fault: the server may not have read everything yet.
            self._deadline = now + self.limits.stall_seconds
        if now < self._deadline:
            self._timer = self.loop.call_later(self._deadline - now, self._on_timer)
        elif self._is_refused or (self._idle_bytes == 0 and (self.cycle is None or self.cycle.response_complete)):
            self.transport.abort()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time. Send it again.")

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        """Answer, give the client time to read the answer, and close."""
        if self.transport.is_closing() or self._is_refused:
            return
        self._is_refused = True
        if self.cycle is not None and not self.cycle.response_complete:
            # Tell the application that the client is gone.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started or self.pipeline:
                self.transport.abort()
                return
        body = f"{sentence}\n".encode()
        headers = f"content-type: text/plain; charset=utf-8\r\ncontent-length: {len(body)}\r\nconnection: close"
        self.transport.write(f"HTTP/1.1 {status.value} {status.phrase}\r\n{headers}\r\n\r\n".encode() + body)
        self.transport.write_eof()
        self._wait(self.limits.linger_seconds)

    def _watch_writes(self) -> None:
        self._stop_watching_writes()
        left = self.transport.get_write_buffer_size()
        self._write_timer = self.loop.call_later(self.limits.stall_seconds, self._on_write_timer, left)

    def _stop_watching_writes(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _on_write_timer(self, left: int) -> None:
        if self.transport.get_write_buffer_size() < left:
            self._watch_writes()
        else:
            self.transport.abort()
