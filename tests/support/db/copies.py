"""Two databases of which one is a copy, and what each of them holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, select

from core.bootstrap import Core, CoreSettings, open_core
from core.db.columns import Base
from tests.support.core import World


@contextmanager
def opened(url: str, world: World) -> Iterator[World]:
    """The same world in a copy of its database."""
    core = open_core(CoreSettings(url), world.clock)
    try:
        yield World(core, world.clock, world.project, world.ada)
    finally:
        core.close()


def rows(core: Core) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a database holds, as Python has it."""
    with core.database.engine.connect() as connection:
        found = {table.name: [tuple(row) for row in ordered(connection, table)] for table in Base.metadata.sorted_tables}
    return found | {"pending_interactions": [tuple(row.values()) for row in core.pending.store.rows()]}


def ordered(connection: Connection, table: Any) -> Any:
    return connection.execute(select(table).order_by(*table.primary_key.columns))


def held(url: str) -> int:
    """How many rows a database holds in all, migrated or not."""
    core = open_core(CoreSettings(url))
    try:
        return sum(len(found) for found in rows(core).values()) if core.is_ready() else 0
    finally:
        core.close()
