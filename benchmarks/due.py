"""What happens by itself: snoozes that end, and a purge beside which people go on clicking."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy import func, select

from benchmarks.places import postgres, sqlite
from core.bootstrap import CoreSettings, open_core
from core.db.models import Issue
from core.issues.actions import Archive, Delete, Resolve, Unresolve
from core.issues.requests import UpdateRequest
from core.rules.snooze import Condition
from core.types import ByIds, Source
from scheduler.runner import Ticker
from tests.support.core import Clock, World, make_world

ISSUES, EVENTS_EACH = 5_000, 10
_AT_ONCE = 500
_BETWEEN_CLICKS = 0.02
"""Seconds."""


def figures() -> Iterator[str]:
    """On SQLite and on PostgreSQL; on both, clicks while nothing else happens are measured first."""
    for name, place in (("sqlite", sqlite), ("postgresql", postgres)):
        with place() as url:
            clock = Clock()
            core = open_core(CoreSettings(url, deletion_grace=0), clock)
            core.upgrade()
            world = make_world(core, clock)
            for _ in range(EVENTS_EACH):
                for first in range(0, ISSUES, _AT_ONCE):
                    core.occurrences.record(world.project.id, [world.occurrence(f"issue {number}") for number in range(first, first + _AT_ONCE)])
            yield f"{name:<11} {_lifted(world)}"
            yield from (f"{name:<11} {figure}" for figure in _purged(world))
            core.close()


def _lifted(world: World) -> str:
    _ask(world, Archive(Condition(until_at=world.clock() + timedelta(minutes=1))))
    world.clock.pass_by(minutes=2)
    began = time.monotonic()
    while world.core.timers.lift_snoozes():
        pass
    return f"{ISSUES / (time.monotonic() - began):8,.0f} snoozes ended/s   (target: 5,000 on SQLite, 10,000 on PostgreSQL)"


def _purged(world: World) -> Iterator[str]:
    live = world.event("live").issue_id
    quiet = _clicks(world, live, until=_after(3.0))
    yield f"a click while nothing else happens: {_said(quiet)}"
    _ask(world, Delete())
    ticker, began = Ticker(world.core), time.monotonic()
    gone = threading.Event()
    watching = threading.Thread(target=_wait_until_all_are_gone, args=(world, gone))
    watching.start()
    ticker.start()
    meanwhile = _clicks(world, live, until=gone.is_set)
    minutes = (time.monotonic() - began) / 60
    ticker.stop()
    watching.join()
    yield f"a click beside a purge:             {_said(meanwhile)}   (target: p99 within 2 times)"
    yield f"{ISSUES / minutes:8,.0f} issues purged/min, {EVENTS_EACH} events each   (target: 5,000)"


def _clicks(world: World, issue_id: int, until: Callable[[], bool]) -> list[float]:
    took: list[float] = []
    while not until():
        began = time.monotonic()
        world.do(Unresolve() if len(took) % 2 else Resolve(), ids=(issue_id,))
        took.append(time.monotonic() - began)
        time.sleep(_BETWEEN_CLICKS)
    return took


def _wait_until_all_are_gone(world: World, gone: threading.Event) -> None:
    left = ISSUES
    while left > 1:
        time.sleep(0.2)
        with world.core.database.read() as work:
            left = work.session.scalars(select(func.count()).select_from(Issue)).one()
    gone.set()


def _ask(world: World, action: Archive | Delete) -> None:
    """Of all issues but the live one."""
    result = world.core.engine.apply(UpdateRequest(world.organization_id, ByIds(tuple(range(1, ISSUES + 1))), (action,), Source.API))
    assert len(result.changed) == ISSUES


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def _said(took: list[float]) -> str:
    return f"median {statistics.median(took) * 1000:5.0f} ms, p99 {statistics.quantiles(took, n=100)[98] * 1000:5.0f} ms"
