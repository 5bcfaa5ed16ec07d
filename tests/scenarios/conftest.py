"""A running town for each scenario."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.support.browser import Visitor, chromium, need_a_browser
from tests.support.program import ANA, Town, wait_for


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """The real program, on both databases."""
    yield from _running(Town(tmp_path, database_url))


@pytest.fixture
def sqlite_town(tmp_path: Path) -> Iterator[Town]:
    """The real program on a SQLite file that it makes itself."""
    yield from _running(Town(tmp_path, f"sqlite:///{tmp_path}/quell.db"))


def _running(town: Town) -> Iterator[Town]:
    """Starts the program; at the end it stops in order and has logged no traceback."""
    town.start()
    yield town
    if town.process and town.process.poll() is None:
        assert town.stop() == 0, town.log
    assert "Traceback" not in town.log, town.log


@pytest.fixture
def visitor(request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Somebody who opened the page of the running program. Anything that the console complains of fails the test."""
    need_a_browser()
    town: Town = request.getfixturevalue("sqlite_town")
    wait_for(partial(town.sees, ANA, "slack", "You are @"))
    town.post("/reset", {})  # what the town said while it was starting
    with chromium() as browser:
        visitor = Visitor(browser.new_page(viewport={"width": 1440, "height": 900}), request.node.name.removeprefix("test_")[:40])
        visitor.open(town.url)
        yield visitor
        visitor.shoot("end")
        assert visitor.complaints == []
