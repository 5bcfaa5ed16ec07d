"""A chat that refuses, breaks, hangs up and loses answers, in any order, while people and events change everything all the time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import pytest

from bot.chat.platform import PlatformError
from core.issues.actions import Resolve, SetPriority, Unresolve
from core.types import Priority
from tests.support.faults.bench import Bench
from tests.support.faults.figures import LONG, Figures
from tests.support.faults.history import duplicates

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
MODES = ("429", "5xx", "reset", "lost", "well", "well", "well")


@dataclass
class Moody:
    """Misbehaves at random. ``lost`` does the work and drops the answer; the others refuse."""

    chance: random.Random
    met: Counter[str] = field(default_factory=Counter)

    def __call__(self, do: str, channel: str) -> AbstractContextManager[None]:
        return self._meet(self.chance.choice(MODES) if do != "find" else "well")

    @contextmanager
    def _meet(self, mode: str) -> Iterator[None]:
        self.met[mode] += 1
        if mode == "429":
            raise PlatformError("ratelimited", retry_after=self.chance.choice((1, 5, 30)), is_refused=True)
        if mode in ("5xx", "reset"):
            raise PlatformError(mode)
        yield
        if mode == "lost":
            raise PlatformError("no answer in 10 s")


@pytest.mark.parametrize("rounds", [6, pytest.param(60, marks=LONG)])
async def test_p07_whatever_the_chat_does_nothing_is_lost_or_out_of_turn(bench: Bench, rounds: int, figures: Figures) -> None:
    """P7: through refusals, broken answers and lost ones every copy appears once, in order, never older over newer, and ends with the truth."""
    chance = random.Random(rounds)
    bench.chat.disturbs = moody = Moody(chance)
    for number in range(rounds):
        bench.takes_in([bench.world.occurrence(f"issue {number} {part}") for part in range(2)])
        for _ in range(4):
            action = chance.choice((Resolve(), Unresolve(), SetPriority(Priority.LOW), SetPriority(Priority.HIGH)))
            bench.world.do(action, ids=(chance.randint(1, 2 * number + 2),))
        await bench.comes_to_rest()
    history = bench.history()
    figures.cases, figures.duplicates = moody.met.total() - moody.met["well"], duplicates(history)
    assert set(moody.met) == set(MODES)
    assert bench.faults() == []
