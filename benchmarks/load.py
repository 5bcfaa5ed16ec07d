"""A load of events, sent from a process of its own over connections that stay open.

``python -m benchmarks.load`` reads a ``Sending`` as JSON and prints what came of it as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

import uvloop

from bot.loadtest import sending as loadtest
from bot.loadtest.events import Load, Size
from core.bootstrap import system_clock
from core.types import JSON


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
    answers: dict[str, int]

    @property
    def is_taken(self) -> bool:
        """Whether all were taken."""
        return self.answers.keys() == {loadtest.TAKEN}


def send(sending: Sending) -> Sent:
    """Sends all of it and waits for the last answer. The envelopes are made before the clock starts."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.load"], input=json.dumps(asdict(sending)), capture_output=True, text=True, check=True)
    return Sent(**json.loads(done.stdout))


def _send(said: JSON) -> Sent:
    load = Load(said["load"]["events"], said["load"]["issues"], Size(said["load"]["size"]))
    envelopes = list(load.envelopes(system_clock))
    door = loadtest.EventEndpoint("127.0.0.1", tuple(said["ports"]), said["project_id"], said["key"])
    began = time.time()
    sent = uvloop.run(loadtest.send(door, envelopes))
    return Sent(began, sent.seconds, sent.answers)


if __name__ == "__main__":
    print(json.dumps(asdict(_send(json.loads(sys.stdin.read())))))
