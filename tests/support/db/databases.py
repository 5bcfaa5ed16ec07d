"""What tests do to a database server, and a count of the statements that a core sends to its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import event

from core.bootstrap import Core


def administer(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def sqlalchemy_url(server: str, name: str) -> str:
    address, _, options = server.partition("?")
    base = address.rpartition("/")[0].replace("postgresql://", "postgresql+psycopg://")
    return f"{base}/{name}" + (f"?{options}" if options else "")


@contextmanager
def counted(core: Core) -> Iterator[list[str]]:
    """Keeps the statements that are sent to the database meanwhile."""
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    event.listen(core.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(core.database.engine, "before_cursor_execute", note)
