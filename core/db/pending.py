"""The table of pending interactions: each call is one statement, one round trip and one commit.

It has its own engine, because it is needed just when the database is slow. On PostgreSQL that is a few extra connections, which clicks that wait
for a lock cannot use up. SQLite has one write lock per file, so the table lies in a second file beside the database: ``quell.db-interactions``.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, delete, event, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from core.db.columns import execute_with_retry
from core.db.models import PendingInteraction
from core.errors import DatabaseAway

T = TypeVar("T")

FILE_SUFFIX = "-interactions"
"""Suffix of the second file's name. A copy of ``quell.db*`` includes it."""
_CONNECT_SECONDS = 2
# Wait as long as a person waits for an acknowledgement. FULL: an acknowledged interaction survives a power cut too.
_PRAGMAS = ("busy_timeout=1000", "journal_mode=WAL", "synchronous=FULL")
_POOL_SIZE = 4
_TABLE: Table = PendingInteraction.__table__  # type: ignore[assignment]  # declared as a FromClause, always a Table


class PendingInteractionStore:
    """Rows of pending interactions. Every method raises DatabaseAway."""

    def __init__(self, database_url: str) -> None:
        self._url = _place(make_url(database_url))
        self._opening = threading.Lock()
        self._engine: Engine | None = None

    @property
    def file(self) -> Path | None:
        """The second file of a SQLite database, existing or not; None on PostgreSQL."""
        return Path(self._url.database or "") if self._url.get_backend_name() == "sqlite" else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known to be pending without asking: SQLite's file is created with the first stored interaction."""
        return self.file is not None and not self.file.exists()

    @property
    def engine(self) -> Engine:
        """The engine, opened on first use."""
        with self._opening:
            if self._engine is None:
                self._engine = _open(self._url, self.file)
            return self._engine

    def add(self, row: PendingInteraction) -> int | None:
        """Insert a row and return its id; None if the same request is stored already."""
        values = {column.key: getattr(row, column.key) for column in _TABLE.columns if column.key != "id"}
        upsert = sqlite_dialect.insert if self.file else postgresql.insert
        statement = upsert(_TABLE).values(**values).on_conflict_do_nothing().returning(_TABLE.c.id)
        return self._run(lambda connection: connection.execute(statement).scalar())

    def claim(self, owner: str, now: datetime, lease_until_at: datetime, limit: int) -> list[PendingInteraction]:
        """Claim the oldest rows that nobody works on, and count one more try of each."""
        free = select(_TABLE.c.id).where(_TABLE.c.lease_until_at <= now).order_by(_TABLE.c.id).limit(limit).with_for_update(skip_locked=True)
        take = update(_TABLE).where(_TABLE.c.id.in_(free)).values(owner=owner, lease_until_at=lease_until_at, tries=_TABLE.c.tries + 1)
        rows = self._run(lambda connection: connection.execute(take.returning(*_TABLE.columns)).mappings().all())
        return sorted((PendingInteraction(**row) for row in rows), key=lambda row: row.id)

    def extend(self, owner: str, lease_until_at: datetime) -> None:
        """Renew the leases of everything this owner works on."""
        keep = update(_TABLE).where(_TABLE.c.owner == owner).values(lease_until_at=lease_until_at)
        self._run(lambda connection: connection.execute(keep))

    def remove(self, owner: str, ids: Sequence[int]) -> None:
        """Delete rows unless another owner has taken them."""
        done = delete(_TABLE).where(_TABLE.c.id.in_(ids), _TABLE.c.owner == owner)
        self._run(lambda connection: connection.execute(done))

    def release(self, owner: str, free_at: datetime, number: int | None = None, *, resets_tries: bool = False) -> None:
        """Release one row, or all rows of this owner, for any process to take."""
        mine = update(_TABLE).where(_TABLE.c.owner == owner)
        mine = mine if number is None else mine.where(_TABLE.c.id == number)
        free = mine.values(owner="", lease_until_at=free_at, **({"tries": 0} if resets_tries else {}))
        self._run(lambda connection: connection.execute(free))

    def rows(self) -> list[dict[str, Any]]:
        """Return all rows without their ids, oldest first."""
        if self.is_empty:
            return []
        everything = select(*(column for column in _TABLE.columns if column.key != "id")).order_by(_TABLE.c.id)
        return [dict(row) for row in self._run(lambda connection: connection.execute(everything).mappings().all())]

    def copy_to(self, other: PendingInteractionStore) -> int:
        """Insert every row into another store; return how many."""
        rows = self.rows()
        for row in rows:
            other.add(PendingInteraction(**row))
        return len(rows)

    def close(self) -> None:
        """Close all connections."""
        if self._engine:
            self._engine.dispose()

    def _run(self, work: Callable[[Connection], T]) -> T:
        try:
            try:
                return self._once(work)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                # The server has closed the connection since the last call. Checking first would cost a round trip.
                return self._once(work)
        except (DBAPIError, OSError) as error:
            raise DatabaseAway from error

    def _once(self, work: Callable[[Connection], T]) -> T:
        with self.engine.connect() as connection:
            return work(connection)


def _place(url: URL) -> URL:
    is_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return url.set(database=f"{url.database}{FILE_SUFFIX}") if is_file else url


def _open(url: URL, file: Path | None) -> Engine:
    """Open the engine. Uses autocommit to save the round trips of BEGIN and COMMIT, and no check whether a connection is alive, to save another."""
    if file is None:
        timeout = {"connect_timeout": _CONNECT_SECONDS}
        return create_engine(url, isolation_level="AUTOCOMMIT", pool_size=_POOL_SIZE, max_overflow=_POOL_SIZE, connect_args=timeout)
    # It holds what people wrote: readable for nobody but its owner, whatever the umask says. A file that is there is not opened here, as
    # closing it would take away the locks that SQLite holds on it for this process.
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_size=_POOL_SIZE)
    event.listen(engine, "connect", _prepare)
    with engine.connect() as connection:
        connection.execute(CreateTable(_TABLE, if_not_exists=True))
    return engine


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    for pragma in _PRAGMAS:
        execute_with_retry(connection, f"PRAGMA {pragma}")
