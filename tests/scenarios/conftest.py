"""A running town for each scenario."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.town import Town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """The real program, on both databases."""
    town = Town(tmp_path, database_url)
    town.start()
    yield town
    if town.process and town.process.poll() is None:
        assert town.stop() == 0, town.log
    assert "Traceback" not in town.log, town.log


@pytest.fixture
def sqlite_town(tmp_path: Path) -> Iterator[Town]:
    """The real program on a SQLite file that it makes itself."""
    town = Town(tmp_path, f"sqlite:///{tmp_path}/quell.db")
    town.start()
    yield town
    if town.process and town.process.poll() is None:
        assert town.stop() == 0, town.log
    assert "Traceback" not in town.log, town.log
