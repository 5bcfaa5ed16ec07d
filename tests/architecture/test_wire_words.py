"""The HTTP API's words stay in the API: the core and the scheduler name things in their own words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
STORED = ("core/db/stored/", "core/issues/stored_results.py", "core/db/migrations/")
"""What the database has under names of the API since the first version."""
FORMATS = ("core/rules/source_maps/decoding.py",)
"""What reads files whose words a standard has chosen."""
WIRE_WORD = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)+(?:\.[A-Za-z]+)*")


def wire_words(path: Path) -> Iterator[str]:
    """The texts and the names of arguments in a module that are written as JSON writes its keys."""
    for node in ast.walk(ast.parse(path.read_text())):
        word = node.value if isinstance(node, ast.Constant) else node.arg if isinstance(node, ast.keyword) else None
        if isinstance(word, str) and WIRE_WORD.fullmatch(word):
            yield f"{path.relative_to(ROOT).as_posix()}: {word}"


def test_the_core_knows_no_word_of_the_api() -> None:
    modules = [path for top in ("core", "scheduler") for path in (ROOT / top).rglob("*.py")]
    assert len(modules) > 50
    others = [path for path in modules if not path.relative_to(ROOT).as_posix().startswith((*STORED, *FORMATS))]
    assert [word for path in others for word in wire_words(path)] == []


def test_a_word_of_the_api_would_be_found() -> None:
    assert list(wire_words(ROOT / "core/issues/stored_results.py"))
