"""Insert-or-update, which SQLite and PostgreSQL say in the same words but SQLAlchemy keeps in two places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.db.columns import Base

MOST_AT_ONCE = 1000
"""Rows in one statement: SQLite takes 32,766 values in one."""


def upsert(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], change: Mapping[str, Any] | None = None, key: Sequence[str] = ()
) -> None:
    """Adds rows; where the key exists already, sets ``change`` on the old row, or leaves it alone where there is none to set.

    ``key`` names the columns that are unique together; without it, it is the primary key.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    columns = key or inspect(model).primary_key
    for first in range(0, len(rows), MOST_AT_ONCE):
        statement = insert(model).values(list(rows[first : first + MOST_AT_ONCE]))
        if change:
            session.execute(statement.on_conflict_do_update(index_elements=columns, set_=dict(change)))
        else:
            session.execute(statement.on_conflict_do_nothing(index_elements=columns))
