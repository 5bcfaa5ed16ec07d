"""Brings a database's schema up to date with Alembic, and keeps every row while doing so.

SQLite rebuilds a table by dropping it. With foreign keys on, the drop deletes every row that refers to the table, so a migration runs with
foreign keys off, and the references are checked before the commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from core.db.backup import back_up, file_of
from core.errors import DatabaseTooNew, UpgradeBroken

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "0010"
"""The revision that this program was made for. Alembic could tell, but a process that has nothing to migrate does without loading it."""
_UPGRADES = 7_104_216
"""The PostgreSQL advisory lock that upgrades hold: two at a time would both begin from the same revision."""


class SchemaState(Enum):
    """How a database's schema compares with the one that this program was made for."""

    EMPTY = auto()
    """No migration ever ran: there is nothing that an upgrade could lose."""
    BEHIND = auto()
    """Migrations are missing that rebuild tables."""
    ADDITIVE = auto()
    """Migrations are missing, and all of them only add to the database."""
    CURRENT = auto()
    TOO_NEW = auto()
    """A newer Quell, or another program, made migrations that this one does not know."""


@dataclass(frozen=True)
class Migration:
    """One step. ``rebuilds`` says whether SQLite drops and remakes a table in it."""

    revision: str
    title: str
    rebuilds: bool


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade did. ``before`` is None for a new database; ``backup`` is the copy that was made first, if one was."""

    before: str | None
    after: str
    migrations: tuple[Migration, ...] = ()
    backup: Path | None = None


def upgrade(engine: Engine) -> Upgrade:
    """Run the migrations that are missing, all of them in one transaction: interrupted anywhere, nothing has happened.

    Before migrations that rebuild tables, a SQLite file with rows is copied beside itself. Raises DatabaseTooNew, BackupFailed, and
    UpgradeBroken if a migration would leave rows that refer to nothing.
    """
    with _without_foreign_keys(engine) as connection:
        _take_turns(connection)
        before = revision(connection)
        if before == NEWEST:
            return Upgrade(before, NEWEST)
        steps = missing(before)
        backup = back_up(engine, f"before-{NEWEST}") if before and any(step.rebuilds for step in steps) and file_of(engine) else None
        broken, numbers = _broken_references(connection), _numbers_given(connection)
        _run(connection)
        _refuse_broken(_broken_references(connection) - broken)
        _carry_on(connection, numbers)
        return Upgrade(before, NEWEST, steps, backup)


def state(engine: Engine) -> SchemaState:
    """Compare the schema with the program's. Raises what the driver raises if the database does not answer."""
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
    """Whether no migration is missing."""
    with engine.connect() as connection:
        return has_newest(connection)


def has_newest(connection: Connection) -> bool:
    """The same, as a transaction sees it that has begun already."""
    return revision(connection) == NEWEST


def revision_of(engine: Engine) -> str | None:
    """The newest migration that ran, or None if none ever did. Asking makes no file."""
    file = file_of(engine)
    if file and not file.exists():
        return None
    with engine.connect() as connection:
        return revision(connection)


def revision(connection: Connection) -> str | None:
    """The newest migration that ran, or None if none ever did."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


@lru_cache
def migrations() -> tuple[Migration, ...]:
    """All migrations, oldest first."""
    from alembic.script import ScriptDirectory

    scripts = reversed(list(ScriptDirectory.from_config(_config()).walk_revisions()))
    return tuple(Migration(script.revision, script.doc.rstrip("."), bool(getattr(script.module, "REBUILDS", False))) for script in scripts)


def missing(before: str | None) -> tuple[Migration, ...]:
    """The migrations that come after ``before``. Raises DatabaseTooNew if it is not one of ours."""
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


def _run(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _without_foreign_keys(engine: Engine) -> Iterator[Connection]:
    """A transaction in which SQLite does not follow foreign keys. The pragma works only outside of transactions, so it goes to the driver."""
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        driver = connection.connection
        driver.cursor().execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
        finally:
            driver.cursor().execute("PRAGMA foreign_keys = ON")


def _take_turns(connection: Connection) -> None:
    """Wait for another process that upgrades. SQLite's transaction holds the write lock from its beginning."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADES})


def _broken_references(connection: Connection) -> Counter[tuple[str, str]]:
    """How many rows of a table refer to rows of another that are not there. PostgreSQL never lets one come about."""
    if connection.dialect.name != "sqlite":
        return Counter()
    return Counter((row[0], row[2]) for row in connection.execute(text("PRAGMA foreign_key_check")))


def _refuse_broken(broken: Counter[tuple[str, str]]) -> None:
    for (table, parent), rows in broken.items():
        raise UpgradeBroken(table=table, parent=parent, rows=rows)


def _numbers_given(connection: Connection) -> Mapping[str, int]:
    """The highest number that each table ever gave out, where SQLite keeps it. A rebuilt table forgets it, and would give it out again."""
    if connection.dialect.name != "sqlite" or not inspect(connection).has_table("sqlite_sequence"):
        return {}
    return {row.name: row.seq for row in connection.execute(text("SELECT name, seq FROM sqlite_sequence"))}


def _carry_on(connection: Connection, numbers: Mapping[str, int]) -> None:
    now = _numbers_given(connection)
    for table, number in numbers.items():
        if table not in now and inspect(connection).has_table(table):
            connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), {"name": table, "seq": number})
        elif number > now.get(table, number):
            connection.execute(text("UPDATE sqlite_sequence SET seq = :seq WHERE name = :name"), {"name": table, "seq": number})
