"""The path of one click in Slack, from its request until both copies are redrawn: how much of the code it passes, and how often."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from sqlalchemy import event

from bot.monitoring.heartbeats import HeartbeatTiming
from bot.server import ServeOptions, serve
from bot.service import Role
from bot.settings import Settings
from core.bootstrap import Core, CoreSettings
from core.db.unit_of_work import UnitOfWork
from core.notify.outbox import Outbox
from tests.support.program import ANA, Town, wait_for

ROOT = Path(__file__).parents[1]
OURS = tuple(f"{ROOT / top}/" for top in ("core", "bot", "scheduler"))
OUTSIDE = f"{ROOT / 'bot/playground'}/"
ROLES_OF_A_CLICK: frozenset[Role] = frozenset({"web", "sender"})
"""Without the scheduler, which has nothing to do with a click and looks for what is due each second."""
HOUR = timedelta(hours=1)
PRESSES = 8
COPIES = 2
REST = 2.0
"""Seconds between presses: what the one before owes to the rate limits of the chats is over then."""


@dataclass
class PathOfAClick:
    """What was passed since the last ``clear``, until both copies were redrawn and that was recorded."""

    redrawn: int = 0
    files: set[str] = field(default_factory=set)
    calls: int = 0
    units: int = 0
    statements: int = 0
    _known: dict[CodeType, bool] = field(default_factory=dict)

    def clear(self) -> None:
        """Begins anew."""
        self.redrawn, self.files, self.calls, self.units, self.statements = 0, set(), 0, 0, 0

    @property
    def is_over(self) -> bool:
        """Whether both copies are redrawn."""
        return self.redrawn >= COPIES

    def profile(self, frame: FrameType, what: str, _: Any) -> None:
        """Called by Python at each call of a function and each return from one, in every thread."""
        code = frame.f_code
        if what == "return" and code is Outbox.mark_shown.__code__:
            self.redrawn += frame.f_locals["item"].kind == "redraw"
        if what != "call" or self.is_over:
            return
        is_ours = self._known.get(code)
        if is_ours is None:
            is_ours = self._known[code] = code.co_filename.startswith(OURS) and not code.co_filename.startswith(OUTSIDE)
        if is_ours:
            self.files.add(code.co_filename)
            self.calls += 1
            self.units += code is UnitOfWork.__init__.__code__


def figures() -> Iterator[str]:
    """The cheapest of several clicks: what happens by itself meanwhile is in some of them."""
    with tempfile.TemporaryDirectory() as folder:
        passed = asyncio.run(_clicks(Path(folder)))
    files, calls, units, statements, seconds = (min(figures) for figures in zip(*passed, strict=True))
    yield f"files entered                  {files:8}"
    yield f"calls of our functions         {calls:8}       (at most 3,500)"
    yield f"units of work                  {units:8}       (at most 14)"
    yield f"SQL statements                 {statements:8}"
    yield f"CPU, with the playground's     {seconds * 1000:8.0f} ms    (while every call is counted)"


async def _clicks(folder: Path) -> list[tuple[int, int, int, int, float]]:
    passed = PathOfAClick()
    threading.setprofile(passed.profile)
    sys.setprofile(passed.profile)
    town = Town(folder, f"sqlite:///{folder}/quell.db")
    settings = Settings(database_url=town.database_url, port=town.port)
    core = Core(CoreSettings(town.database_url))
    core.upgrade()

    @event.listens_for(core.database.engine, "before_cursor_execute")
    def _count(*_: object) -> None:
        passed.statements += not passed.is_over

    serving = asyncio.create_task(
        serve(settings, core, ServeOptions(playground=True, roles=ROLES_OF_A_CLICK, rhythm=HeartbeatTiming(beat=HOUR, lasts=2 * HOUR, look=HOUR)))
    )
    try:
        return await asyncio.to_thread(_drive, town, passed)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        signal.raise_signal(signal.SIGTERM)
        await serving


def _drive(town: Town, passed: PathOfAClick) -> list[tuple[int, int, int, int, float]]:
    sys.setprofile(None)
    wait_for(lambda: _is_ready(town), 30)
    wait_for(lambda: town.act(ANA, "slack", "command", text="whoami")["ok"], 30)
    town.crash()
    town.both_say("SHOP-1", "Unresolved")
    found = []
    for number in range(PRESSES):
        label, words = (("Resolve", "Resolved by"), ("Unresolve", "Unresolved, regressed"))[number % 2]
        time.sleep(REST)
        passed.clear()
        began = time.process_time()
        town.press_in_slack(ANA, "SHOP-1", label)
        wait_for(lambda: passed.is_over, 30)
        found.append((len(passed.files), passed.calls, passed.units, passed.statements, time.process_time() - began))
        town.both_say("SHOP-1", words)
    return found


def _is_ready(town: Town) -> bool:
    try:
        return town.get("/readyz")[0] == 200
    except OSError:
        return False
