"""House rules that no linter checks: what every module opens with, who may look at a clock, what a platform's folder holds."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.chat.verbs import TYPED
from bot.platforms import PLATFORMS
from bot.settings import Settings

HOUSE = Path(__file__).parents[2]
MIGRATIONS = HOUSE / "core/db/migrations"
MODULES = sorted(
    path for top in ("core", "bot", "scheduler") for path in (HOUSE / top).rglob("*.py") if MIGRATIONS not in path.parents and path.stat().st_size
)
"""All but migrations, whose form is Alembic's, and empty files."""
TESTS = sorted((HOUSE / "tests").rglob("*.py"))

CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
MAY_LOOK = ("core/bootstrap.py", "scheduler/runner.py", "bot/slack/", "bot/msteams/", "bot/playground/")
"""Everybody else is told the time. APScheduler and the platforms' signatures and tokens go by the wall clock."""

NAMES = tuple(entry.name for entry in PLATFORMS)
SHARED_FILES = {"app.py", "background.py", "client.py", "events.py", "ingress.py", "parse.py", "payload.py", "render.py", "responses.py", "text.py"}
MAX_LINES, MAX_MODULES, MAX_LOOSE_MODULES = 350, 20, 9
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
    assert len(TESTS) > 50


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
    may = [path for path in TESTS if "mock" in path.read_text()]
    assert may, "this file at least"
    assert [within(path) for path in may if any("mock" in name.split(".") for name in imports(path))] == []


def test_both_platforms_use_the_same_file_names_for_the_same_jobs() -> None:
    files = [{path.name for path in (HOUSE / "bot" / name).glob("*.py")} for name in NAMES]
    assert [sorted(SHARED_FILES - names) for names in files if not names >= SHARED_FILES] == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("file", ["parse.py", "render.py"])
def test_reading_and_drawing_are_pure(name: str, file: str) -> None:
    """They wait for nothing, and know neither the network, nor the SDK, nor the core."""
    path = HOUSE / "bot" / name / file
    assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree_of(path)))
    assert not {found.split(".")[0] for found in imports(path)} & {"aiohttp", "asyncio", "botbuilder", "core", "requests", "slack_bolt", "slack_sdk"}


def test_there_is_no_drawer_for_things_without_a_name() -> None:
    assert not {path.stem for path in MODULES} & {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}


def test_no_module_is_too_long_to_be_read_at_once() -> None:
    lengths = {within(path): len(path.read_text().splitlines()) for path in (*MODULES, *TESTS)}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_no_folder_holds_more_modules_than_a_glance() -> None:
    folders = Counter(within(path.parent) for path in (*MODULES, *TESTS) if path.name != "__init__.py")
    assert {folder: count for folder, count in folders.items() if count > MAX_MODULES} == {}
    assert folders["bot"] <= MAX_LOOSE_MODULES


def test_a_class_name_means_one_thing() -> None:
    """The playground aside, which plays the outside world."""
    where = defaultdict[str, list[str]](list)
    for path in MODULES:
        if HOUSE / "bot/playground" not in path.parents:
            for node in ast.walk(tree_of(path)):
                if isinstance(node, ast.ClassDef):
                    where[node.name].append(within(path))
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}


def test_every_command_is_in_the_documents() -> None:
    page = COMMANDS_PAGE.read_text()
    rows = {verb.name: "| `" + verb.usage.replace("|", "\\|") + f"` | {verb.help} |" for verb in TYPED}
    assert [name for name, row in rows.items() if row not in page] == []


def test_every_setting_is_in_the_documents() -> None:
    page = SETTINGS_PAGE.read_text()
    assert [name for name in Settings.model_fields if f"QUELL_{name.upper()}" not in page] == []
