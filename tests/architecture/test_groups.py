"""`make test` runs its groups by a script that stops at none of them and tells of every failure at its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "scripts" / "tests"


@pytest.fixture(autouse=True)
def _three_files(tmp_path: Path) -> None:
    (tmp_path / "test_bad.py").write_text("def test_sum():\n    assert 1 + 1 == 3\ndef test_end():\n    raise OSError('no disk')\n")
    (tmp_path / "test_good.py").write_text("def test_good():\n    pass\n")
    (tmp_path / "test_unread.py").write_text("import nothing_of_that_name\n")


def run(folder: Path, *groups: str) -> tuple[int, str, str]:
    """Runs the groups in a folder: exit code, all that was printed, and what stands at the end."""
    command = [sys.executable, str(SCRIPT), *(f"{group} -q -p no:cacheprovider" for group in groups)]
    bare = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # it starts in a quarter of the time
    done = subprocess.run(command, cwd=folder, env=bare, capture_output=True, text=True, timeout=100, check=False)
    return done.returncode, done.stdout, done.stdout.rpartition("\n==> ")[2]


def test_a_group_that_fails_keeps_no_other_from_running_and_all_failures_stand_at_the_end(tmp_path: Path) -> None:
    code, printed, end = run(tmp_path, "test_bad.py", "test_good.py", "test_unread.py")
    assert code == 1
    assert "1 passed" in printed
    assert end.startswith("3 failures in 3 groups")
    for words in ("test_bad.py::test_sum: assert (1 + 1) == 3", "test_bad.py::test_end: OSError: no disk", "test_unread"):
        assert words in end
    assert "test_good" not in end


def test_it_succeeds_only_when_every_group_does(tmp_path: Path) -> None:
    assert run(tmp_path, "test_good.py", "test_good.py")[::2] == (0, "all 2 groups passed\n")


def test_a_group_that_runs_no_test_is_a_failure(tmp_path: Path) -> None:
    code, _, end = run(tmp_path, "test_good.py -k nothing", "test_good.py --no-such-option")
    assert code == 1
    assert "the group found no tests" in end
    assert "the group was called wrongly" in end


def test_a_test_that_takes_its_process_down_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "test_dies.py").write_text("import os\ndef test_dies():\n    os._exit(7)\n")
    code, _, end = run(tmp_path, "test_dies.py", "test_dies.py -p xdist -n 1")
    assert code == 1
    assert "the group ended with 7" in end
    assert "test_dies.py::test_dies" in end
