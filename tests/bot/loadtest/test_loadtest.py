"""Made-up events: as SDKs make them, sent at a rate, with patience where it is asked for, and to nobody but one's own Quell."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.loadtest.events import Load, Size
from bot.loadtest.sending import CONNECTION_COUNT, EventEndpoint, LoadResult, send
from core.search import Searcher, parse
from tests.support.cli import Shell
from tests.support.core import NOON, World
from tests.support.program import free_port, wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
OK_AND_CLOSED = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
TOO_MANY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


def read(envelope: bytes) -> dict[str, Any]:
    """The event in an envelope."""
    header, item, event, rest = gzip.decompress(envelope).split(b"\n")
    assert (json.loads(header)["event_id"], json.loads(item)["length"], rest) == (json.loads(event)["event_id"], len(event), b"")
    return dict(json.loads(event))


@dataclass
class Listener:
    """Answers one request after another with what it was given, the last one for good."""

    answers: list[bytes]
    bodies: list[bytes] = field(default_factory=list)
    came: list[float] = field(default_factory=list)
    connections: int = 0
    is_impatient: bool = False
    """Whether it ends connections without saying so beforehand."""
    heads: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head)
                self.bodies.append(await reader.readexactly(int(head.partition(b"Content-Length: ")[2])))
                self.came.append(time.monotonic())
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                writer.write(answer)
                if answer in (OK_AND_CLOSED, b"") or self.is_impatient:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(*answers: bytes) -> AsyncIterator[tuple[Listener, EventEndpoint]]:
    listener = Listener(list(answers))
    server = await asyncio.start_server(listener, "127.0.0.1", 0)
    async with server:
        yield listener, EventEndpoint("127.0.0.1", (server.sockets[0].getsockname()[1],), 7, "k" * 32)


def envelopes(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


# Making ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "least", "most"), [(Size.SMALL, 1_200, 2_500), (Size.LARGE, 40_000, 70_000)])
def test_events_are_of_as_many_issues_and_as_large_as_they_should_be(size: Size, least: int, most: int) -> None:
    made = [read(envelope) for envelope in Load(20, 6, size).envelopes(lambda: NOON)]
    assert len({event["event_id"] for event in made}) == 20
    assert len({event["exception"]["values"][0]["type"] for event in made}) == 6
    assert {event["timestamp"] for event in made} == {"2026-11-23T12:00:00Z"}
    assert all(least < len(json.dumps(event)) < most for event in made)


# Sending ---------------------------------------------------------------------------------------------------------------


async def test_each_envelope_is_sent_once_in_the_name_of_the_project() -> None:
    async with listening(OK) as (listener, door):
        sent = await send(door, envelopes(100))
    assert sorted(listener.bodies) == sorted(envelopes(100))
    assert listener.connections <= CONNECTION_COUNT
    assert all(head.startswith(b"POST /api/7/envelope/ HTTP/1.1\r\n") and b"sentry_key=" + b"k" * 32 in head for head in listener.heads)
    assert (sent.taken, sent.refused, sent.failed, sent.is_answered) == (100, 0, 0, True)


async def test_no_more_are_sent_in_a_second_than_wanted() -> None:
    async with listening(OK) as (listener, door):
        await send(door, envelopes(21), rate=40)
    assert listener.came[-1] - listener.came[0] > 0.4


@pytest.mark.parametrize("rate", [0, 500])
async def test_a_refusal_is_counted_and_its_wait_kept(rate: float) -> None:
    async with listening(*[OK] * 5, TOO_MANY, OK) as (listener, door):
        sent = await send(door, envelopes(200), rate)
    assert (sent.taken, sent.refused, sent.failed, len(listener.bodies)) == (199, 1, 0, 200)
    assert max(later - earlier for earlier, later in pairwise(listener.came)) > 0.8


async def test_a_connection_that_ends_is_opened_again() -> None:
    async with listening(OK_AND_CLOSED) as (listener, door):
        sent = await send(door, envelopes(50))
    assert (sent.taken, listener.connections) == (50, 50)


async def test_a_connection_on_which_nothing_came_for_too_long_is_opened_again() -> None:
    async with listening(OK) as (listener, door):
        listener.is_impatient = True
        sent = await send(door, envelopes(CONNECTION_COUNT * 2), rate=CONNECTION_COUNT * 4)
    assert (sent.taken, listener.connections) == (CONNECTION_COUNT * 2, CONNECTION_COUNT * 2)


@pytest.mark.parametrize("answer", [b"", b"* OK this is a mail server\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
async def test_what_is_no_answer_counts_as_failed(answer: bytes) -> None:
    async with listening(answer) as (_, door):
        sent = await send(door, envelopes(50))
    assert (sent.failed, sent.answers, sent.is_answered) == (50, {"unanswered": 50}, False)


async def test_nothing_more_is_sent_where_nobody_listens() -> None:
    sent = await send(EventEndpoint("127.0.0.1", (free_port(),), 1, "k"), envelopes(1000))
    assert sent.answers == {"unanswered": CONNECTION_COUNT}


def test_other_answers_are_failures() -> None:
    sent = LoadResult(1, {"200": 5, "429": 2, "401": 1, "unanswered": 1})
    assert (sent.taken, sent.refused, sent.failed) == (5, 2, 2)


# The command -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def quell(bare_shell: Shell, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Shell:
    monkeypatch.setenv("QUELL_DATABASE_URL", database_url)
    monkeypatch.setenv("QUELL_SECRET_KEY", "a key of more than thirty-two characters")
    monkeypatch.setenv("QUELL_PORT", str(free_port()))
    return bare_shell


@contextmanager
def running(quell: Shell, port: int, **settings: str) -> Iterator[None]:
    """The real program, on the database of the shell."""
    with (Path.cwd() / "log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "bot", "serve", "--port", str(port)], env=os.environ | settings, stdout=log, stderr=log)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/readyz"), 20)
        yield
    finally:
        process.terminate()
        process.wait(timeout=15)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  loopback
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.slow
def test_what_is_sent_becomes_issues_of_the_project(world: World, quell: Shell) -> None:
    with running(quell, int(os.environ["QUELL_PORT"])):
        answer = quell.json("loadtest", "acme/shop", "--events", "60", "--issues", "7", "--rate", "0", "--size", "large")
        assert answer.items() >= {"sent": 60, "taken": 60, "refused": 0, "failed": 0}.items()
        assert answer["per_second"] > 1
        listed = quell("loadtest", "shop", "--events", "5", "--size", "large").out.splitlines()
    assert [line.split()[0] for line in listed] == ["sent", "taken", "refused", "failed", "seconds", "per_second"]
    numbers = world.core.reads.search_ids(parse(""), Searcher(world.organization_id, world.clock()), 100)
    issues = world.core.reads.issues(numbers)
    assert (len(issues), sum(issue.times_seen for issue in issues)) == (7, 65)
    assert {issue.title.partition(":")[0] for issue in issues} == {f"Failure{number}" for number in range(7)}


@pytest.mark.slow
def test_events_over_the_quota_are_counted_as_refused(world: World, quell: Shell) -> None:
    port = free_port()
    with running(quell, port, QUELL_EVENT_QUOTA="5"):
        answer = quell.json("loadtest", "shop", "--events", "10", "--rate", "0", "--port", str(port))
    assert answer.items() >= {"sent": 10, "taken": 5, "refused": 5, "failed": 0}.items()


def test_where_nobody_listens_it_says_so(world: World, quell: Shell) -> None:
    refusal = quell("loadtest", "shop", "--port", "1").refusal
    assert (
        refusal == "quell: Nothing answers at http://127.0.0.1:1. Start Quell there (quell serve), or say on which port it is. Example: --port 9000"
    )


@pytest.mark.slow
def test_a_quell_on_another_database_is_told_apart(world: World, quell: Shell) -> None:
    port = free_port()
    with running(quell, port, QUELL_DATABASE_URL="sqlite:///another.db"):
        ran = quell("loadtest", "shop", "--events", "3", "--port", str(port))
    assert ran.code == 1
    assert ran.err.startswith("quell: not all events were taken: 3 401. After 401 or 403 that Quell has another database")


def test_an_unknown_project_is_refused(world: World, quell: Shell) -> None:
    assert "till" in quell("loadtest", "till").refusal
