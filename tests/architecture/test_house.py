"""House rules that no linter checks: what every module opens with, who may look at a clock, what a platform's folder holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.commands import SPECS
from bot.settings import Settings

HOUSE = Path(__file__).parents[2]
MIGRATIONS = HOUSE / "core/db/migrations"
MODULES = sorted(
    path for top in ("core", "bot", "scheduler") for path in (HOUSE / top).rglob("*.py") if MIGRATIONS not in path.parents and path.stat().st_size
)
"""All but migrations, whose form is Alembic's, and empty files."""

CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
MAY_LOOK = ("core/bootstrap.py", "scheduler/runner.py", "bot/slack/", "bot/msteams/", "bot/playground/")
"""Everybody else is told the time. APScheduler and the platforms' signatures and tokens go by the wall clock."""

PLATFORMS = ("slack", "msteams")
COMMANDS_PAGE, SETTINGS_PAGE = HOUSE / "docs/commands.md", HOUSE / "docs/settings.md"


def within(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def calls(path: Path) -> Iterator[tuple[str, str]]:
    """What a module calls, as it is written, and where."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), f"{within(path)}:{node.lineno}"


def imports(path: Path) -> Iterator[str]:
    """The names of the modules that a module imports."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def begins(node: ast.stmt) -> bool:
    """Whether a statement of a module does something by itself; definitions, tables and docstrings do not."""
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    return isinstance(node, ast.While | ast.With | ast.Delete | ast.Assert)


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 50


def test_every_module_opens_with_a_sentence_that_says_what_it_is() -> None:
    silent = [within(path) for path in MODULES if not (ast.get_docstring(tree_of(path)) or "").rstrip().endswith((".", ":", "?", "!"))]
    assert silent == []


def test_nothing_is_printed_but_by_the_command_line() -> None:
    assert [where for path in MODULES for name, where in calls(path) if name == "print"] == []


def test_nobody_looks_at_a_clock_who_can_be_told_the_time() -> None:
    told = [path for path in MODULES if not within(path).startswith(MAY_LOOK)]
    assert [where for path in told for name, where in calls(path) if ".".join(name.split(".")[-2:]) in CLOCKS] == []


def test_nothing_is_begun_at_import() -> None:
    assert [f"{within(path)}:{node.lineno}" for path in MODULES for node in tree_of(path).body if begins(node)] == []


def test_no_test_uses_mocks() -> None:
    tests = (HOUSE / "tests").rglob("*.py")
    assert [within(path) for path in tests if any("mock" in name.split(".") for name in imports(path))] == []


@pytest.mark.parametrize("name", PLATFORMS)
def test_each_platform_has_the_same_four_files(name: str) -> None:
    assert {"app.py", "parse.py", "render.py", "client.py"} <= {path.name for path in (HOUSE / "bot" / name).iterdir()}


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("file", ["parse.py", "render.py"])
def test_reading_and_drawing_are_pure(name: str, file: str) -> None:
    """They wait for nothing, and know neither the network, nor the SDK, nor the core."""
    path = HOUSE / "bot" / name / file
    assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree_of(path)))
    assert not {found.split(".")[0] for found in imports(path)} & {"aiohttp", "asyncio", "botbuilder", "core", "requests", "slack_bolt", "slack_sdk"}


def test_there_is_no_drawer_for_things_without_a_name() -> None:
    assert not {path.stem for path in MODULES} & {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}


def test_files_are_mostly_small() -> None:
    lengths = {within(path): len(path.read_text().splitlines()) for path in MODULES}
    long = {name: length for name, length in lengths.items() if length > 200}
    assert len(long) <= len(lengths) / 10, long


def test_every_command_is_in_the_documents() -> None:
    page = COMMANDS_PAGE.read_text()
    assert [spec.verb for spec in SPECS if f"`{spec.verb}" not in page] == []


def test_every_setting_is_in_the_documents() -> None:
    page = SETTINGS_PAGE.read_text()
    assert [name for name in Settings.model_fields if f"QUELL_{name.upper()}" not in page] == []
