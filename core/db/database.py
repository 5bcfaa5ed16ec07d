"""Open the database (SQLite or PostgreSQL) and hand out units of work: how transactions begin, wait for each other and are limited."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from core.db.columns import execute_with_retry
from core.db.unit_of_work import UnitOfWork
from core.errors import DatabaseAway, TooSlow

# FULL: an acknowledged write survives a power cut too. Many events share one commit, so it costs little.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON", "temp_store=MEMORY")
_WRITE_LOCK_TIMEOUT_SECONDS = 5.0
"""How long a thread waits for other threads of its process, as long as SQLite waits for other processes."""
READ_ONLY = "quell_read_only"
"""The execution option of a read-only connection."""
WAIT_SECONDS = 300.0
"""How long to wait for another process that migrates."""
_MIGRATION_LOCK_ID = 0x7175656C6C
"""The id of the advisory lock that migrations take in PostgreSQL: the letters of Quell's name."""
_PROGRESS_STEPS = 20_000
"""SQLite virtual machine steps between two looks at the clock: about a millisecond."""


class Database:
    """One database. A unit of work is one transaction: committed at its end, rolled back on any exception."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _open(url)
        self._turns = WriteLock(_WRITE_LOCK_TIMEOUT_SECONDS) if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Open a transaction that may write. On SQLite it takes the one write lock with its first statement, so it cannot fail half way."""
        turn = self._turns.hold() if self._turns else nullcontext()
        with turn, self._work(Session(self.engine, expire_on_commit=False, autoflush=False)) as work:
            yield work
            work.session.commit()

    @contextmanager
    def read(self, seconds: float | None = None) -> Iterator[UnitOfWork]:
        """Open a read-only transaction with a consistent snapshot. Raises TooSlow if its statements take longer than ``seconds``."""
        session = Session(self.engine.execution_options(**{READ_ONLY: True}), expire_on_commit=False, autoflush=False)
        with self._work(session) as work, time_limit(session, seconds) if seconds is not None else nullcontext():
            yield work

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Open a connection with a consistent snapshot that lasts as long as needed, while others write."""
        lasting = {} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with translate_errors(), self.engine.connect() as connection:
            yield connection.execution_options(**{READ_ONLY: True}, **lasting)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _work(self, session: Session) -> Iterator[UnitOfWork]:
        with translate_errors(), session:
            yield UnitOfWork(session)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Translate the driver's errors about an unavailable database into ours."""
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
    # Python's sqlite3 begins transactions late, so we begin them ourselves: see _begin_sqlite.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        execute_with_retry(connection, f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that starts as a reader and then writes fails at once when another one wrote meanwhile, whatever the busy timeout
    # says. So writers take the write lock when they begin.
    reads = connection.get_execution_options().get(READ_ONLY)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def read_connection(engine: Engine) -> Connection:
    """Open a connection that does not wait for writers, such as a process that upgrades."""
    return engine.execution_options(**{READ_ONLY: True}).connect()


@contextmanager
def exclusive_migration(engine: Engine, wait_seconds: float = WAIT_SECONDS) -> Iterator[Connection]:
    """Open a transaction with the migration lock; commit at the end, roll back on any exception.

    On SQLite foreign keys are off in it, and the caller checks them. With foreign keys on, a migration that rebuilds a table would drop the old
    table and so delete all rows that refer to it. Raises OperationalError if SQLite's write lock is not free within ``wait_seconds``.
    """
    if engine.dialect.name == "sqlite":
        with _exclusive_in_file(engine, wait_seconds) as connection:
            yield connection
        return
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK_ID)))
        yield connection


@contextmanager
def _exclusive_in_file(engine: Engine, wait_seconds: float) -> Iterator[Connection]:
    deadline = time.monotonic() + wait_seconds
    while True:
        with engine.connect() as connection:
            # SQLite ignores this inside a transaction, so it is set around it.
            _set_foreign_keys(connection, "OFF")
            try:
                try:
                    transaction = connection.begin()
                except OperationalError as error:
                    if not _is_busy(error) or time.monotonic() >= deadline:
                        raise
                    continue
                with transaction:
                    yield connection
                return
            finally:
                _set_foreign_keys(connection, "ON")


def _set_foreign_keys(connection: Connection, value: Literal["ON", "OFF"]) -> None:
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(f"PRAGMA foreign_keys={value}")


def _is_busy(error: OperationalError) -> bool:
    return str(getattr(error.orig, "sqlite_errorname", "")).startswith("SQLITE_BUSY")


@contextmanager
def time_limit(session: Session, seconds: float) -> Iterator[None]:
    """Interrupt the session's statements after ``seconds``: on SQLite all of them together, on PostgreSQL each one. Raises TooSlow."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        ends_at = time.monotonic() + seconds
        driver.set_progress_handler(lambda: time.monotonic() > ends_at, _PROGRESS_STEPS)
    else:
        # It ends with the transaction.
        driver = None
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
    try:
        yield
    except OperationalError as error:
        if _was_stopped(error):
            raise TooSlow(seconds=f"{seconds:g}") from error
        raise
    finally:
        if driver is not None:
            driver.set_progress_handler(None, 0)


def _was_stopped(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_INTERRUPT" or type(error.orig).__name__ == "QueryCanceled"


class WriteLock:
    """A fair lock: first come, first served.

    SQLite's writers poll for the lock, so a thread that writes without pause (a purge) would hardly leave a gap for a click in the same process.
    Between processes this remains so.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._queue: deque[threading.Lock] = deque()
        """One ticket lock per waiting thread; the first one is open."""
        self._guard = threading.Lock()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Wait for this thread's turn and hold the lock during the context. Raises DatabaseAway after ``patience`` seconds."""
        ticket = threading.Lock()
        ticket.acquire()
        with self._guard:
            self._queue.append(ticket)
            if len(self._queue) == 1:
                ticket.release()
        try:
            if not ticket.acquire(timeout=self._patience):
                raise DatabaseAway
            yield
        finally:
            self._leave(ticket)

    def _leave(self, ticket: threading.Lock) -> None:
        with self._guard:
            was_first = self._queue[0] is ticket
            self._queue.remove(ticket)
            if was_first and self._queue:
                self._queue[0].release()
