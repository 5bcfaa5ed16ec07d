"""A load of events, sent from a process of its own over connections that stay open.

``python -m benchmarks.load`` reads a ``Sending`` as JSON and prints what came of it as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import uvloop

from benchmarks.crashes import Load
from core.types import JSON

CONNECTIONS = 32


@dataclass(frozen=True)
class Sending:
    """Where a load goes, by turns to each port of this machine, and in the name of which key."""

    ports: tuple[int, ...]
    project_id: int
    key: str
    load: Load


@dataclass(frozen=True)
class Sent:
    """When it began (seconds since 1970), how long it took until all were answered, and how they were answered."""

    began: float
    seconds: float
    statuses: dict[str, int]

    @property
    def is_taken(self) -> bool:
        """Whether all were taken."""
        return self.statuses.keys() == {"200"}


def send(sending: Sending) -> Sent:
    """Sends all of it and waits for the last answer. The envelopes are made before the clock starts."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.load"], input=json.dumps(asdict(sending)), capture_output=True, text=True, check=True)
    return Sent(**json.loads(done.stdout))


async def _send(sending: Sending) -> Sent:
    head = (
        f"POST /api/{sending.project_id}/envelope/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: sentry.python/2.75.0\r\n"
        f"Content-Type: application/x-sentry-envelope\r\nContent-Encoding: gzip\r\n"
        f"X-Sentry-Auth: Sentry sentry_key={sending.key}, sentry_version=7, sentry_client=sentry.python/2.75.0\r\nContent-Length: "
    ).encode()
    requests = iter([head + f"{len(body)}\r\n\r\n".encode() + body for body in sending.load.envelopes()])
    statuses: Counter[str] = Counter()
    began, clock = time.time(), time.monotonic()
    async with asyncio.TaskGroup() as senders:
        for number in range(CONNECTIONS):
            senders.create_task(_one_after_another(sending.ports[number % len(sending.ports)], requests, statuses))
    return Sent(began, time.monotonic() - clock, dict(statuses))


async def _one_after_another(port: int, requests: Iterator[bytes], statuses: Counter[str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        statuses[head.split(b" ", 2)[1].decode()] += 1
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


def _read(text: str) -> Sending:
    said: JSON = json.loads(text)
    return Sending(tuple(said["ports"]), said["project_id"], said["key"], Load(**said["load"]))


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(_send(_read(sys.stdin.read()))))))
