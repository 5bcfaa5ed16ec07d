"""Upgrade a database's schema with Alembic, keeping every row.

SQLite rebuilds a table by dropping it. With foreign keys on, the drop deletes every row that refers to the table. So a migration runs with foreign
keys off, and the references are checked before the commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from core.db.database import WAIT_SECONDS, exclusive_migration, read_connection
from core.db.maintenance.backup import back_up, file_of
from core.errors import DatabaseTooNew, ForeignFile, UpgradeBroken, UpgradeFailed

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parents[1] / "migrations"
NEWEST = "0015"
"""The newest revision of this program. Alembic knows it too, but a process with nothing to migrate need not load Alembic."""
_MAX_NAMED_TABLES = 3


class SchemaState(Enum):
    """How a database's schema compares with this program's."""

    EMPTY = auto()
    """No migration ever ran, so an upgrade cannot lose anything."""
    BEHIND = auto()
    """Missing migrations rebuild tables."""
    ADDITIVE = auto()
    """Missing migrations only add to the database."""
    CURRENT = auto()
    TOO_NEW = auto()
    """The database has migrations that this program does not know."""


@dataclass(frozen=True)
class Migration:
    """One migration. ``rebuilds`` says whether SQLite drops and recreates a table in it."""

    revision: str
    title: str
    rebuilds: bool


@dataclass(frozen=True)
class Upgrade:
    """The result of an upgrade. ``before`` is None for a new database; ``backup`` is the copy made first, if any."""

    before: str | None
    after: str
    migrations: tuple[Migration, ...] = ()
    backup: Path | None = None


def upgrade(engine: Engine, wait_seconds: float = WAIT_SECONDS) -> Upgrade:
    """Run the missing migrations in one transaction; an interruption leaves the database unchanged.

    If two processes start at the same time, one waits (on SQLite for ``wait_seconds``) and finds the work done. Before migrations that rebuild
    tables, a SQLite file with rows is backed up. Raises DatabaseTooNew, ForeignFile, BackupFailed, UpgradeFailed if a migration fails, and
    UpgradeBroken if one would leave broken references.
    """
    with exclusive_migration(engine, wait_seconds) as connection:
        before = revision(connection)
        if before == NEWEST:
            return Upgrade(before, NEWEST)
        steps = missing(before)
        if before is None:
            _refuse_foreign(connection)
        backup = back_up(engine, f"before-{NEWEST}") if before and any(step.rebuilds for step in steps) and file_of(engine) else None
        broken, numbers = _broken_references(connection), _highest_ids(connection)
        _run(connection, steps)
        _refuse_broken(_broken_references(connection) - broken)
        _continue_sequences(connection, numbers)
        return Upgrade(before, NEWEST, steps, backup)


def state(engine: Engine) -> SchemaState:
    """Compare the schema with the program's. Raises the driver's error if the database does not answer."""
    at = revision_of(engine)
    if at == NEWEST:
        return SchemaState.CURRENT
    if at is None:
        return SchemaState.EMPTY
    try:
        steps = missing(at)
    except DatabaseTooNew:
        return SchemaState.TOO_NEW
    return SchemaState.BEHIND if any(step.rebuilds for step in steps) else SchemaState.ADDITIVE


def is_current(engine: Engine) -> bool:
    """Return whether the database answers and no migration is missing."""
    try:
        with read_connection(engine) as connection:
            return revision(connection) == NEWEST
    except OperationalError:
        return False


def revision_of(engine: Engine) -> str | None:
    """Return the newest migration that ran, or None. Creates no file."""
    file = file_of(engine)
    if file and not file.exists():
        return None
    with read_connection(engine) as connection:
        return revision(connection)


def revision(connection: Connection) -> str | None:
    """Return the newest migration that ran, or None."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


@lru_cache
def migrations() -> tuple[Migration, ...]:
    """Return all migrations, oldest first."""
    from alembic.script import ScriptDirectory

    scripts = reversed(list(ScriptDirectory.from_config(_config()).walk_revisions()))
    return tuple(Migration(script.revision, script.doc.rstrip("."), bool(getattr(script.module, "REBUILDS", False))) for script in scripts)


def missing(before: str | None) -> tuple[Migration, ...]:
    """Return the migrations after ``before``. Raises DatabaseTooNew if it is not one of ours."""
    if before is None:
        return migrations()
    names = [step.revision for step in migrations()]
    if before not in names:
        raise DatabaseTooNew
    return migrations()[names.index(before) + 1 :]


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _refuse_foreign(connection: Connection) -> None:
    """Refuse a SQLite file of another program. Sharing a PostgreSQL database is normal; sharing a file hardly ever is."""
    tables = inspect(connection).get_table_names() if connection.dialect.name == "sqlite" else []
    if tables:
        names = ", ".join(tables[:_MAX_NAMED_TABLES]) + (", …" if len(tables) > _MAX_NAMED_TABLES else "")
        raise ForeignFile(file=file_of(connection.engine), tables=names)


def _run(connection: Connection, steps: tuple[Migration, ...]) -> None:
    from alembic import command

    config = _config()
    applied: list[str] = []
    config.attributes |= {"connection": connection, "applied": applied}
    try:
        command.upgrade(config, "head")
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0].rstrip(".")
        raise UpgradeFailed(revision=steps[len(applied)].revision, reason=reason) from error


def _broken_references(connection: Connection) -> Counter[tuple[str, str]]:
    """Count the rows of a table that refer to missing rows. PostgreSQL never allows any."""
    if connection.dialect.name != "sqlite":
        return Counter()
    return Counter((row[0], row[2]) for row in connection.execute(text("PRAGMA foreign_key_check")))


def _refuse_broken(broken: Counter[tuple[str, str]]) -> None:
    for (table, parent), rows in broken.items():
        raise UpgradeBroken(table=table, parent=parent, rows=rows)


def _highest_ids(connection: Connection) -> Mapping[str, int]:
    """Return the highest id ever assigned by each table, if SQLite keeps it. A rebuilt table would forget it and reuse ids."""
    if connection.dialect.name != "sqlite" or not inspect(connection).has_table("sqlite_sequence"):
        return {}
    return {row.name: row.seq for row in connection.execute(text("SELECT name, seq FROM sqlite_sequence"))}


def _continue_sequences(connection: Connection, numbers: Mapping[str, int]) -> None:
    now = _highest_ids(connection)
    for table, number in numbers.items():
        if table not in now and inspect(connection).has_table(table):
            connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), {"name": table, "seq": number})
        elif number > now.get(table, number):
            connection.execute(text("UPDATE sqlite_sequence SET seq = :seq WHERE name = :name"), {"name": table, "seq": number})
