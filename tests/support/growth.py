"""Whether the time that something takes grows with its input, and not with the square of it: in CPU time, by ratio."""

from __future__ import annotations

import gc
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

AT_MOST = 3.0
"""Twice the input may take so many times as long. What is linear takes twice as long, what is quadratic four times."""
NOTICED = 0.015
"""Seconds. Below this the clock says little, and nothing is to be feared."""
_PATIENCE = 5.0
"""Seconds after which something exponential is given up."""


class Endless(Exception):
    """It does not come to an end."""


def growth(work: Callable[[Any], object], half: Any, whole: Any) -> float:
    """How many times as long the whole takes as a half of it; 0 where neither takes time worth speaking of.

    Of several runs the fastest counts. One run of the whole is enough where it is fast enough as it is: further ones could only be faster.
    """
    for attempt in range(2):
        long = once(work, whole)
        if long <= NOTICED:
            return 0.0
        short = _seconds(work, half)
        if long / short > AT_MOST:
            long = min(long, _seconds(work, whole))
        ratio = long / short if long > NOTICED else 0.0
        if ratio <= AT_MOST or attempt == 1:
            return ratio
    raise AssertionError


def _seconds(work: Callable[[Any], object], argument: Any) -> float:
    """CPU time of the fastest of three runs, at least a nanosecond; one that takes long needs no second."""
    fastest = float("inf")
    for _ in range(3):
        took = once(work, argument)
        fastest = min(fastest, max(took, 1e-9))
        if took > 1:
            break
    return fastest


def once(work: Callable[[Any], object], argument: Any) -> float:
    """CPU seconds of one run."""
    with _unfrozen(), _undisturbed():
        began = time.process_time()
        work(argument)
        return time.process_time() - began


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without a collection of garbage, which has nothing to do with the matter."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _unfrozen() -> Iterator[None]:
    """Gives up after a while: ``re`` lets itself be interrupted. Raises Endless."""

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise Endless

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
