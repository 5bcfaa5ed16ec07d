"""Turns are taken in the order in which threads came, also by those who come again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from core.db.database import WriteLock
from core.errors import DatabaseAway
from tests.support.core import World
from tests.support.program import wait_for


@contextmanager
def held(turns: WriteLock) -> Iterator[None]:
    """Somebody else has the turn meanwhile."""
    begun, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.hold():
            begun.set()
            may_end.wait()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        begun.wait()
        try:
            yield
        finally:
            may_end.set()
            holding.result()


def comes(turns: WriteLock, pool: ThreadPoolExecutor, work: Callable[[], object]) -> None:
    """One more waits for its turn."""
    before = len(turns._queue)

    def take() -> None:
        with turns.hold():
            work()

    pool.submit(take)
    wait_for(lambda: len(turns._queue) > before)


def test_nobody_is_overtaken() -> None:
    turns, order = WriteLock(10), list[int]()
    with ThreadPoolExecutor(20) as pool, held(turns):
        for number in range(20):
            comes(turns, pool, lambda number=number: order.append(number))  # type: ignore[misc]
    assert order == list(range(20))


def test_one_at_a_time_has_its_turn() -> None:
    """While somebody has it, whoever will not wait is turned away; many who wait for it are never in it together."""
    impatient = WriteLock(0)
    with held(impatient), pytest.raises(DatabaseAway), impatient.hold():
        raise AssertionError("it is not this thread's turn")

    turns, inside, most = WriteLock(10), list[int](), list[int]()

    def work(number: int) -> None:
        with turns.hold():
            inside.append(number)
            time.sleep(0)  # lets another thread run, here of all places
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(400)))
    assert most == [1] * 400


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_thread_that_writes_waits_for_its_turn_before_it_asks_sqlite(world: World) -> None:
    database, begun = world.core.database, list[str]()

    def write() -> None:
        with database.write():
            begun.append("the other")

    with ThreadPoolExecutor(1) as pool:
        with database.write():
            turns = database._turns
            assert turns is not None
            pool.submit(write)
            wait_for(lambda: len(turns._queue) == 2)
            begun.append("the first")
        wait_for(lambda: len(begun) == 2)
    assert begun == ["the first", "the other"]


def test_who_waits_too_long_is_told_and_leaves_no_gap() -> None:
    turns = WriteLock(0.02)
    with held(turns), pytest.raises(DatabaseAway), turns.hold():
        raise AssertionError("it is not this thread's turn")
    with turns.hold():
        pass
    assert not turns._queue


def test_an_error_ends_a_turn() -> None:
    turns = WriteLock(0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.hold():
            raise ZeroDivisionError


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_thread_that_writes_again_and_again_lets_the_others_in_between(world: World) -> None:
    pieces, done = list[None](), threading.Event()

    def purge() -> None:
        while not done.is_set():
            with world.core.database.write():
                pieces.append(None)

    with ThreadPoolExecutor(1) as pool:
        purging = pool.submit(purge)
        wait_for(lambda: len(pieces) > 10)
        before = len(pieces)
        with world.core.database.write():
            meanwhile = len(pieces) - before
        done.set()
        purging.result()
    # One that was running, and one that may have begun before we asked.
    assert meanwhile <= 2
