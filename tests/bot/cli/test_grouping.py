"""``quell project grouping``: rules are shown, replaced, removed and tried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Shell
from tests.support.core import World

RULES = 'error.type:Timeout -> timeout title="Timeout"\nstack.module:vendor.* -app\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rules"
    file.write_text(RULES)
    return file


def test_rules_are_shown_replaced_and_removed(peopled: World, quell: Shell, file: Path) -> None:
    assert "has no grouping rules of its own. Example: quell project grouping shop --file rules" in quell("project", "grouping", "shop").out
    assert quell("project", "grouping", "shop", "--file", str(file)).out.split() == ["project", "shop", "rules", "2"]
    assert quell("project", "grouping", "shop").out == RULES
    assert quell.json("project", "grouping", "shop") == {"project": "shop", "rules": RULES}
    assert quell.json("project", "grouping", "shop", "--clear") == {"project": "shop", "rules": ""}
    quell("project", "grouping", "shop", "--file", str(file))
    file.write_text("")
    assert quell.json("project", "grouping", "shop", "--file", str(file)) == {"project": "shop", "rules": ""}


def test_a_dry_run_says_what_the_rules_would_do_and_stores_nothing(peopled: World, quell: Shell, file: Path) -> None:
    file.write_text("message:* -> all")
    peopled.event("Crash")
    out = quell("project", "grouping", "shop", "--file", str(file), "--dry-run").out
    assert "Nothing was changed." in out
    run = quell.json("project", "grouping", "shop", "--file", str(file), "--dry-run")
    assert {"since", "events", "issues_now", "issues_then", "joins", "splits"} == set(run)
    assert quell.json("project", "grouping", "shop")["rules"] == ""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"type:X -> y\n\x1b[31m:X -> y", "Line 2:"),
        (b"stack.functon:main -app", "Line 1: “stack.functon” is not a matcher here"),
        (b"\xff\xfe", "is not a text in UTF-8"),
        (b"#" * 200_000, "is too large"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_and_changes_nothing(peopled: World, quell: Shell, file: Path, content: bytes, problem: str) -> None:
    quell("project", "grouping", "shop", "--file", str(file))
    file.write_bytes(content)
    refused = quell("project", "grouping", "shop", "--file", str(file))
    assert refused.code != 0
    assert problem in " ".join(refused.err.replace("│", "").split())
    assert "\x1b[31m:X" not in refused.err
    assert quell("project", "grouping", "shop").out == RULES


def test_a_file_that_is_not_there_and_two_wishes_at_once_are_refused(peopled: World, quell: Shell, file: Path) -> None:
    assert quell("project", "grouping", "shop", "--file", "/no/such/file").code != 0
    assert quell("project", "grouping", "shop", "--file", str(file), "--clear").code != 0
