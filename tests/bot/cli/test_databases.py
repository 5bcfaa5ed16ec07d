"""What an operator does about the database: copies it from each kind to each kind, and upgrades it."""

from __future__ import annotations

import shlex
from importlib import metadata
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from core.bootstrap import NEWEST, CoreSettings, open_core
from tests.support.cli import Shell
from tests.support.core import World
from tests.support.db.old_databases import contents, old_database

KEY = "a key of more than thirty-two characters"


@pytest.fixture
def quell(bare_shell: Shell, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Shell:
    monkeypatch.setenv("QUELL_DATABASE_URL", database_url)
    return bare_shell


@pytest.fixture
def peopled(world: World) -> World:
    for title in ("Boom", "Bang", "Boom"):
        world.event(title)
    return world


def test_a_copy_says_how_many_rows_went_where_and_is_used_by_setting_its_address(peopled: World, quell: Shell, empty_url: str) -> None:
    answer = quell.json("db", "copy", "--to", empty_url)
    assert set(answer) == {"began", "tables", "rows"}
    assert answer["tables"].items() >= {"issues": 2, "events": 3, "projects": 1, "lines": 0}.items()
    assert answer["rows"] == sum(answer["tables"].values())
    quell.monkeypatch.setenv("QUELL_DATABASE_URL", empty_url)
    assert "SHOP-1 Boom" in quell("do", "show SHOP-1").out
    assert quell.json("project", "create", "till")["id"] == "2"


def test_in_words_it_is_a_line_for_each_table_and_what_to_do_next(peopled: World, quell: Shell, empty_url: str) -> None:
    ran = quell("db", "copy", "--to", empty_url)
    assert (ran.code, ran.err) == (0, "")
    *lines, in_all, copied, then = ran.out.splitlines()
    counts = {line.split()[0]: line.split()[1] for line in lines}
    assert counts.items() >= {"issues": "2", "events": "3"}.items()
    assert in_all.split() == ["in", "all", str(sum(map(int, counts.values())))]
    assert copied.endswith("UTC, and both sides count the same. What came in later is not in the copy.")
    assert then.startswith("To move, stop Quell before you copy")


@pytest.mark.parametrize(("database_url", "empty_url"), [("sqlite", "to_sqlite")], indirect=True)
def test_the_secret_key_beside_a_sqlite_file_is_not_forgotten(peopled: World, quell: Shell, empty_url: str) -> None:
    assert (
        "The secret key, in the .key file beside the old database, was not copied. Copy it beside the new database"
        in quell("db", "copy", "--to", empty_url).out
    )
    quell.monkeypatch.setenv("QUELL_SECRET_KEY", KEY)
    ran = quell("db", "copy", "--to", "sqlite:///third.db")
    assert ran.out.endswith("QUELL_SECRET_KEY stays as it is.\n")
    assert KEY not in ran.out


@pytest.mark.postgres
@pytest.mark.parametrize(("database_url", "empty_url"), [("sqlite", "to_postgres")], indirect=True)
def test_for_postgres_the_key_becomes_a_setting(peopled: World, quell: Shell, empty_url: str) -> None:
    assert quell("db", "copy", "--to", empty_url).out.endswith(
        "The secret key, in the .key file beside the old database, was not copied. Set QUELL_SECRET_KEY to what it holds.\n"
    )


def test_a_target_in_use_is_refused_with_what_to_do(peopled: World, quell: Shell, empty_url: str) -> None:
    quell.json("db", "copy", "--to", empty_url)
    refusal = quell("db", "copy", "--to", empty_url).refusal
    assert "is not empty: it has rows already" in refusal
    assert "Name an empty database" in refusal


def test_a_database_is_not_copied_onto_itself(peopled: World, quell: Shell, database_url: str) -> None:
    assert "is the very database that was to be copied. Nothing was copied." in quell("db", "copy", "--to", database_url).refusal


def test_a_target_that_does_not_answer_is_refused_without_its_password(peopled: World, quell: Shell) -> None:
    refusal = quell("db", "copy", "--to", "postgresql+psycopg://quell:hunter2@127.0.0.1:1/quell").refusal
    assert "quell at 127.0.0.1 cannot be used" in refusal
    assert "hunter2" not in refusal


def test_a_malformed_target_is_wrong_usage_and_its_password_not_shown(bare_shell: Shell) -> None:
    ran = bare_shell("db", "copy", "--to", "postgres://quell:hunter2@localhost/quell")
    assert (ran.code, "hunter2" in ran.err, "postgresql+psycopg://quell@localhost/quell" in ran.err) == (2, False, True)


def test_a_source_that_lacks_migrations_is_left_as_it_is(bare_shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "quell.db").touch()
    assert "quell.db is not there or lacks migrations" in bare_shell("db", "copy", "--to", "sqlite:///new.db").refusal
    core = open_core(CoreSettings(f"sqlite:///{tmp_path}/quell.db"))
    assert not core.is_ready()
    core.close()
    assert not Path("new.db").exists()


def test_a_source_that_is_not_there_is_not_made(bare_shell: Shell) -> None:
    assert "quell.db is not there" in bare_shell("db", "copy", "--to", "sqlite:///new.db").refusal
    assert list(Path.cwd().iterdir()) == []


# --- upgrades


@pytest.fixture
def old_shell(bare_shell: Shell, tmp_path: Path) -> Shell:
    """With a SQLite file that an earlier version left behind."""
    old_database(f"sqlite:///{tmp_path}/quell.db", "0005")
    return bare_shell


def test_an_upgrade_says_from_where_to_where_what_it_did_and_where_the_copy_is(old_shell: Shell, tmp_path: Path) -> None:
    ran = old_shell("db", "upgrade")
    assert (ran.code, ran.err) == (0, "")
    said, *steps, copied = ran.out.splitlines()
    assert said == f"Upgraded the database from migration 0005 to {NEWEST}:"
    assert steps[0] == "  0006  Lines in threads, storms, and the settings of channels"
    assert copied.startswith(f"The database as it was before is in quell.db.before-{NEWEST}.")
    assert (tmp_path / f"quell.db.before-{NEWEST}").exists()
    assert old_shell("db", "upgrade").out == f"Nothing to do: the database is at migration {NEWEST}, the newest.\n"


def test_an_upgrade_answers_programs_too(old_shell: Shell) -> None:
    answer = old_shell.json("db", "upgrade")
    assert (answer["before"], answer["after"], answer["backup"]) == ("0005", NEWEST, f"quell.db.before-{NEWEST}")
    assert answer["migrations"][0]["revision"] == "0006"
    assert old_shell.json("db", "upgrade") == {"before": NEWEST, "after": NEWEST, "migrations": [], "backup": None}


def test_a_new_database_is_made_without_further_words(bare_shell: Shell) -> None:
    assert bare_shell("db", "upgrade").out == f"Made a new database, at migration {NEWEST}.\n"


@pytest.mark.parametrize(
    "command",
    ["org create acme", "project create shop", "token create", "watch shop --slack C1", "do list", "serve", "db copy --to sqlite:///other.db"],
)
def test_no_command_upgrades_by_the_way(old_shell: Shell, command: str, tmp_path: Path) -> None:
    before = contents(f"sqlite:///{tmp_path}/quell.db")
    ran = old_shell(*shlex.split(command))
    assert ran.code == 1
    assert "quell db upgrade" in ran.err
    assert contents(f"sqlite:///{tmp_path}/quell.db") == before


@pytest.mark.parametrize("command", ["org create other", "do list", "serve", "doctor", "db upgrade", "db copy --to sqlite:///other.db"])
def test_a_database_of_a_newer_quell_is_refused_everywhere(quell: Shell, database_url: str, command: str, tmp_path: Path) -> None:
    quell.monkeypatch.setenv("QUELL_SECRET_KEY", KEY)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    ran = quell(*shlex.split(command))
    assert ran.code == 1
    assert "The database has migrations that this Quell does not know" in ran.out + ran.err
    assert not (tmp_path / "other.db").exists()


def test_the_doctor_says_that_an_upgrade_is_missing_and_makes_none(old_shell: Shell, tmp_path: Path) -> None:
    before = contents(f"sqlite:///{tmp_path}/quell.db")
    ran = old_shell("doctor")
    assert ran.code == 1
    assert f"The database is at migration 0005; this Quell needs {NEWEST}." in ran.out
    assert contents(f"sqlite:///{tmp_path}/quell.db") == before


def test_the_version_names_the_migration_of_the_program_and_of_the_database(old_shell: Shell) -> None:
    assert old_shell("--version").out == f"quell {metadata.version('quell')}, made for migration {NEWEST}; the database is at 0005\n"
    old_shell("db", "upgrade")
    assert old_shell("--version").out.endswith(f"; the database is at {NEWEST}\n")


def test_the_version_is_told_before_there_is_a_database_and_makes_none(bare_shell: Shell, tmp_path: Path) -> None:
    assert bare_shell("--version").out.endswith("; the database is at none\n")
    assert list(tmp_path.iterdir()) == []
    bare_shell.monkeypatch.setenv("QUELL_PORT", "a door")
    assert "the database cannot be asked" in bare_shell("--version").out


def test_what_only_needs_its_tables_is_made_by_the_first_command(bare_shell: Shell) -> None:
    assert bare_shell("org", "create", "acme").code == 0
