"""Brings a database's schema up to date, with Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from core.errors import DatabaseTooNew

MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "0006"
"""The revision that this program was made for. Alembic could tell, but a process that has nothing to migrate does without loading it."""


def upgrade(engine: Engine) -> None:
    """Runs the migrations that are missing, in one transaction. Raises DatabaseTooNew."""
    if is_current(engine):
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise DatabaseTooNew from error


def is_current(engine: Engine) -> bool:
    """Whether no migration is missing."""
    with engine.connect() as connection:
        return has_newest(connection)


def has_newest(connection: Connection) -> bool:
    """The same, as a transaction sees it that has begun already."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == NEWEST)
