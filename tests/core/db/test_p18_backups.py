"""The copy of a SQLite file that an upgrade makes before it rebuilds tables."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core.db.maintenance.upgrade import NEWEST
from core.errors import BackupFailed
from tests.support.db.old_databases import REVISIONS, contents, revision_of, upgraded


def copies(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("quell.db."))


def test_the_file_is_copied_beside_itself_before_tables_are_rebuilt(filled: str, tmp_path: Path) -> None:
    before = contents(filled)
    backup = upgraded(filled).backup
    assert backup == tmp_path / f"quell.db.before-{NEWEST}"
    assert contents(f"sqlite:///{backup}") == before
    assert revision_of(f"sqlite:///{backup}") == REVISIONS[0]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert copies(tmp_path) == [backup.name]


def test_changes_that_are_not_in_the_file_itself_yet_are_in_the_copy(filled: str, tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / "quell.db")
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("UPDATE issues SET times_seen = 77")
    writer.commit()
    assert (tmp_path / "quell.db-wal").stat().st_size
    backup = upgraded(filled).backup
    writer.close()
    assert {row["times_seen"] for row in contents(f"sqlite:///{backup}")["issues"]} == {77}


def test_an_older_copy_is_never_overwritten(filled: str, tmp_path: Path) -> None:
    older = tmp_path / f"quell.db.before-{NEWEST}"
    older.write_text("precious")
    assert upgraded(filled).backup == tmp_path / f"quell.db.before-{NEWEST}.2"
    assert older.read_text() == "precious"


def test_a_copy_with_the_same_content_is_not_made_twice(filled: str, tmp_path: Path) -> None:
    as_it_was = (tmp_path / "quell.db").read_bytes()
    first = upgraded(filled).backup
    (tmp_path / "quell.db").write_bytes(as_it_was)
    assert upgraded(filled).backup == first
    assert copies(tmp_path) == [f"quell.db.before-{NEWEST}"]


def test_a_part_of_a_copy_that_a_killed_program_left_is_replaced(filled: str, tmp_path: Path) -> None:
    (tmp_path / f"quell.db.before-{NEWEST}.partial").write_bytes(b"SQLite format 3\0 and then the power went")
    assert upgraded(filled).backup
    assert copies(tmp_path) == [f"quell.db.before-{NEWEST}"]


@pytest.mark.slow
def test_where_the_disk_has_no_room_for_the_copy_nothing_is_upgraded(filled: str, tmp_path: Path) -> None:
    before = contents(filled)
    limited = "import resource as r, runpy; r.setrlimit(r.RLIMIT_FSIZE, (100_000, 100_000)); runpy.run_module('bot', run_name='__main__')"
    command, settings = [sys.executable, "-c", limited, "db", "upgrade"], {"PYTHONPATH": str(Path(__file__).parents[3]), "QUELL_DATABASE_URL": filled}
    done = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"quell: {tmp_path}/quell.db could not be copied beside itself before the upgrade: ")
    assert done.stderr.count("\n") == 1
    assert contents(filled) == before
    assert copies(tmp_path) == []


def test_a_new_database_is_not_copied(tmp_path: Path) -> None:
    done = upgraded(f"sqlite:///{tmp_path}/quell.db")
    assert (done.before, done.backup, copies(tmp_path)) == (None, None, [])


def test_where_no_copy_can_be_made_nothing_is_upgraded(filled: str, tmp_path: Path) -> None:
    before = contents(filled)
    (tmp_path / f"quell.db.before-{NEWEST}.partial").mkdir()
    with pytest.raises(BackupFailed, match=r"quell\.db could not be copied beside itself before the upgrade: .+\. Nothing was upgraded"):
        upgraded(filled)
    assert revision_of(filled) == REVISIONS[0]
    assert contents(filled) == before
