"""An upgrade from any earlier revision keeps every row, on both databases. What happens when it is killed: tests/faults."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, inspect, text

from core.bootstrap import Core
from core.db.columns import Base
from core.db.maintenance.upgrade import MIGRATIONS, NEWEST, Migration, migrations
from core.errors import DatabaseAway, DatabaseBehind, ForeignFile, UpgradeBroken, UpgradeFailed
from tests.support.db.old_databases import ALEMBICS_OWN, REVISIONS, ROWS, assert_kept, contents, migrate, old_database, opened, revision_of, upgraded

BETWEEN = dict.fromkeys(REVISIONS[1:-1], pytest.mark.slow)
ANY_REVISION = [pytest.param(revision, marks=BETWEEN.get(revision, ())) for revision in REVISIONS]
"""The quick tests start at the oldest, which takes every migration, and at the newest, which takes none."""


@pytest.fixture(params=ANY_REVISION)
def old(request: pytest.FixtureRequest, empty_url: str) -> str:
    """A database of every kind at every revision, with rows in every table that it has."""
    old_database(empty_url, request.param)
    assert revision_of(empty_url) == request.param
    return empty_url


def test_p18_an_upgrade_from_any_revision_keeps_every_row_of_every_table(old: str) -> None:
    before, at = contents(old), revision_of(old)
    assert {table: len(rows) for table, rows in before.items()} == dict.fromkeys(before, ROWS)
    done = upgraded(old)
    assert (done.before, done.after) == (at, NEWEST)
    assert [step.revision for step in done.migrations] == REVISIONS[REVISIONS.index(str(at)) + 1 :]
    assert_kept(before, contents(old))


def test_the_last_of_the_old_databases_has_rows_in_every_table_there_is(empty_url: str) -> None:
    old_database(empty_url, REVISIONS[-1])
    assert set(contents(empty_url)) == set(Base.metadata.tables)


# --- SQLite's rebuilt tables


def test_a_migration_that_rebuilds_a_table_says_so(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/quell.db")
    dropped: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _look(_1: object, _2: object, statement: str, *_: object) -> None:
        if statement.strip().startswith("DROP TABLE"):
            dropped.append(statement.strip())

    found = []
    for step in migrations():
        dropped.clear()
        migrate(engine, step.revision)
        found.append(Migration(step.revision, step.title, bool(dropped)))
    engine.dispose()
    assert found == list(migrations())


def test_numbers_that_are_never_given_out_twice_are_still_not_after_any_migration(core: Core) -> None:
    if core.database.engine.dialect.name != "sqlite":
        return
    with core.database.engine.connect() as connection:
        made = {row.name: row.sql for row in connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))}
    wanted = {table.name for table in Base.metadata.tables.values() if table.dialect_options["sqlite"]["autoincrement"]}
    assert {name for name, sql in made.items() if "AUTOINCREMENT" in sql} == wanted


@pytest.mark.parametrize("table", ["issues", "messages"])
def test_a_number_that_was_given_out_and_deleted_is_not_given_out_after_the_upgrade(filled: str, table: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "quell.db") as connection:
        connection.execute(f"DELETE FROM {table} WHERE id = {ROWS}")
    connection.close()
    upgraded(filled)
    with sqlite3.connect(tmp_path / "quell.db") as connection:
        ((number,),) = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", [table])
    connection.close()
    assert number >= ROWS


def test_an_upgrade_that_would_leave_rows_that_refer_to_nothing_is_taken_back(filled: str) -> None:
    before, core = contents(filled), opened(filled)

    @event.listens_for(core.database.engine, "before_cursor_execute")
    def _lose(_: object, cursor: sqlite3.Cursor, statement: str, *_more: object) -> None:
        if statement.strip().startswith("DROP TABLE channels"):
            cursor.execute("DELETE FROM _alembic_tmp_channels WHERE id = 1")

    with pytest.raises(UpgradeBroken, match=r"1 rows of \w+ that refer to rows of channels that are gone"):
        core.upgrade()
    core.close()
    assert revision_of(filled) == REVISIONS[0]
    assert contents(filled) == before


def test_a_row_that_referred_to_nothing_before_does_not_stand_in_the_way(filled: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "quell.db") as connection:
        connection.execute("DELETE FROM channels WHERE id = 1")
    connection.close()
    assert upgraded(filled).after == NEWEST


def test_after_an_upgrade_foreign_keys_are_followed_again(filled: str) -> None:
    core = opened(filled)
    core.upgrade()
    with core.database.write() as work:
        assert work.session.scalar(text("PRAGMA foreign_keys")) == 1
    core.close()


# --- what goes wrong


def test_a_migration_that_fails_is_named_and_all_of_them_are_taken_back(empty_url: str) -> None:
    old_database(empty_url, "0003")
    core, before = opened(empty_url), contents(empty_url)
    with core.database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE storms (id INTEGER)"))
    with pytest.raises(UpgradeFailed, match=r"failed at migration 0006: .*storms.* already exists.*\. Nothing was changed\..*quell db upgrade"):
        core.upgrade()
    assert (core.revision(), contents(empty_url)) == ("0003", before | {"storms": []})
    with core.database.engine.begin() as connection:
        connection.execute(text("DROP TABLE storms"))
    core.upgrade()
    core.close()
    assert_kept(before, contents(empty_url))


def test_the_file_of_another_program_gets_no_tables(tmp_path: Path) -> None:
    core = opened(f"sqlite:///{tmp_path}/quell.db")
    with core.database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id INTEGER)"))
    for ask in (core.upgrade, partial(core.require_schema, may_create=True)):
        with pytest.raises(ForeignFile, match=r"quell\.db holds the tables of another program \(orders\)\. Nothing was changed"):
            ask()
    assert inspect(core.database.engine).get_table_names() == ["orders"]
    core.close()


def test_the_migrations_make_a_file_that_keeps_all_that_the_models_ask_for(sqlite_template: Path) -> None:
    """Alembic compares neither checks, nor what happens to rows whose owner goes, nor what partial indexes leave out."""
    models, migrated = create_engine("sqlite://"), create_engine(f"sqlite:///{sqlite_template}")
    Base.metadata.create_all(models)
    assert kept_by(migrated) == kept_by(models)
    models.dispose()
    migrated.dispose()


def kept_by(engine: Engine) -> dict[str, Any]:
    inspector = inspect(engine)
    return {
        name: (
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted(str(check["sqltext"]) for check in inspector.get_check_constraints(name)),
            sorted(sorted(unique["column_names"]) for unique in inspector.get_unique_constraints(name)),
            sorted((key["constrained_columns"], key["referred_table"], sorted(key["options"].items())) for key in inspector.get_foreign_keys(name)),
            sorted((str(index["name"]), index["unique"], str(index["dialect_options"].get("sqlite_where"))) for index in inspector.get_indexes(name)),
        )
        for name in Base.metadata.tables
    }


# --- two at once, and others at work


def test_two_that_upgrade_at_once_do_it_once(empty_url: str) -> None:
    old_database(empty_url, REVISIONS[0])
    before, done, together = contents(empty_url), [], threading.Barrier(2)

    def upgrade() -> None:
        core = opened(empty_url)
        together.wait()
        done.append(core.upgrade())
        core.close()

    both = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(len(one.migrations) for one in done) == [0, len(REVISIONS) - 1]
    assert_kept(before, contents(empty_url))


def _be_impatient(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA busy_timeout=1")


@pytest.fixture
def busy(filled: str) -> Iterator[tuple[Core, Any]]:
    """An old database that somebody writes to, and the writer; SQLite itself waits a millisecond for them."""
    writer, core = opened(filled), opened(filled)
    event.listen(core.database.engine, "connect", _be_impatient)
    holder = writer.database.engine.raw_connection()
    holder.cursor().execute("BEGIN IMMEDIATE")
    yield core, holder
    holder.close()
    writer.close()
    core.close()


def test_an_upgrade_waits_longer_for_a_writer_than_sqlite_does(busy: tuple[Core, Any]) -> None:
    (core, holder), tries = busy, []

    def give_way_late(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        tries.extend([statement] if statement == "BEGIN IMMEDIATE" else [])
        if len(tries) == 20:
            holder.rollback()

    event.listen(core.database.engine, "before_cursor_execute", give_way_late)
    assert core.upgrade().before == REVISIONS[0]
    assert len(tries) == 20


def test_a_writer_that_never_ends_is_in_the_way(busy: tuple[Core, Any]) -> None:
    with pytest.raises(DatabaseAway):
        busy[0].upgrade(wait_seconds=0)


def test_nobody_waits_for_a_writer_only_to_look_at_the_schema(busy: tuple[Core, Any]) -> None:
    core, _ = busy
    assert core.revision() == REVISIONS[0]
    assert not core.is_ready()
    with pytest.raises(DatabaseBehind):
        core.require_schema(may_create=True)


# --- who may upgrade


def test_no_migration_can_be_taken_back_since_that_would_lose_rows() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert [script.revision for script in ScriptDirectory.from_config(config).walk_revisions() if hasattr(script.module, "downgrade")] == []


@pytest.mark.parametrize("at", ANY_REVISION)
def test_a_database_that_is_behind_is_refused_unless_migrations_that_only_add_may_be_run(at: str, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/quell.db")
    migrate(engine, at)
    engine.dispose()
    core, steps = opened(f"sqlite:///{tmp_path}/quell.db"), migrations()[REVISIONS.index(at) + 1 :]
    if not steps:
        assert core.require_schema() is None
    else:
        with pytest.raises(DatabaseBehind, match=f"at migration {at}; this Quell needs {NEWEST}.*quell db upgrade"):
            core.require_schema(may_create=True)
        if any(step.rebuilds for step in steps):
            with pytest.raises(DatabaseBehind):
                core.require_schema(may_add=True)
        assert core.revision() == at
        if not any(step.rebuilds for step in steps):
            core.require_schema(may_add=True)
            assert core.is_ready()
    core.close()


def test_asking_what_a_database_is_at_makes_no_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/quell.db"
    assert revision_of(url) is None
    assert list(tmp_path.iterdir()) == []
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    assert ALEMBICS_OWN not in contents(url)
    engine.dispose()
