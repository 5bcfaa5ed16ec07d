"""SIGKILL at every boundary of an upgrade: statements, the commit, and the files of the copy; then it is run again."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from core.db.database import Database
from core.db.maintenance.upgrade import NEWEST, revision_of
from tests.support.db.old_databases import Contents, assert_kept, contents, old_database
from tests.support.faults.figures import LONG, Figures
from tests.support.faults.kills import Choose, Nursery

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
OLD = "0001"
SHORT_STRIDE, LONG_STRIDE = 60, 6
"""Of how many statements the two forms try one. All of them are in one transaction, so they are much alike."""


def _every(stride: int) -> Choose:
    """Each commit and each file, and now and then a statement."""

    def choose(boundaries: Sequence[str]) -> Sequence[int]:
        return [number for number, kind in enumerate(boundaries, 1) if kind != "statement" or number % stride == 0]

    return choose


def _look(url: str) -> tuple[str | None, Contents]:
    with closing(Database(url)) as database:
        return revision_of(database.engine), contents(url)


def _copies_taken_away(url: str) -> list[tuple[str | None, Contents]]:
    """What is in the copies beside the file, which go, so that the next try begins as this one did. A part of one stays where it is."""
    file = Path(url.removeprefix("sqlite:///"))
    copies = [copy for copy in file.parent.glob(f"{file.name}.before-*") if copy.suffix != ".partial"]
    found = [_look(f"sqlite:///{copy}") for copy in copies]
    for copy in copies:
        copy.unlink()
    return found


@pytest.mark.parametrize("choose", [_every(SHORT_STRIDE), pytest.param(_every(LONG_STRIDE), marks=LONG)], ids=["short", "long"])
def test_p18_an_upgrade_that_is_killed_anywhere_has_changed_nothing_and_can_be_run_again(
    nursery: Nursery, empty_url: str, choose: Choose, figures: Figures
) -> None:
    """P18: the same database is upgraded and killed again and again, each time at a later boundary, until nothing kills the upgrade."""
    old_database(empty_url, OLD)
    as_before = _look(empty_url)
    boundaries = nursery.ask("upgrade", url=empty_url, deadly=0, only_tries=True)["boundaries"]
    assert _look(empty_url) == as_before
    _copies_taken_away(empty_url)
    figures.cases = len(boundaries)
    for number in choose(boundaries[:-1]):
        died = nursery.ask("upgrade", url=empty_url, deadly=number, only_tries=False)["died"]
        assert died == signal.SIGKILL
        figures.kills += 1
        assert _look(empty_url) == as_before, f"killed at {number} ({boundaries[number - 1]})"
        assert all(copy == as_before for copy in _copies_taken_away(empty_url))
    assert nursery.ask("upgrade", url=empty_url, deadly=len(boundaries), only_tries=False)["died"] == signal.SIGKILL
    revision, after = _look(empty_url)
    assert revision == NEWEST
    assert_kept(as_before[1], after)
    if empty_url.startswith("sqlite"):
        assert _copies_taken_away(empty_url) == [as_before]
        assert [path.name for path in Path(empty_url.removeprefix("sqlite:///")).parent.iterdir() if path.suffix == ".partial"] == []
