"""Send events over persistent connections at a given rate, and count the answers."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

CONNECTION_COUNT = 64
"""Number of concurrent senders. Each waits for its answer before the next event, like that many failing programs."""
TIMEOUT_SECONDS = 60.0
"""How long an answer may take."""
UNANSWERED = "unanswered"
TAKEN, REFUSED = "200", "429"
_NO_HTTP = (OSError, EOFError, ValueError, asyncio.LimitOverrunError)
"""Errors of a connection that ends, of a timeout, and of a server that does not speak HTTP."""


@dataclass(frozen=True)
class EventEndpoint:
    """The target of the events: a project on these ports of this machine, used in turn."""

    host: str
    ports: tuple[int, ...]
    project_id: int
    key: str

    @property
    def address(self) -> str:
        """The host as written in a URL."""
        return f"[{self.host}]" if ":" in self.host else self.host

    def head(self) -> bytes:
        """The fixed part of each request's head; the length follows."""
        return (
            f"POST /api/{self.project_id}/envelope/ HTTP/1.1\r\nHost: {self.address}\r\nUser-Agent: sentry.python/2.75.0\r\n"
            f"Content-Type: application/x-sentry-envelope\r\nContent-Encoding: gzip\r\n"
            f"X-Sentry-Auth: Sentry sentry_key={self.key}, sentry_version=7, sentry_client=sentry.python/2.75.0\r\nContent-Length: "
        ).encode()


@dataclass(frozen=True)
class LoadResult:
    """The time until all events were answered, and the number of answers by HTTP status, or unanswered."""

    seconds: float
    answers: dict[str, int]

    @property
    def taken(self) -> int:
        """Number of stored events."""
        return self.answers.get(TAKEN, 0)

    @property
    def refused(self) -> int:
        """Number of events refused because of load or quota."""
        return self.answers.get(REFUSED, 0)

    @property
    def failed(self) -> int:
        """Number of events with any other outcome."""
        return sum(self.answers.values()) - self.taken - self.refused

    @property
    def is_answered(self) -> bool:
        """Whether any server answered."""
        return any(status != UNANSWERED for status in self.answers)


async def send(endpoint: EventEndpoint, envelopes: Iterable[bytes], rate: float = 0) -> LoadResult:
    """Send each envelope once, at most ``rate`` per second; 0 means as fast as they are accepted.

    After a 429 with ``Retry-After`` nothing is sent for that time. If nobody listens any more, the rest is not sent.
    """
    began = time.monotonic()
    item = _Shared(endpoint, iter(envelopes), _Pace(1 / rate if rate else 0))
    async with asyncio.TaskGroup() as senders:
        for number in range(CONNECTION_COUNT):
            senders.create_task(item.run(endpoint.ports[number % len(endpoint.ports)]))
    return LoadResult(time.monotonic() - began, dict(item.answers))


@dataclass
class _Pace:
    """Assigns a time to each request."""

    step: float
    next_at: float = 0
    quiet_until: float = 0

    async def wait(self) -> None:
        """Wait for the next free slot."""
        while True:
            mine = max(self.next_at, self.quiet_until, time.monotonic())
            self.next_at = mine + self.step
            if (seconds := mine - time.monotonic()) > 0:
                await asyncio.sleep(seconds)
            # Another sender may have been refused meanwhile.
            if self.quiet_until <= mine:
                return

    def hush(self, seconds: float) -> None:
        """Pause all senders for ``seconds``."""
        self.quiet_until = max(self.quiet_until, time.monotonic() + seconds)


@dataclass
class _Shared:
    """The state shared by all connections."""

    endpoint: EventEndpoint
    envelopes: Iterator[bytes]
    pace: _Pace
    answers: Counter[str] = field(default_factory=Counter)

    async def run(self, port: int) -> None:
        """Send envelopes over one connection until there are none left or nobody listens."""
        line = _Connection(self.endpoint.host, port, self.endpoint.head())
        for envelope in self.envelopes:
            await self.pace.wait()
            answer = await line.post(envelope)
            self.answers[answer.status] += 1
            self.pace.hush(answer.retry_after)
            if not answer.is_heard:
                break
        line.close()


@dataclass(frozen=True)
class _Answer:
    status: str
    retry_after: float = 0
    is_heard: bool = True
    """Whether a server was there."""


@dataclass
class _Connection:
    """One connection, reopened after it was closed."""

    host: str
    port: int
    head: bytes
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes) -> _Answer:
        """Send a request and read its answer."""
        # Quell closes idle connections after some seconds.
        if self.streams and self.streams[0].at_eof():
            self.close()
        try:
            self.streams = self.streams or await asyncio.open_connection(self.host, self.port)
        except OSError:
            return _Answer(UNANSWERED, is_heard=False)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._exchange(*self.streams, body)
        except _NO_HTTP:
            self.close()
            return _Answer(UNANSWERED)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> _Answer:
        writer.write(self.head + f"{len(body)}\r\n\r\n".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        version, status, _ = head.split(b" ", 2)
        if not version.startswith(b"http/1."):
            raise ValueError("this is no HTTP")
        await reader.readexactly(int(_header(head, b"content-length") or 0))
        if _header(head, b"connection") == b"close":
            self.close()
        return _Answer(status.decode(), float(_header(head, b"retry-after") or 0))

    def close(self) -> None:
        """Close it; the next request opens a new one."""
        if self.streams:
            self.streams[1].close()
        self.streams = None


def _header(head: bytes, name: bytes) -> bytes:
    """Return the value of a header from a lower-case head."""
    return head.partition(b"\r\n" + name + b":")[2].partition(b"\r\n")[0].strip()
