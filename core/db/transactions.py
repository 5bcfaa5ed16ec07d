"""Two kinds of transactions: those that look and wait for nobody, and the one in which a schema is changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import OperationalError

READ_ONLY = "quell_read_only"
"""The execution option of a connection that will only read."""
_WAIT_SECONDS = 300.0
"""How long to wait for another process that migrates."""
_LOCK = 0x7175656C6C
"""The number of a lock in PostgreSQL that only migrations take: the letters of Quell's name."""


def reading(engine: Engine) -> Connection:
    """Open a connection that does not wait for those who write, such as a process that upgrades."""
    return engine.execution_options(**{READ_ONLY: True}).connect()


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that no other migration runs beside; commit it at the end, and undo it on any exception.

    On SQLite, foreign keys are off in it, and the caller checks them. While they are on, a migration that rebuilds a table drops the old
    one, and all rows that belong to its rows go as well. Raises OperationalError where SQLite's write lock is not to be had for
    five minutes.
    """
    if engine.dialect.name == "sqlite":
        with _alone_in_file(engine) as connection:
            yield connection
        return
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        yield connection


@contextmanager
def _alone_in_file(engine: Engine) -> Iterator[Connection]:
    deadline = time.monotonic() + _WAIT_SECONDS
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
