"""The migrations make the very tables that the models describe, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from core.bootstrap import Core, CoreSettings, open_core
from core.db import models
from core.db.maintenance.upgrade import MIGRATIONS, NEWEST
from core.errors import DatabaseAway, DatabaseTooNew


def test_the_newest_migration_is_the_one_that_the_program_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST


def test_the_migrated_schema_is_that_of_the_models(core: Core) -> None:
    with core.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.Issue.metadata) == []


def test_a_fresh_database_is_not_ready_until_it_is_migrated(tmp_path: Path) -> None:
    core = open_core(CoreSettings(f"sqlite:///{tmp_path}/quell.db"))
    assert not core.is_ready()
    core.upgrade()
    core.upgrade()
    assert core.is_ready()
    core.close()


def test_a_database_that_is_not_there_is_said_to_be_away() -> None:
    core = open_core(CoreSettings("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    assert not core.is_ready()
    with pytest.raises(DatabaseAway):
        core.upgrade()
    with pytest.raises(DatabaseAway):
        core.directory.organization()
    core.close()


def test_a_database_of_a_newer_quell_is_refused_in_words(core: Core) -> None:
    with core.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew, match="migrations that this Quell does not know"):
        core.upgrade()


def test_a_file_that_is_no_database_is_said_to_be_away_and_left_alone(tmp_path: Path) -> None:
    letter = "Dear Ada, " * 1000
    (tmp_path / "letter.txt").write_text(letter)
    core = open_core(CoreSettings(f"sqlite:///{tmp_path}/letter.txt"))
    for ask in (core.upgrade, core.directory.organization, lambda: core.copy_to(f"sqlite:///{tmp_path}/other.db")):
        with pytest.raises(DatabaseAway):
            ask()
    core.close()
    assert (tmp_path / "letter.txt").read_text() == letter
    assert not (tmp_path / "other.db").exists()
