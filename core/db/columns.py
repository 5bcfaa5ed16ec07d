"""Column types, the declarative base, and insert-or-update: one schema and one way to write it for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, Integer, MetaData, SmallInteger, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite stores it as naive text, so the zone is taken off going in and put on coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses naive datetimes: they are always a mistake here."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Everything that comes out is aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables. Constraints have predictable names, so that migrations can find them on both databases."""

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


# SQLite numbers rows by itself only where the key is declared as plain INTEGER.
BigInt = BigInteger().with_variant(Integer, "sqlite")

Key = Annotated[int, mapped_column(BigInt, primary_key=True)]
Small = Annotated[int, mapped_column(SmallInteger)]


def owned_by(table: str, *, key: bool = False, index: bool = False) -> Any:
    """A column that names the row's owner and goes with it. ``key`` makes it the primary key: one row an owner."""
    return mapped_column(BigInt, ForeignKey(f"{table}.id", ondelete="CASCADE"), primary_key=key, index=index)


def of_organization() -> Any:
    """A column that names the row's organization. Its name in the database, and that of the table, is spelled as it was when it was made."""
    return mapped_column("organisation_id", BigInt, ForeignKey("organisations.id", ondelete="CASCADE"), key="organization_id")


def names(table: str) -> Any:
    """A column that names another row and becomes empty when that one goes."""
    return mapped_column(BigInt, ForeignKey(f"{table}.id", ondelete="SET NULL"), default=None)


NO_ID_REUSE = {"sqlite_autoincrement": True}
"""Numbers of rows that are gone are not given out again: an old button must not hit a new issue."""


MAX_STATEMENT_ROWS = 1000
"""Rows in one statement: SQLite takes 32,766 values in one."""


def upsert(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], change: Mapping[str, Any] | None = None, key: Sequence[str] = ()
) -> None:
    """Adds rows; where the key exists already, sets ``change`` on the old row, or leaves it alone where there is none to set.

    ``key`` names the columns that are unique together; without it, it is the primary key.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    columns = key or inspect(model).primary_key
    for first in range(0, len(rows), MAX_STATEMENT_ROWS):
        statement = insert(model).values(list(rows[first : first + MAX_STATEMENT_ROWS]))
        if change:
            session.execute(statement.on_conflict_do_update(index_elements=columns, set_=dict(change)))
        else:
            session.execute(statement.on_conflict_do_nothing(index_elements=columns))


T = TypeVar("T")


class DuplicateRow(Exception):
    """Somebody else has just stored the same thing: begin again, and it will be found."""


def retry_once(work: Callable[[], T]) -> T:
    """What ``work`` returns; where somebody else has just stored the same thing, it is called once more."""
    try:
        return work()
    except DuplicateRow:
        return work()
