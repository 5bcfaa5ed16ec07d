"""The numbers that databases give to new rows, and how a copy goes on from those of its source."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Function, Table, cast, column, delete, func, insert, select, table
from sqlalchemy.dialects.postgresql import REGCLASS

_SQLITE_NUMBERS = table("sqlite_sequence", column("name"), column("seq"))
"""Where SQLite keeps the last number of each table whose numbers are never given out again."""


def carry_on(there: Connection, here: Connection, copied: Table) -> None:
    """The next new row of the copy gets a number that no row of the source had, those that are gone included."""
    key = copied.autoincrement_column
    last = _last(there, key) if key is not None else 0
    if key is None or not last:
        return
    if here.dialect.name == "postgresql":
        here.execute(select(func.setval(_sequence(key), last)))
    elif copied.dialect_options["sqlite"]["autoincrement"]:
        here.execute(delete(_SQLITE_NUMBERS).where(_SQLITE_NUMBERS.c.name == copied.name))
        here.execute(insert(_SQLITE_NUMBERS).values(name=copied.name, seq=last))


def _last(there: Connection, key: Column[Any]) -> int:
    """The highest number that was given out. SQLite and PostgreSQL both keep it, but not of every table and not of rows that were copied in."""
    newest = there.scalar(select(func.max(key)))
    return max(newest or 0, _given_out(there, key) or 0)


def _given_out(there: Connection, key: Column[Any]) -> int | None:
    if there.dialect.name == "postgresql":
        return there.scalar(select(func.pg_sequence_last_value(cast(_sequence(key), REGCLASS))))
    return there.scalar(select(_SQLITE_NUMBERS.c.seq).where(_SQLITE_NUMBERS.c.name == key.table.name))


def _sequence(key: Column[Any]) -> Function[Any]:
    return func.pg_get_serial_sequence(key.table.name, key.name)
