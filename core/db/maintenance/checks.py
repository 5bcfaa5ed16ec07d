"""Check whether a database is usable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError

from core.db.database import Database
from core.db.maintenance.upgrade import is_current
from core.db.models import SeenRequest
from core.errors import DatabaseAway


@dataclass(frozen=True)
class DatabaseHealth:
    """The result of a check. ``is_ahead_by`` is how far the database's clock is ahead of ours; SQLite has no clock."""

    is_reachable: bool = False
    is_migrated: bool = False
    is_writable: bool = False
    is_ahead_by: timedelta | None = None


def examine(database: Database, now: datetime) -> DatabaseHealth:
    """Check the database without changing anything permanently."""
    try:
        with database.read() as work:
            at = work.session.scalar(text("SELECT clock_timestamp()")) if database.engine.dialect.name == "postgresql" else None
    except DatabaseAway:
        return DatabaseHealth()
    is_migrated = is_current(database.engine)
    return DatabaseHealth(True, is_migrated, is_migrated and _is_writable(database), at - now if at else None)


def _is_writable(database: Database) -> bool:
    try:
        with database.write() as work:
            work.session.execute(delete(SeenRequest).where(SeenRequest.id == "nothing has this id"))
    except (DatabaseAway, DBAPIError):
        return False
    return True
