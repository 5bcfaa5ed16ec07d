"""Copy a whole database into an empty one of any kind, in one consistent snapshot, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Engine, Function, LargeBinary, Table, cast, column, delete, func, insert, inspect, literal, select, table
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import DBAPIError

from core.db.columns import Base
from core.db.database import Database
from core.db.maintenance.backup import file_of
from core.db.maintenance.upgrade import NEWEST, missing, revision, upgrade
from core.db.models import PendingInteraction
from core.errors import CopyFailed, CountsDiffer, DatabaseTooNew, SameDatabase, SourceUnready, TargetTaken, TargetUnusable

_CHUNK = 100
"""Rows in memory at once: an event may be a megabyte."""
_FILES_CHUNK = 1
"""The same, of tables with uploaded files: one may have many megabytes."""
_ALEMBIC_TABLES = frozenset({"alembic_version"})
_MAX_NAMED_TABLES = 3
_SQLITE_NUMBERS = table("sqlite_sequence", column("name"), column("seq"))
"""SQLite's table of the last id of each table whose ids are never reused."""


def copy(source: Database, target_url: str) -> dict[str, int]:
    """Copy every table and return its number of rows.

    Raises TriageError if the target is unusable, DatabaseAway if the source is.

    Reads the source in one transaction; rows written after its start are not copied. Writes the target in one transaction too, so a failure leaves
    it empty.
    """
    if _is_missing(source.engine):
        raise SourceUnready(source=_display_name(source.engine))
    target = Database(target_url)
    try:
        with source.snapshot() as there:
            _require_ready(there)
            _prepare_target(there, target.engine)
            return _copy_tables(there, target.engine)
    finally:
        target.close()


def _require_ready(there: Connection) -> None:
    at = revision(there)
    if at == NEWEST:
        return
    missing(at)  # raises DatabaseTooNew
    raise SourceUnready(source=_display_name(there.engine))


def _prepare_target(there: Connection, target: Engine) -> None:
    """Create our tables in the target, after checking that it is another database and empty."""
    name = _display_name(target)
    if _is_same_file(there.engine, target):
        raise SameDatabase(target=name)
    if target.dialect.name == "sqlite" and not file_of(target):
        raise TargetUnusable(target=name, reason="it would be gone at once")
    try:
        with target.connect() as here:
            if _is_same_server_database(there, here):
                raise SameDatabase(target=name)
            _refuse_nonempty(here, name)
        upgrade(target)
    except DBAPIError as error:
        raise TargetUnusable(target=name, reason=_reason(error)) from error
    except DatabaseTooNew:
        raise TargetTaken(target=name, what="migrations that this Quell does not know") from None


def _refuse_nonempty(here: Connection, name: str) -> None:
    known = Base.metadata.tables
    found = sorted(set(inspect(here).get_table_names()) - _ALEMBIC_TABLES)
    foreign = [table for table in found if table not in known]
    if foreign:
        raise TargetTaken(target=name, what=f"tables of something else ({_name_list(foreign)})")
    full = [table for table in found if here.scalar(select(literal(1)).select_from(known[table]).limit(1))]
    if full:
        raise TargetTaken(target=name, what=f"rows already ({_name_list(full)})")


def _copy_tables(there: Connection, target: Engine) -> dict[str, int]:
    """Copy all rows, owners before the rows that refer to them."""
    name = _display_name(target)
    # Pending interactions are copied by their own store: on SQLite they have their own file.
    tables = [table for table in Base.metadata.sorted_tables if table.name != PendingInteraction.__tablename__]
    with _translate_errors(name, "its end"), target.begin() as here:
        _refuse_nonempty(here, name)
        for table in tables:
            with _translate_errors(name, table.name):
                _copy_rows(there, here, table)
        counts = {table.name: _count(there, here, table) for table in tables}
        for table in tables:
            continue_sequences(there, here, table)
    return counts


