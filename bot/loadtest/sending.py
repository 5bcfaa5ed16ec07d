"""Sends events to Quell over connections that stay open, at a rate, and counts how they are answered."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

CONNECTION_COUNT = 64
"""Senders at a time, each of which waits for its answer before it sends the next event: as many programs that fail at once."""
TIMEOUT_SECONDS = 60.0
"""How long an answer may take."""
UNANSWERED = "unanswered"
TAKEN, REFUSED = "200", "429"
_NO_HTTP = (OSError, EOFError, ValueError, asyncio.LimitOverrunError)
"""What comes of a connection that ends, of silence, and of somebody there who speaks something else."""


@dataclass(frozen=True)
class EventEndpoint:
    """Where events go: by turns to each of these ports of this machine, in the name of a project."""

    host: str
    ports: tuple[int, ...]
    project_id: int
    key: str

    @property
    def address(self) -> str:
        """The host as it is written in a web address."""
        return f"[{self.host}]" if ":" in self.host else self.host

    def head(self) -> bytes:
        """What each request begins with; its length comes next."""
        return (
            f"POST /api/{self.project_id}/envelope/ HTTP/1.1\r\nHost: {self.address}\r\nUser-Agent: sentry.python/2.75.0\r\n"
            f"Content-Type: application/x-sentry-envelope\r\nContent-Encoding: gzip\r\n"
            f"X-Sentry-Auth: Sentry sentry_key={self.key}, sentry_version=7, sentry_client=sentry.python/2.75.0\r\nContent-Length: "
        ).encode()


@dataclass(frozen=True)
class LoadResult:
    """How long it took until all were answered, and how many were answered how: by HTTP status, or not at all."""

    seconds: float
    answers: dict[str, int]

    @property
    def taken(self) -> int:
        """How many events were stored."""
        return self.answers.get(TAKEN, 0)

    @property
    def refused(self) -> int:
        """How many were too many at once or for the project's quota."""
        return self.answers.get(REFUSED, 0)

    @property
    def failed(self) -> int:
        """How many came to another end."""
        return sum(self.answers.values()) - self.taken - self.refused

    @property
    def is_answered(self) -> bool:
        """Whether anybody was there."""
        return any(status != UNANSWERED for status in self.answers)


async def send(endpoint: EventEndpoint, envelopes: Iterable[bytes], rate: float = 0) -> LoadResult:
    """Sends each envelope once, at most ``rate`` a second, or as fast as they are taken where it is 0.

    Where an answer asks for patience (429 with ``Retry-After``), nothing is sent for so long. Where nobody listens any more the rest is not sent.
    """
    began = time.monotonic()
    item = _Shared(endpoint, iter(envelopes), _Pace(1 / rate if rate else 0))
    async with asyncio.TaskGroup() as senders:
        for number in range(CONNECTION_COUNT):
            senders.create_task(item.run(endpoint.ports[number % len(endpoint.ports)]))
    return LoadResult(time.monotonic() - began, dict(item.answers))


@dataclass
class _Pace:
    """Gives each request a moment of its own."""

    step: float
    next_at: float = 0
    quiet_until: float = 0

    async def wait(self) -> None:
        """Until it is somebody's turn."""
        while True:
            mine = max(self.next_at, self.quiet_until, time.monotonic())
            self.next_at = mine + self.step
            if (seconds := mine - time.monotonic()) > 0:
                await asyncio.sleep(seconds)
            # Somebody else may have been refused meanwhile.
            if self.quiet_until <= mine:
                return

    def hush(self, seconds: float) -> None:
        """Nobody's turn comes for so long."""
        self.quiet_until = max(self.quiet_until, time.monotonic() + seconds)


@dataclass
class _Shared:
    """What all connections share."""

    endpoint: EventEndpoint
    envelopes: Iterator[bytes]
    pace: _Pace
    answers: Counter[str] = field(default_factory=Counter)

    async def run(self, port: int) -> None:
        """Sends one envelope after another over one connection, until there are none or nobody listens."""
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
    """Whether there was somebody to talk to."""


@dataclass
class _Connection:
    """One connection, opened anew where it has ended."""

    host: str
    port: int
    head: bytes
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes) -> _Answer:
        """Sends one request and reads its answer."""
        # Quell ends connections on which nothing came for some seconds.
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
        """Ends it; the next request begins a new one."""
        if self.streams:
            self.streams[1].close()
        self.streams = None


def _header(head: bytes, name: bytes) -> bytes:
    """The value of a header, from a head in small letters."""
    return head.partition(b"\r\n" + name + b":")[2].partition(b"\r\n")[0].strip()
