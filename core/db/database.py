"""The database: SQLite (WAL, one writer at a time) or PostgreSQL, opened once, handing out units of work."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from core.db.migrate import SchemaState, Upgrade, is_current, revision_of, state, upgrade
from core.db.time_limit import limited
from core.db.transactions import READ_ONLY
from core.db.turns import Turns
from core.db.unit_of_work import UnitOfWork
from core.errors import DatabaseAway

# FULL: what was answered with success survives a power cut too. Many events share one commit, so it costs them little.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON", "temp_store=MEMORY")
_PATIENCE = 5.0
"""Seconds that a thread waits for the others of its process, as long as SQLite waits for other processes."""


class Database:
    """One database. Everything that happens in a unit of work is one transaction: committed at its end, undone by any exception."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _open(url)
        self._turns = Turns(_PATIENCE) if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A transaction that may write. On SQLite it holds the one write lock from its first statement, so it cannot fail half way."""
        turn = self._turns.mine() if self._turns else nullcontext()
        with turn, self._work(Session(self.engine, expire_on_commit=False, autoflush=False)) as work:
            yield work
            work.session.commit()

    @contextmanager
    def read(self, seconds: float | None = None) -> Iterator[UnitOfWork]:
        """A transaction that sees one moment of the database and changes nothing. Raises TooSlow where it asks for longer than ``seconds``."""
        session = Session(self.engine.execution_options(**{READ_ONLY: True}), expire_on_commit=False, autoflush=False)
        with self._work(session) as work, limited(session, seconds) if seconds is not None else nullcontext():
            yield work

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection on which everything is read as it was at one moment, however long it takes and whoever writes meanwhile."""
        lasting = {} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with _translated(), self.engine.connect() as connection:
            yield connection.execution_options(**{READ_ONLY: True}, **lasting)

    def upgrade(self) -> Upgrade:
        """Bring the schema up to date, all of it or none, and say what was done.

        Raises DatabaseAway, DatabaseTooNew, ForeignFile, BackupFailed, UpgradeFailed or UpgradeBroken; nothing has changed then.
        """
        with _translated():
            return upgrade(self.engine)

    def schema(self) -> SchemaState:
        """Compare the schema with the one that this program was made for. Raises DatabaseAway."""
        with _translated():
            return state(self.engine)

    def revision(self) -> str | None:
        """The newest migration that ran, or None if none ever did. Raises DatabaseAway."""
        with _translated():
            return revision_of(self.engine)

    def is_current(self) -> bool:
        """Whether the database answers and no migration is missing."""
        try:
            return is_current(self.engine)
        except OperationalError:
            return False

    def close(self) -> None:
        """Gives all connections back."""
        self.engine.dispose()

    @contextmanager
    def _work(self, session: Session) -> Iterator[UnitOfWork]:
        with _translated(), session:
            yield UnitOfWork(session)


@contextmanager
def _translated() -> Iterator[None]:
    """What a driver says when the database does not answer is said in our words."""
    try:
        yield
    except DatabaseError as error:
        if not (isinstance(error, OperationalError) or _is_unmigrated(error) or _is_no_database(error)):
            raise
        raise DatabaseAway from error


def _is_unmigrated(error: DatabaseError) -> bool:
    return type(error.orig).__name__ in ("UndefinedTable", "UndefinedColumn")


def _is_no_database(error: DatabaseError) -> bool:
    return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_NOTADB"


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
