"""Many requests' events in one transaction, and what happens when more come than can be stored."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from bot.ingest.batching import BatchLimits, EventBatcher
from bot.ingest.errors import Full, Unstorable
from bot.metrics import Metrics
from bot.workers import Workers, workers_for
from core.bootstrap import Core, CoreSettings, open_core
from core.db.models import Event
from core.errors import DatabaseAway
from core.events.record import Occurrence, Recorded
from core.views import ProjectView
from tests.support.core import World
from tests.support.program import free_port, wait_for


@pytest.fixture
def workers(core: Core) -> Iterator[Workers]:
    workers = workers_for(core.settings.database_url)
    yield workers
    workers.close()


@pytest.fixture
async def gate(core: Core, workers: Workers) -> EventBatcher:
    return EventBatcher(core.occurrences.record, workers, Metrics())


@contextmanager
def commits(core: Core) -> Iterator[list[None]]:
    seen: list[None] = []

    def count(_: object) -> None:
        seen.append(None)

    event.listen(core.database.engine, "commit", count)
    try:
        yield seen
    finally:
        event.remove(core.database.engine, "commit", count)


@contextmanager
def held_up(world: World) -> Iterator[None]:
    """Nobody else can store events meanwhile: on SQLite this takes the write lock, on PostgreSQL that of the project."""
    with world.core.database.write() as work:
        work.events.lock_project(world.project.id)
        yield


def stored(core: Core) -> int:
    with core.database.read() as work:
        return work.session.scalars(select(func.count()).select_from(Event)).one()


def asked(gate: EventBatcher, project_id: int, parcels: Sequence[Sequence[Occurrence]]) -> list[asyncio.Task[list[Recorded]]]:
    return [asyncio.create_task(gate.take(project_id, parcel)) for parcel in parcels]


def singles(world: World, number: int) -> list[list[Occurrence]]:
    return [[world.occurrence(f"issue {one % 3}")] for one in range(number)]


async def test_requests_that_come_together_are_stored_in_one_transaction(gate: EventBatcher, world: World) -> None:
    with commits(world.core) as seen:
        answers = await asyncio.gather(*asked(gate, world.project.id, singles(world, 60)))
    assert len(seen) == 1
    assert Counter(answer[0].effect for answer in answers) == {"new": 3, "seen": 57}
    assert stored(world.core) == 60


async def test_each_request_is_told_of_its_own_events(gate: EventBatcher, world: World) -> None:
    parcels = [[world.occurrence("a")], [], [world.occurrence("b"), world.occurrence("a")], [world.occurrence("c")]]
    answers = await asyncio.gather(*asked(gate, world.project.id, parcels))
    assert [[one.event_id for one in answer] for answer in answers] == [[one.event_id for one in parcel] for parcel in parcels]
    assert answers[0][0].issue_id == answers[2][1].issue_id != answers[3][0].issue_id


async def test_an_event_that_comes_twice_at_once_is_stored_once(gate: EventBatcher, world: World) -> None:
    parcel = singles(world, 1)[0]
    answers = await asyncio.gather(*asked(gate, world.project.id, [parcel, parcel, parcel]))
    assert [answer[0].effect for answer in answers] == ["new", "duplicate", "duplicate"]
    assert world.issue().times_seen == 1


async def test_nobody_is_answered_before_the_commit(gate: EventBatcher, world: World) -> None:
    with held_up(world):
        tasks = asked(gate, world.project.id, singles(world, 5))
        done, _ = await asyncio.wait(tasks, timeout=0.3)
        assert not done
    await tasks[0]
    assert stored(world.core) == 5
    await asyncio.gather(*tasks)


async def test_what_comes_while_a_batch_is_stored_makes_the_next_batch(gate: EventBatcher, world: World) -> None:
    with commits(world.core) as seen:
        with held_up(world):
            first = asked(gate, world.project.id, singles(world, 1))
            await asyncio.wait(first, timeout=0.05)
            rest = asked(gate, world.project.id, singles(world, 40))
            await asyncio.wait(rest, timeout=0.05)
            seen.clear()
        await asyncio.gather(*first, *rest)
        # The lock's own transaction, the first one, and the rest.
        assert len(seen) == 3


async def test_more_than_may_wait_is_refused_until_the_rest_is_stored(gate: EventBatcher, world: World, other_world: World) -> None:
    with held_up(world):
        tasks = asked(gate, world.project.id, singles(world, BatchLimits().waiting))
        await asyncio.sleep(0)
        assert gate.is_full
        for project_id in (world.project.id, other_world.project.id):
            with pytest.raises(Full) as refused:
                await gate.take(project_id, singles(world, 1)[0])
            assert (refused.value.status, refused.value.wait) == (429, 3)
    await asyncio.gather(*tasks)
    assert not gate.is_full
    await gate.take(world.project.id, singles(world, 1)[0])
    assert stored(world.core) == BatchLimits().waiting + 1


async def test_an_event_that_the_database_will_not_have_fails_only_its_own_request(
    gate: EventBatcher, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    parcels = singles(world, 20)
    bad = [world.occurrence("good"), replace(world.occurrence("bad"), payload={"odd": object()})]
    answers = await asyncio.gather(*asked(gate, world.project.id, [*parcels[:7], bad, *parcels[7:]]), return_exceptions=True)
    (refused,) = [answer for answer in answers if isinstance(answer, BaseException)]
    assert isinstance(refused, Unstorable)
    assert refused.status == 400
    assert answers[7] is refused
    assert stored(world.core) == 20
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.parametrize("url", ["sqlite:////no/such/folder/quell.db", "postgresql+psycopg://nobody@127.0.0.1:1/quell"])
async def test_while_the_database_is_away_everybody_is_told(url: str, world: World) -> None:
    core, workers = open_core(CoreSettings(url)), workers_for("sqlite://")
    gate = EventBatcher(core.occurrences.record, workers, Metrics())
    tasks = [*asked(gate, 1, singles(world, 5)), *asked(gate, 2, singles(world, 5))]
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [DatabaseAway] * 10
    workers.close()
    core.close()


async def test_what_is_turned_away_before_its_batch_begins_leaves_nothing_behind(gate: EventBatcher, world: World) -> None:
    task = asyncio.create_task(gate.take(world.project.id, singles(world, 1)[0]))
    await asyncio.sleep(0)
    (batch,) = gate._batches.values()
    gate._refuse_all([])
    with pytest.raises(DatabaseAway):
        await task
    await batch
    await gate.take(world.project.id, singles(world, 1)[0])
    assert stored(world.core) == 1


async def test_the_events_of_somebody_who_is_gone_are_stored(gate: EventBatcher, world: World) -> None:
    with held_up(world):
        gone, waiting = asked(gate, world.project.id, singles(world, 2))
        await asyncio.wait([gone, waiting], timeout=0.05)
        gone.cancel()
    await waiting
    assert gone.cancelled()
    assert stored(world.core) == 2


async def test_draining_waits_for_all_that_waits(core: Core, workers: Workers, world: World) -> None:
    gate = EventBatcher(core.occurrences.record, workers, Metrics(), BatchLimits(events=4))
    with held_up(world):
        tasks = asked(gate, world.project.id, singles(world, 30))
        await asyncio.sleep(0)
        draining = asyncio.create_task(gate.drain())
        await asyncio.wait([draining], timeout=0.1)
        assert not draining.done()
    await draining
    assert stored(world.core) == 30
    assert all(task.done() for task in tasks)
    await gate.drain()


@pytest.mark.parametrize(("events", "size", "expected"), [(4, 0, [4, 4, 2]), (100, 100, [3, 3, 3, 1]), (0, 0, [1] * 10)])
async def test_batches_are_bounded_in_events_and_in_bytes(world: World, workers: Workers, events: int, size: int, expected: list[int]) -> None:
    watch = Watch(world.core)
    gate = EventBatcher(watch.record, workers, Metrics(), BatchLimits(events, size))
    await asyncio.gather(*(gate.take(world.project.id, parcel, 30 if size else 0) for parcel in singles(world, 10)))
    assert [number for _, number in watch.batches] == expected


async def test_projects_take_turns(world: World, other_world: World) -> None:
    workers, watch = Workers(writers=1), Watch(world.core)
    gate = EventBatcher(watch.record, workers, Metrics(), BatchLimits(events=10))
    loud, quiet = world.project.id, other_world.project.id
    await asyncio.gather(*asked(gate, loud, singles(world, 40)), *asked(gate, quiet, singles(world, 1)))
    workers.close()
    assert watch.batches == [(loud, 10), (quiet, 1), (loud, 10), (loud, 10), (loud, 10)]


async def test_a_click_waits_for_one_batch_and_not_for_all_that_waits(world: World) -> None:
    workers, watch = Workers(writers=1), Watch(world.core)
    gate = EventBatcher(watch.record, workers, Metrics(), BatchLimits(events=10))
    projects = [world.core.directory.create_project(f"p{number}", "acme", None).id for number in range(5)]
    tasks = [task for project_id in projects for task in asked(gate, project_id, singles(world, 20))]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    before = len(watch.batches)
    assert await workers.write(lambda: len(watch.batches)) <= before + 1
    await asyncio.gather(*tasks)
    workers.close()
    assert len(watch.batches) == 10


async def test_two_batches_of_one_project_are_never_stored_at_the_same_time(world: World, other_world: World) -> None:
    workers, watch = Workers(writers=8), Watch(world.core, meeting=threading.Barrier(2))
    gate = EventBatcher(watch.record, workers, Metrics(), BatchLimits(events=5))
    one, other = world.project.id, other_world.project.id
    await asyncio.gather(*asked(gate, one, singles(world, 20)), *asked(gate, other, singles(world, 20)))
    workers.close()
    # Each met a batch at the barrier, and none of its own project.
    assert watch.most_at_once == {one: 1, other: 1}
    assert len(watch.batches) == 8


async def test_what_was_stored_is_counted(core: Core, workers: Workers, world: World) -> None:
    metrics = Metrics()
    gate = EventBatcher(core.occurrences.record, workers, metrics)
    parcel = singles(world, 1)[0]
    await asyncio.gather(*asked(gate, world.project.id, [parcel, parcel, *singles(world, 3)]))
    said = metrics.text().decode()
    assert 'quell_events_total{outcome="stored"} 4.0' in said
    assert 'quell_events_total{outcome="duplicate"} 1.0' in said
    assert "quell_gate_events 0.0" in said
    assert "quell_gate_batch_events_sum 5.0" in said


class Watch:
    """Records as the core does, and notes each batch; ``meeting`` is where each waits for one of another project."""

    def __init__(self, core: Core, meeting: threading.Barrier | None = None) -> None:
        self._record: Callable[[int, Sequence[Occurrence]], list[Recorded]] = core.occurrences.record
        self._meeting = meeting
        self._now: Counter[int] = Counter()
        self.batches: list[tuple[int, int]] = []
        self.most_at_once: dict[int, int] = {}

    def record(self, project_id: int, occurrences: Sequence[Occurrence]) -> list[Recorded]:
        self.batches.append((project_id, len(occurrences)))
        self._now[project_id] += 1
        self.most_at_once[project_id] = max(self.most_at_once.get(project_id, 0), self._now[project_id])
        if self._meeting:
            self._meeting.wait(10)
        recorded = self._record(project_id, occurrences)
        self._now[project_id] -= 1
        return recorded


@pytest.mark.slow
def test_a_program_that_is_stopped_under_load_loses_nothing_that_it_answered(database_url: str, tmp_path: Path) -> None:
    core = open_core(CoreSettings(database_url))
    core.directory.create_organization("acme")
    project = core.directory.create_project("shop", "acme", None)
    with serving(database_url, tmp_path) as (process, port), ThreadPoolExecutor(8) as senders:
        sending = [senders.submit(answered_until_the_end, port, project) for _ in range(8)]
        wait_for(lambda: stored(core) > 100)
        process.terminate()
        assert process.wait(15) == 0
        answered = sum(one.result() for one in sending)
    assert answered > 100
    # Each sender may have had one event on its way whose answer did not reach it.
    assert answered <= stored(core) <= answered + 8
    core.close()


def answered_until_the_end(port: int, project: ProjectView) -> int:
    """Sends events one after another until nobody answers; how many were taken."""
    taken, connection = 0, http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        while True:
            connection.request("POST", f"/api/{project.id}/store/?sentry_key={project.public_key}", b'{"message": "m"}')
            answer = connection.getresponse()
            answer.read()
            taken += answer.status == 200
    return taken


@contextmanager
def serving(database_url: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUELL_")}
    environment = kept | {"QUELL_DATABASE_URL": database_url, "QUELL_PORT": str(port), "QUELL_SECRET_KEY": "k" * 32}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: is_listening(port), 20)
        yield process, port
    finally:
        process.kill()
        process.wait()


def is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
