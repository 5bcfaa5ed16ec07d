"""The figures of a run: what each test of faults tried, and what it found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import pytest

PROPERTY = "figures"
"""The name under which a test's report carries them: so they also come back from the workers of pytest-xdist."""


@dataclass
class Figures:
    """What one test tried and found. ``worst_lag`` is in seconds, from a change to the copy that shows it."""

    cases: int = 0
    kills: int = 0
    losses: int = 0
    duplicates: int = 0
    worst_lag: float = 0.0

    def as_row(self) -> tuple[int | float, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


def table(rows: Iterable[tuple[str, Any]]) -> list[str]:
    """The lines that are printed: one for each test, and the total."""
    known = [(name, Figures(*row)) for name, row in rows]
    total = Figures()
    for _, one in known:
        total.cases += one.cases
        total.kills += one.kills
        total.losses += one.losses
        total.duplicates += one.duplicates
        total.worst_lag = max(total.worst_lag, one.worst_lag)
    width = max((len(name) for name, _ in known), default=5)
    head = f"{'':<{width}}  {'cases':>8}  {'kills':>6}  {'losses':>6}  {'duplicates':>10}  {'worst lag':>9}"
    return [head, *(_line(name, one, width) for name, one in known), _line("total", total, width)]


def _line(name: str, one: Figures, width: int) -> str:
    lag = f"{one.worst_lag:.2f} s" if one.worst_lag else "-"
    return f"{name:<{width}}  {one.cases:>8,}  {one.kills:>6,}  {one.losses:>6,}  {one.duplicates:>10,}  {lag:>9}"


LONG = pytest.mark.faults
"""Takes minutes: run by ``make test-faults`` only."""
