"""Databases that are full, away or have no connection left, and come back."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import make_url

from core.bootstrap import Core
from tests.support.db.databases import administer

Outage = Callable[[Core, str], AbstractContextManager[None]]
"""Takes the database away for as long as it lasts; the string names the server of a PostgreSQL."""

SMALL = 1024
"""Bytes that a file may have on a full disk: less than any write-ahead log."""


@contextmanager
def no_room_for_files() -> Iterator[None]:
    """The operating system refuses to let any file of this process grow, so it should be a process of its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def no_room_in_sqlite(core: Core, _: str) -> Iterator[None]:
    """SQLite says that the disk is full: not one page more."""

    def stop_growing(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA max_page_count=1")  # never less than what there is

    core.database.engine.dispose()
    event.listen(core.database.engine, "connect", stop_growing)
    try:
        yield
    finally:
        event.remove(core.database.engine, "connect", stop_growing)
        core.database.engine.dispose()


@contextmanager
def locked_sqlite(core: Core, _: str) -> Iterator[None]:
    """Another program holds the write lock for longer than anybody waits."""

    def be_impatient(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA busy_timeout=100")

    core.database.engine.dispose()
    event.listen(core.database.engine, "connect", be_impatient)
    holder = core.database.engine.raw_connection()
    holder.cursor().execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.rollback()
        holder.close()
        event.remove(core.database.engine, "connect", be_impatient)
        core.database.engine.dispose()


@contextmanager
def no_postgres(core: Core, server: str) -> Iterator[None]:
    """All connections are cut, and no new one is let in."""
    name = make_url(core.settings.database_url).database
    administer(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    hang_up(core, server)
    try:
        yield
    finally:
        administer(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def hang_up(core: Core, server: str) -> None:
    """Every connection to this database is cut, whatever it is in the middle of."""
    name = make_url(core.settings.database_url).database
    with psycopg.connect(server, autocommit=True) as connection, suppress(psycopg.OperationalError):
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [name])


@contextmanager
def held(url: str) -> Iterator[None]:
    """No change can be made; in PostgreSQL no issue can even be read."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            yield
        return
    with psycopg.connect(url.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE issues IN ACCESS EXCLUSIVE MODE")
        yield
