"""Column types and the declarative base: one schema for SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, Integer, MetaData, SmallInteger
from sqlalchemy.orm import DeclarativeBase, mapped_column
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


def names(table: str) -> Any:
    """A column that names another row and becomes empty when that one goes."""
    return mapped_column(BigInt, ForeignKey(f"{table}.id", ondelete="SET NULL"), default=None)


NEVER_AGAIN = {"sqlite_autoincrement": True}
"""Numbers of rows that are gone are not given out again: an old button must not hit a new issue."""
