"""A limit on how long the questions of a transaction may take: both databases can stop a statement that runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.errors import TooSlow

_LOOKED_EVERY = 20_000
"""Steps of SQLite's machine after which the clock is looked at: about a millisecond."""


@contextmanager
def limited(session: Session, seconds: float) -> Iterator[None]:
    """Stops what the session asks after ``seconds``: on SQLite all of it together, on PostgreSQL each statement. Raises TooSlow."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        ends_at = time.monotonic() + seconds
        driver.set_progress_handler(lambda: time.monotonic() > ends_at, _LOOKED_EVERY)
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
