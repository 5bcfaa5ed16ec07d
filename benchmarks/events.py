"""Events a second: until all are answered (durable), and until all are counted in the database (drained); Bugsink under the same load."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from benchmarks.load import Sending, send
from benchmarks.places import postgres, sqlite
from benchmarks.targets import Missing, Target, bugsink, quell
from bot.loadtest.events import Load, Size

_SMALL, _LARGE = Load(events=8_000, issues=50, size=Size.SMALL), Load(events=800, issues=50, size=Size.LARGE)
_ALL_DIFFERENT = 10**9
LOADS = {
    "1.5 KB, 50 issues": _SMALL,
    "1.5 KB, all different": replace(_SMALL, issues=_ALL_DIFFERENT),
    "50 KB, 50 issues": _LARGE,
    "50 KB, all different": replace(_LARGE, issues=_ALL_DIFFERENT),
}
_TARGETS = {
    ("sqlite", "1.5 KB, 50 issues"): "(target: 1,000)",
    ("postgresql", "1.5 KB, 50 issues"): "",
    ("postgresql, 2 processes", "1.5 KB, 50 issues"): "(target: 2,000)",
}
_PATIENCE = 300.0
"""Seconds for what was accepted to be counted."""


@dataclass(frozen=True)
class Speed:
    """Events a second."""

    durable: float
    drained: float


def figures() -> Iterator[str]:
    """SQLite, PostgreSQL with one process and with two, and Bugsink on its SQLite."""
    ours: dict[str, Speed] = {}
    for name, place, processes in (("sqlite", sqlite, 1), ("postgresql", postgres, 1), ("postgresql, 2 processes", postgres, 2)):
        with place() as url, quell(url, processes) as target:
            for load_name, load in LOADS.items():
                speed = _measured(target, load)
                if name == "sqlite":
                    ours[load_name] = speed
                yield _line(name, load_name, speed) + f"   {_TARGETS.get((name, load_name), '')}"
            yield _changes_under_load(name, target)
    yield from _beside(bugsink(), ours)


def _beside(other: AbstractContextManager[Target], ours: dict[str, Speed]) -> Iterator[str]:
    try:
        with other as target:
            for name, load in LOADS.items():
                # It needs ten times as long for each.
                speed = _measured(target, replace(load, events=load.events // 10))
                ratio = ours[name].drained / speed.drained
                yield _line("bugsink", name, speed) + f"   Quell on SQLite is {ratio:.0f} times as fast (target: 20)"
    except Missing as reason:
        yield f"bugsink: left out, it cannot be installed here: {reason}"


def _changes_under_load(name: str, target: Target) -> str:
    """How long a change of an issue takes while events come in as fast as they are taken."""
    sending = threading.Thread(target=_measured, args=(target, _SMALL))
    sending.start()
    took = []
    while sending.is_alive():
        began = time.monotonic()
        _change(target, "resolved" if len(took) % 2 else "unresolved")
        took.append(time.monotonic() - began)
        time.sleep(0.05)
    median, slowest = statistics.median(took) * 1000, statistics.quantiles(took, n=100)[98] * 1000
    return f"{name:<24} a change of an issue meanwhile: median {median:.0f} ms, p99 {slowest:.0f} ms"


def _change(target: Target, status: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", target.ports[0], timeout=30)
    headers = {"Authorization": f"Bearer {target.token}", "Content-Type": "application/json"}
    connection.request("PUT", "/api/0/issues/1/", json.dumps({"status": status}), headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


def _measured(target: Target, load: Load) -> Speed:
    before = target.counted()
    sent = send(Sending(target.ports, target.project_id, target.key, load))
    assert sent.is_taken, sent.answers
    until = time.monotonic() + _PATIENCE
    while target.counted() < before + load.events:
        assert time.monotonic() < until, f"{target.counted() - before} of {load.events} events were counted"
        time.sleep(0.05)
    return Speed(load.events / sent.seconds, load.events / (time.time() - sent.began))


def _line(name: str, load: str, speed: Speed) -> str:
    return f"{name:<24} {load:<22} {speed.durable:8,.0f} durable/s {speed.drained:8,.0f} drained/s"
