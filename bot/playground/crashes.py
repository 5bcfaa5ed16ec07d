"""Runs the demo shop in a separate process and stores the result of each run."""

import asyncio
import secrets
import sys
from pathlib import Path

from bot.playground.shop import CRASHES
from bot.playground.store import Json, Store
from bot.playground.user_actions import ImpossibleAction

MAX_TIMES = 1000
_SHOWN_RUNS = 5
_TIMEOUT_SECONDS = 60


class Crashes:
    """Starts runs of the demo shop and lists the latest ones."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: set[asyncio.Task[None]] = set()

    def start(self, dsn: str, request: Json) -> Json:
        """Start a run and return its record.

        The request names the `kind` of crash, how many `times`, and a `user` (an e-mail) or a number of `users`.
        """
        kind, times = str(request.get("kind") or ""), int(request.get("times") or 1)
        if kind not in CRASHES:
            raise ImpossibleAction(f"`kind` is one of {', '.join(CRASHES)}")
        if not 1 <= times <= MAX_TIMES:
            raise ImpossibleAction(f"`times` is at most {MAX_TIMES}")
        if not dsn:
            raise ImpossibleAction("the playground was started without a DSN to report crashes to")
        run: Json = {"id": secrets.token_hex(4), "kind": kind, "times": times, "state": "running"}
        self._store.put("run", run["id"], run)
        options = ["--times", str(times)]
        if request.get("user"):
            options += ["--user", str(request["user"])]
        elif request.get("users"):
            options += ["--users", str(int(request["users"]))]
        task = asyncio.get_running_loop().create_task(self._run(run, ["--dsn", dsn, *options, kind]))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return run

    def latest(self) -> list[Json]:
        """Return the latest runs, oldest first."""
        return self._store.every("run", last=_SHOWN_RUNS)

    async def aclose(self) -> None:
        """Stop all runs."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, run: Json, arguments: list[str]) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # By its path: the shop is a program of its own, and importing its package takes half a second.
            str(Path(__file__).with_name("shop.py")),
            *arguments,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                _, stderr = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        state = "done" if process.returncode == 0 else "failed"
        self._store.put("run", run["id"], {**run, "state": state, "stderr": stderr.decode(errors="replace")[-2000:]})
