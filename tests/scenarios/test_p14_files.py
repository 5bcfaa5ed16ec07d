"""Whatever the real program writes, only its owner can read, however generous the shell is that starts it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import Town

pytestmark = pytest.mark.slow


@pytest.fixture
def _generous() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """The modes of all files but the log, which the shell makes."""
    return {file.name: oct(stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir() if file.is_file() and file.name != "quell.log"}


@pytest.mark.usefixtures("_generous")
def test_databases_copies_and_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    town = Town(tmp_path, f"sqlite:///{tmp_path}/quell.db")
    town.start()
    town.crash()
    town.both_say("SHOP-1", "ZeroDivisionError")
    town.quell("db", "copy", "--to", f"sqlite:///{tmp_path}/copy.db")
    while_it_runs = modes(tmp_path)
    assert town.stop() == 0
    found = while_it_runs | modes(tmp_path)
    assert {"quell.db", "quell.db-wal", "quell.db-shm", "quell.key", "playground.db", "copy.db"} <= found.keys()
    assert {name: mode for name, mode in found.items() if mode != "0o600"} == {}
