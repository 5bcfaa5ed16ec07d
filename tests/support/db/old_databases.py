"""Databases as earlier versions left them: at any revision, with rows in every table, whatever tables that revision has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    insert,
    inspect,
)

from core.bootstrap import Core, CoreSettings, open_core
from core.db.maintenance.upgrade import MIGRATIONS, Upgrade, migrations

ROWS = 4
"""In each table. A nullable column has a value in every other row."""
ALEMBICS_OWN = "alembic_version"
Row = Mapping[str, Any]
Contents = dict[str, list[dict[str, Any]]]

_MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def migrate(engine: Engine, revision: str) -> None:
    """As the versions of old did it: from empty."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def old_database(url: str, revision: str) -> None:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).write_bytes(_old_file(revision))
    else:
        _make(url, revision)


@cache
def _old_file(revision: str) -> bytes:
    """A SQLite database at a revision, made once in each process: migrations take a while."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "old.db"
        _make(f"sqlite:///{file}", revision)
        return file.read_bytes()


def _make(url: str, revision: str) -> None:
    engine = create_engine(url)
    try:
        migrate(engine, revision)
        with engine.begin() as connection:
            _fill(connection)
    finally:
        engine.dispose()


def contents(url: str) -> Contents:
    """Every row of every table as the driver reads it: neither our models nor types have a say."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            names = [name for name in inspect(connection).get_table_names() if name != ALEMBICS_OWN]
            return {name: _rows(connection, name) for name in names}
    finally:
        engine.dispose()


def assert_kept(before: Contents, after: Contents) -> None:
    """Every row has every value that it had."""
    for table, rows in before.items():
        columns = list(rows[0])
        kept = [{column: row[column] for column in columns} for row in after[table]]
        assert sorted(kept, key=str) == sorted(rows, key=str), table


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != ALEMBICS_OWN]


def _rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings()
    return sorted(map(dict, rows), key=lambda row: [str(value) for value in row.values()])


def _fill(connection: Connection) -> None:
    made: dict[str, list[Row]] = {}
    for table in _tables(connection):
        made[table.name] = [_row(table, number, made) for number in range(1, ROWS + 1)]
        connection.execute(insert(table), [row for row in made[table.name] if row])


def _row(table: Table, number: int, made: Mapping[str, list[Row]]) -> Row:
    nullable = [column.name for column in table.columns if column.nullable]
    left_out = set(nullable[number % 2 :: 2])
    return {column.name: None if column.name in left_out else _value(column, number, made) for column in table.columns}


def _value(column: Column[Any], number: int, made: Mapping[str, list[Row]]) -> Any:
    for key in column.foreign_keys:
        parent = key.column
        return number if parent.table is column.table else made[parent.table.name][number - 1][parent.name]
    kind = column.type
    if isinstance(kind, JSON):
        return {"column": column.name, "number": number}
    if isinstance(kind, DateTime):
        moment = _MONDAY + timedelta(minutes=number)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, Integer | Float):
        return number
    text = f"{column.name} {number}"[-(getattr(kind, "length", None) or 40) :]
    return text.encode() if isinstance(kind, LargeBinary) else text


REVISIONS = [step.revision for step in migrations()]


def opened(url: str) -> Core:
    return open_core(CoreSettings(url))


def upgraded(url: str) -> Upgrade:
    core = opened(url)
    try:
        return core.upgrade()
    finally:
        core.close()


def revision_of(url: str) -> str | None:
    core = opened(url)
    try:
        return core.revision()
    finally:
        core.close()
