"""What the tests of faults share, and the table of figures at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from core.bootstrap import Core
from tests.support.core import Clock
from tests.support.faults.bench import Bench
from tests.support.faults.durable_chat import Book
from tests.support.faults.figures import PROPERTY, Figures, table
from tests.support.faults.kills import Nursery, Places, PostgresPlaces, SqlitePlaces


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    """What this test tried and found, for the table."""
    figures = Figures()
    yield figures
    request.node.user_properties.append((PROPERTY, figures.as_row()))


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """A warm process whose children can be killed."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """Where worlds can be copied, of each kind of database."""
    if request.param == "sqlite":
        return SqlitePlaces(tmp_path, request.getfixturevalue("sqlite_template"))
    return PostgresPlaces(tmp_path, request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template"))


@pytest.fixture
def bench(core: Core, clock: Clock, tmp_path: Path) -> Iterator[Bench]:
    """A world at work, with two channels that watch it."""
    bench = Bench.build(core, clock, Book(tmp_path / "book"))
    yield bench
    bench.close()


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    # They are complete when a test is torn down, which is told of without a word.
    reports = [report for report in terminalreporter.stats.get("", ()) if report.when == "teardown"]
    rows = [(report.location[2].removeprefix("test_"), value) for report in reports for name, value in report.user_properties if name == PROPERTY]
    if rows:
        terminalreporter.section("faults")
        for line in table(sorted(rows)):
            terminalreporter.write_line(line)
