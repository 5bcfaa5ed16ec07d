"""Runs the demo shop, in a process of its own, and remembers how it went."""

import asyncio
import secrets
import sys
from pathlib import Path

from bot.playground.acting import CannotDo
from bot.playground.shop import CRASHES
from bot.playground.store import Json, Store

MAX_TIMES = 1000
_SHOWN = 5
_PATIENCE = 60


class Crashes:
    """The shop's runs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: set[asyncio.Task[None]] = set()

    def start(self, dsn: str, wish: Json) -> Json:
        """Start the shop: `kind` of crash, how many `times`, and for which `user` (an e-mail) or different `users`."""
        kind, times = str(wish.get("kind") or ""), int(wish.get("times") or 1)
        if kind not in CRASHES:
            raise CannotDo(f"`kind` is one of {', '.join(CRASHES)}")
        if not 1 <= times <= MAX_TIMES:
            raise CannotDo(f"`times` is at most {MAX_TIMES}")
        if not dsn:
            raise CannotDo("the playground was started without a DSN to report crashes to")
        run: Json = {"id": secrets.token_hex(4), "kind": kind, "times": times, "state": "running"}
        self._store.put("run", run["id"], run)
        options = ["--times", str(times)]
        if wish.get("user"):
            options += ["--user", str(wish["user"])]
        elif wish.get("users"):
            options += ["--users", str(int(wish["users"]))]
        task = asyncio.get_running_loop().create_task(self._run(run, ["--dsn", dsn, *options, kind]))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return run

    def latest(self) -> list[Json]:
        """The last few runs."""
        return self._store.every("run", last=_SHOWN)

    async def aclose(self) -> None:
        """Stop the runs under way."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, run: Json, arguments: list[str]) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # By its path: the shop is a program of its own, and importing the package it stands in takes half a second.
            str(Path(__file__).with_name("shop.py")),
            *arguments,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                _, said = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        state = "done" if process.returncode == 0 else "failed"
        self._store.put("run", run["id"], {**run, "state": state, "said": said.decode(errors="replace")[-2000:]})
