"""``python -m tests.support.faults.child``: plays deeds in forked children of a warm process, and lets them die at any boundary.

It reads one job a line from its input, as JSON, and answers each with a line.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import traceback
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import alembic.command as _warm  # noqa: F401  so that not every child loads it
from sqlalchemy import event

from bot.chat.elements import Notice, plain
from bot.chat.interaction_queue import QueueTimings
from bot.chat.interactions import Press
from bot.chat.targets import OneIssue
from core.bootstrap import Core, CoreSettings, open_core
from tests.support.core import NOON, Clock
from tests.support.faults.bench import Bench
from tests.support.faults.durable_chat import Book
from tests.support.faults.history import duplicates, findings
from tests.support.faults.operations import DEEDS
from tests.support.faults.outages import no_room_for_files

Job = dict[str, Any]
WHILE_DEAD = timedelta(minutes=1)
"""How long nobody runs after a crash: longer than a lease."""
BEGINS_AT = NOON + timedelta(hours=3)
"""Later than anything that is prepared."""

STEADY = QueueTimings(store_after=60, give_up_after=60)
"""On a busy machine no click is stored but those that shall be: each try meets the same boundaries."""


class Boundaries:
    """The points between two steps; at the deadly one the process kills itself. Nothing is cleaned up, as with a power switch."""

    def __init__(self, deadly: int) -> None:
        self._deadly = deadly
        self._lock = threading.Lock()
        self.passed: list[str] = []

    def at(self, kind: str) -> None:
        with self._lock:
            self.passed.append(kind)
            if len(self.passed) == self._deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    def between_files(self) -> None:
        """Before each file is opened for a copy of a database, renamed or removed."""
        kinds = {"sqlite3.connect", "os.rename", "os.remove"}
        sys.addaudithook(lambda kind, facts: self.at(kind) if kind in kinds or (kind == "open" and ".before-" in str(facts[0])) else None)

    def between_statements(self, core: Core) -> None:
        """Before each statement, before each commit, and after each commit that changed something."""
        event.listen(core.database.engine, "before_cursor_execute", lambda *_: self.at("statement"))
        # Of pending interactions each statement is a commit of its own.
        event.listen(core.pending.store.engine, "before_cursor_execute", lambda *_: self.at("commit"))
        event.listen(core.pending.store.engine, "after_cursor_execute", lambda *_: self.at("committed"))
        event.listen(core.database.engine, "commit", lambda *_: self.at("commit"))
        core.listeners.append(lambda: self.at("committed"))


def prepare(job: Job) -> Job:
    """Makes the world in which the deed is done."""
    clock = Clock()
    with closing(open_core(CoreSettings(job["url"]), clock)) as core:
        bench = Bench.build(core, clock, Book(Path(job["book"])))
        bench.queue_timings = STEADY
        asyncio.run(DEEDS[job["deed"]].prepare(bench))
        bench.close()
    return {}


def play(job: Job) -> Job:
    """Does the deed, up to the deadly boundary; without one it says which boundaries there are."""
    boundaries, clock = Boundaries(job["deadly"]), Clock(BEGINS_AT)
    with closing(open_core(CoreSettings(job["url"]), clock)) as core:
        bench = _reopened(core, clock, job)
        bench.chat.boundary = boundaries.at
        boundaries.between_statements(core)
        asyncio.run(DEEDS[job["deed"]].do(bench))
        boundaries.at("end")
        bench.close()
    return {"boundaries": boundaries.passed}


def rest(job: Job) -> Job:
    """Starts again, sees the deed repeated, comes to rest, and looks at what is left."""
    clock = Clock(BEGINS_AT + WHILE_DEAD)
    with closing(open_core(CoreSettings(job["url"]), clock)) as core:
        bench = _reopened(core, clock, job)
        asyncio.run(_settle(bench, job["deed"]))
        history = bench.history(excused=job["excused"])
        bench.close()
    return {"findings": [str(one) for one in findings(history)], "duplicates": duplicates(history), "sent": len(history.sent)}


def _reopened(core: Core, clock: Clock, job: Job) -> Bench:
    bench = Bench.reopen(core, clock, Book(Path(job["book"])))
    bench.queue_timings = STEADY
    bench.chat.can_find = DEEDS[job["deed"]].can_find
    return bench


async def _settle(bench: Bench, deed: str) -> None:
    await bench.recovers()
    bench.ticks()
    await bench.comes_to_rest()
    if DEEDS[deed].is_repeated:
        await DEEDS[deed].do(bench)
    bench.ticks()
    await bench.comes_to_rest()
    bench.ticks()


def upgrade(job: Job) -> Job:
    """Brings an old database up to date, up to the deadly boundary, or with ``only_tries`` up to the commit, which is then refused."""
    boundaries = Boundaries(job["deadly"])
    with closing(open_core(CoreSettings(job["url"]))) as core, suppress(ZeroDivisionError):
        boundaries.between_statements(core)
        boundaries.between_files()
        if job["only_tries"]:
            event.listen(core.database.engine, "commit", lambda _: 1 / 0)
        core.upgrade()
    boundaries.at("end")
    return {"boundaries": boundaries.passed}


def starve(job: Job) -> Job:
    """Ada clicks while no file can grow; says what she was answered."""
    clock = Clock(BEGINS_AT)
    with closing(open_core(CoreSettings(job["url"]), clock)) as core:
        bench = _reopened(core, clock, job)
        with no_room_for_files():
            reply = asyncio.run(bench.asks(Press("resolve", OneIssue(1, 1)), "slack:starving"))
        bench.close()
    return {"said": plain(reply.text) if isinstance(reply, Notice) and reply.is_refusal else repr(reply)}


OPERATIONS = {"prepare": prepare, "play": play, "rest": rest, "starve": starve, "upgrade": upgrade}


def forked(job: Job) -> Job:
    """Runs a job in a child of its own; ``died`` is the signal that ended it, or 0."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _in_the_child(job, writing)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    return {"died": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, **json.loads(said or "{}")}


def _in_the_child(job: Job, writing: int) -> None:
    try:
        answer = OPERATIONS[job["do"]](job)
    except BaseException:  # noqa: BLE001 - whatever it was, the parent tells of it
        answer = {"error": traceback.format_exc()}
    with os.fdopen(writing, "w") as pipe:
        pipe.write(json.dumps(answer))
    os._exit(0)


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(forked(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
