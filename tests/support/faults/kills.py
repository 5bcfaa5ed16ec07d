"""Kills a deed at its boundaries, one after another, each time in a fresh copy of the same world."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.db.databases import administer, sqlalchemy_url
from tests.support.faults.operations import DEEDS

Job = dict[str, Any]
MAX_SAMPLED = 4
"""Boundaries of one deed that the short form tries."""


CHANNELS = 2
"""In how many channels a sender may die at once in the worlds of the deeds."""
Choose = Callable[[Sequence[str]], Sequence[int]]
"""Which of the boundaries of a deed are tried: their numbers, from 1."""


class Nursery:
    """The warm process whose children do the deeds."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.support.faults.child"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3], text=True)

    def ask(self, do: str, **job: Any) -> Job:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **job}) + "\n")
        self._process.stdin.flush()
        answer = dict(json.loads(self._process.stdout.readline()))
        assert "error" not in answer, answer["error"]
        return answer

    def close(self) -> None:
        """It ends when nobody asks any more."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


@dataclass(frozen=True)
class Place:
    """Where a world lies: its database, and the chat's book."""

    url: str
    book: str

    def as_job(self) -> Job:
        return {"url": self.url, "book": self.book}


@dataclass(frozen=True)
class SqlitePlaces:
    """Worlds in SQLite files."""

    folder: Path
    template: Path

    def new(self) -> Place:
        shutil.copy(self.template, self.folder / "prepared.db")
        (self.folder / "prepared.book").unlink(missing_ok=True)
        return self._place("prepared")

    @contextmanager
    def copy(self, prepared: Place) -> Iterator[Place]:
        name = uuid.uuid4().hex
        shutil.copy(self.folder / "prepared.db", self.folder / f"{name}.db")
        shutil.copy(prepared.book, self.folder / f"{name}.book")
        yield self._place(name)
        for file in self.folder.glob(f"{name}*"):
            file.unlink()

    def _place(self, name: str) -> Place:
        return Place(f"sqlite:///{self.folder / name}.db", str(self.folder / f"{name}.book"))


@dataclass(frozen=True)
class PostgresPlaces:
    """Worlds in databases of one PostgreSQL; a database is copied as a whole."""

    folder: Path
    server: str
    template: str

    def new(self) -> Place:
        return self._made(self.template)

    @contextmanager
    def copy(self, prepared: Place) -> Iterator[Place]:
        place = self._made(_name(prepared))
        shutil.copy(prepared.book, place.book)
        yield place
        administer(self.server, f"DROP DATABASE {_name(place)} WITH (FORCE)")

    def _made(self, template: str) -> Place:
        name = f"quell_{uuid.uuid4().hex[:12]}"
        administer(self.server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return Place(sqlalchemy_url(self.server, name), str(self.folder / f"{name}.book"))


def _name(place: Place) -> str:
    return Path(place.book).stem


Places = SqlitePlaces | PostgresPlaces


@dataclass
class Toll:
    """What it came to."""

    boundaries: int = 0
    kills: int = 0
    losses: int = 0
    duplicates: int = 0
    findings: tuple[str, ...] = ()


def kill_everywhere(nursery: Nursery, places: Places, deed: str, choose: Choose) -> Toll:
    """Plays the deed once to its end, then kills it at the boundaries that are chosen; each time it is started again and looked at."""
    prepared = places.new()
    nursery.ask("prepare", deed=deed, **prepared.as_job())
    with places.copy(prepared) as place:
        boundaries = nursery.ask("play", deed=deed, deadly=0, **place.as_job())["boundaries"]
        ended = nursery.ask("rest", deed=deed, excused=0, **place.as_job())
    assert ended["findings"] == [], ended
    toll = Toll(len(boundaries))
    for number in choose(boundaries):
        with places.copy(prepared) as place:
            played = nursery.ask("play", deed=deed, deadly=number, **place.as_job())
            looked = nursery.ask("rest", deed=deed, excused=0 if DEEDS[deed].can_find else CHANNELS, **place.as_job())
        toll.kills += played["died"] == signal.SIGKILL
        toll.duplicates += looked["duplicates"]
        toll.losses += sum(one.startswith("loss") for one in looked["findings"])
        toll.findings += tuple(f"killed at {number} ({boundaries[number - 1]}): {one}" for one in looked["findings"])
    return toll


def everywhere(boundaries: Sequence[str]) -> Sequence[int]:
    return range(1, len(boundaries) + 1)


def sampled(boundaries: Sequence[str]) -> Sequence[int]:
    """The first, the last, and those around commits and requests, spread over the deed."""
    around = {number + beside for number, kind in enumerate(boundaries, 1) if kind != "statement" for beside in (0, 1)}
    chosen = sorted(number for number in around | {1, len(boundaries)} if number <= len(boundaries))
    stride = max(1, -(-len(chosen) // MAX_SAMPLED))
    return sorted({*chosen[::stride], len(boundaries)})