def _copy_rows(there: Connection, here: Connection, table: Table) -> None:
    """Copy the rows of a table. Values pass through the column types, so that each database stores them in its own way."""
    keys = table.columns.keys()  # the attribute names; rows use the names in the database
    chunk_size = _FILES_CHUNK if any(isinstance(column.type, LargeBinary) for column in table.columns) else _CHUNK
    with there.execute(select(table), execution_options={"yield_per": chunk_size}) as rows:
        for chunk in rows.partitions():
            here.execute(insert(table), [dict(zip(keys, row, strict=True)) for row in chunk])


def _count(there: Connection, here: Connection, table: Table) -> int:
    """Return the number of rows on both sides. Raises CountsDiffer."""
    query = select(func.count()).select_from(table)
    before, after = there.scalar(query) or 0, here.scalar(query) or 0
    if before != after:
        raise CountsDiffer(table=table.name, there=before, here=after, source=_display_name(there.engine), target=_display_name(here.engine))
    return before


@contextmanager
def _translate_errors(target: str, table: str) -> Iterator[None]:
    """Translate the driver's errors during the copy into ours."""
    try:
        yield
    except DBAPIError as error:
        raise CopyFailed(table=table, reason=_reason(error), target=target) from error


def _reason(error: DBAPIError) -> str:
    """Return the first line of the driver's message; later lines may contain row data."""
    return str(error.orig).strip().partition("\n")[0].rstrip(".")


def _is_missing(engine: Engine) -> bool:
    """Return whether the database is a file that does not exist. Opening it would create it."""
    file = file_of(engine)
    return file is not None and not file.exists()


def _is_same_file(source: Engine, target: Engine) -> bool:
    source_file, target_file = file_of(source), file_of(target)
    return bool(source_file and target_file and target_file.exists() and source_file.samefile(target_file))


def _is_same_server_database(there: Connection, here: Connection) -> bool:
    """Compare the servers' own identity, because one server has many addresses."""
    if {there.dialect.name, here.dialect.name} != {"postgresql"}:
        return False
    who = select(func.pg_postmaster_start_time(), func.current_database(), func.current_schema())
    return there.execute(who).one() == here.execute(who).one()


def _display_name(engine: Engine) -> str:
    """Return the database's URL without secrets."""
    if engine.dialect.name == "sqlite":
        return str(file_of(engine) or "the database in memory")
    return f"{engine.url.database or 'the database'} at {engine.url.host or engine.url.query.get('host') or 'this machine'}"


def _name_list(names: list[str]) -> str:
    return ", ".join(names[:_MAX_NAMED_TABLES]) + (", …" if len(names) > _MAX_NAMED_TABLES else "")


def continue_sequences(there: Connection, here: Connection, copied: Table) -> None:
    """Let the copy's next ids continue after the source's, including the ids of deleted rows."""
    key = copied.autoincrement_column
    last = _highest_id(there, key) if key is not None else 0
    if key is None or not last:
        return
    if here.dialect.name == "postgresql":
        here.execute(select(func.setval(_sequence(key), last)))
    elif copied.dialect_options["sqlite"]["autoincrement"]:
        here.execute(delete(_SQLITE_NUMBERS).where(_SQLITE_NUMBERS.c.name == copied.name))
        here.execute(insert(_SQLITE_NUMBERS).values(name=copied.name, seq=last))


def _highest_id(there: Connection, key: Column[Any]) -> int:
    """Return the highest id ever assigned. SQLite and PostgreSQL both keep it, but not for every table, and not for copied rows."""
    newest = there.scalar(select(func.max(key)))
    return max(newest or 0, _given_out(there, key) or 0)


def _given_out(there: Connection, key: Column[Any]) -> int | None:
    if there.dialect.name == "postgresql":
        return there.scalar(select(func.pg_sequence_last_value(cast(_sequence(key), REGCLASS))))
    return there.scalar(select(_SQLITE_NUMBERS.c.seq).where(_SQLITE_NUMBERS.c.name == key.table.name))


def _sequence(key: Column[Any]) -> Function[Any]:
    return func.pg_get_serial_sequence(key.table.name, key.name)
