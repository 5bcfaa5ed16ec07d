"""Stale buttons, pressed in any order: against a reference of two facets that is small enough to be seen through."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.elements import Changed
from bot.chat.interactions import Press
from bot.chat.targets import OneIssue
from core.types import Priority, Status
from tests.support.core import Clock, World
from tests.support.faults.bench import Bench
from tests.support.faults.figures import Figures

VERBS = {
    "resolve": ("status", Status.RESOLVED),
    "unresolve": ("status", Status.UNRESOLVED),
    "priority low": ("priority", Priority.LOW),
    "priority high": ("priority", Priority.HIGH),
}


@dataclass
class Reference:
    """What must be so: a press is refused if it would change a facet that was changed after the card was drawn."""

    version: int = 1
    stands: dict[str, object] = field(default_factory=lambda: {"status": Status.UNRESOLVED, "priority": Priority.HIGH})
    changed_at: dict[str, int] = field(default_factory=lambda: {"status": 1, "priority": 1})

    def press(self, verb: str, drawn_at: int) -> bool:
        """Whether it is carried out, or asks for what is already so."""
        facet, wanted = VERBS[verb]
        if self.stands[facet] == wanted:
            return True
        if self.changed_at[facet] > drawn_at:
            return False
        self.version += 1
        self.stands[facet], self.changed_at[facet] = wanted, self.version
        return True


PRESSES = st.lists(st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, 4)), min_size=4, max_size=12)


@pytest.mark.slow
def test_p05_a_stale_button_never_reverts_a_newer_state(bench: Bench, clock: Clock, figures: Figures) -> None:
    """P5: a button on an old card changes nothing that was changed since; tests/model proves the same of every action of the engine."""
    titles = iter(range(10_000))

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(presses=PRESSES)
    def play(presses: list[tuple[str, int]]) -> None:
        figures.cases += 1
        issue_id = bench.world.event(f"issue {next(titles)}").issue_id
        reference = Reference()
        for verb, age in presses:
            drawn_at = max(1, reference.version - age)
            done = pressed(bench, issue_id, verb, drawn_at)
            assert done == reference.press(verb, drawn_at), (verb, drawn_at, reference)
            assert stands(bench.world, issue_id) == reference.stands

    play()


def pressed(bench: Bench, issue_id: int, verb: str, drawn_at: int) -> bool:
    """Whether it was answered as a change: nothing else says that it was done."""
    name, _, choice = verb.partition(" ")
    return isinstance(bench.now(Press(name, OneIssue(issue_id, drawn_at), choice or None)), Changed)


def stands(world: World, issue_id: int) -> dict[str, object]:
    issue = world.issue(issue_id)
    return {"status": issue.status, "priority": issue.priority}
