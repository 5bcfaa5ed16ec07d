"""Column types, the declarative base and upserts: one schema and one way to write it for SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, Integer, MetaData, SmallInteger, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeDecorator

# SQLite assigns ids only if the key is declared as plain INTEGER.
BigInt = BigInteger().with_variant(Integer, "sqlite")
Key = Annotated[int, mapped_column(BigInt, primary_key=True)]
Small = Annotated[int, mapped_column(SmallInteger)]
NO_ID_REUSE = {"sqlite_autoincrement": True}
"""Ids of deleted rows are not reused: an old button must not hit a new issue."""
_MAX_TRIES, _PAUSE_SECONDS = 50, 0.02
MAX_STATEMENT_ROWS = 1000
"""Rows in one statement: SQLite accepts 32,766 values in one."""
T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite stores naive text, so the zone is removed on the way in and added on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes: they are always a mistake here."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC datetime."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base class of all tables. Constraints have predictable names, so that migrations can find them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[int]: JSON,
    }


def owned_by(table: str, *, key: bool = False, index: bool = False) -> Any:
    """Declare a foreign key to the row's owner, deleted with it. With ``key`` it is the primary key: one row per owner."""
    return mapped_column(BigInt, ForeignKey(f"{table}.id", ondelete="CASCADE"), primary_key=key, index=index)


def of_organization() -> Any:
    """Declare a foreign key to the organization. Table and column keep the spelling they were created with."""
    return mapped_column("organisation_id", BigInt, ForeignKey("organisations.id", ondelete="CASCADE"), key="organization_id")


def names(table: str) -> Any:
    """Declare a foreign key that becomes NULL when the other row is deleted."""
    return mapped_column(BigInt, ForeignKey(f"{table}.id", ondelete="SET NULL"), default=None)


def upsert(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], change: Mapping[str, Any] | None = None, key: Sequence[str] = ()
) -> None:
    """Insert rows; if the key exists, apply ``change`` to the old row, or leave it alone if there is no change.

    ``key`` names the columns of the unique constraint; by default it is the primary key.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    columns = key or inspect(model).primary_key
    for first in range(0, len(rows), MAX_STATEMENT_ROWS):
        statement = insert(model).values(list(rows[first : first + MAX_STATEMENT_ROWS]))
        if change:
            session.execute(statement.on_conflict_do_update(index_elements=columns, set_=dict(change)))
        else:
            session.execute(statement.on_conflict_do_nothing(index_elements=columns))


class DuplicateRow(Exception):
    """Another transaction has just stored the same thing. Start again, and it will be found."""


def execute_with_retry(connection: sqlite3.Connection, statement: str) -> None:
    """Execute a statement on opening a SQLite file, with retries for a second.

    If two processes open a new file at once, both switch its journal mode, and SQLite refuses one of them without waiting.
    """
    for _ in range(_MAX_TRIES):
        try:
            connection.execute(statement)
        except sqlite3.OperationalError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return
    connection.execute(statement)


def retry_once(work: Callable[[], T]) -> T:
    """Return the result of ``work``; call it once more if it raises DuplicateRow."""
    try:
        return work()
    except DuplicateRow:
        return work()
