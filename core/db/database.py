"""The database: SQLite (WAL, one writer at a time) or PostgreSQL, opened once, handing out units of work."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.db.unit_of_work import UnitOfWork
from core.errors import DatabaseAway

READ_ONLY = "quell_read_only"
"""The execution option of a connection that will only read."""

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON", "temp_store=MEMORY")


class Database:
    """One database. Everything that happens in a unit of work is one transaction: committed at its end, undone by any exception."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _open(url)

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A transaction that may write. On SQLite it holds the one write lock from its first statement, so it cannot fail half way."""
        with self._work(Session(self.engine, expire_on_commit=False, autoflush=False)) as work:
            yield work
            work.session.commit()

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """A transaction that sees one moment of the database and changes nothing."""
        with self._work(Session(self.engine.execution_options(**{READ_ONLY: True}), expire_on_commit=False, autoflush=False)) as work:
            yield work

    def is_reachable(self) -> bool:
        """Whether the database answers."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError:
            return False
        return True

    def close(self) -> None:
        """Gives all connections back."""
        self.engine.dispose()

    @contextmanager
    def _work(self, session: Session) -> Iterator[UnitOfWork]:
        try:
            with session:
                yield UnitOfWork(session)
        except OperationalError as error:
            raise DatabaseAway from error


def _open(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True)
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    # Python's sqlite3 would begin transactions late; we begin them ourselves, see _begin_sqlite.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that starts as a reader and then writes fails at once when another one wrote meanwhile, whatever the busy timeout
    # says. So writers take the write lock when they begin.
    reads = connection.get_execution_options().get(READ_ONLY)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
