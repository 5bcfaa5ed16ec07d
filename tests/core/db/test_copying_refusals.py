"""A database is copied into an empty one only, from a source that can be read: everything else is refused, and nothing touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, insert, text

from core.bootstrap import Core, CoreSettings, open_core
from core.db.maintenance.upgrade import MIGRATIONS
from core.db.models import Organization
from core.errors import DatabaseAway, DatabaseTooNew, SameDatabase, SourceUnready, TargetTaken, TargetUnusable
from tests.support.core import NOON, World
from tests.support.db.copies import held, opened, rows

pytestmark = pytest.mark.slow


def test_a_database_is_not_copied_onto_itself_under_any_name(small: World, database_url: str, tmp_path: Path) -> None:
    names = [database_url]
    if database_url.startswith("sqlite"):
        (tmp_path / "link.db").symlink_to(tmp_path / "quell.db")
        (tmp_path / "sub").mkdir()
        names += [f"sqlite:///{tmp_path}/link.db", f"sqlite:///{tmp_path}/sub/../quell.db"]
    else:
        names += [f"{database_url}{'&' if '?' in database_url else '?'}application_name=copy"]
    before = rows(small.core)
    for name in names:
        with pytest.raises(SameDatabase, match=r"Name another one, such as sqlite:///copy\.db"):
            small.core.copy_to(name)
    assert rows(small.core) == before


def test_a_target_with_rows_is_refused(small: World, empty_url: str) -> None:
    small.core.copy_to(empty_url)
    with opened(empty_url, small) as copy:
        copy.event("only here")
        before = rows(copy.core)
        with pytest.raises(TargetTaken, match=r"is not empty: it has rows already \(activities, channels, events, …\)\. Nothing was copied"):
            small.core.copy_to(empty_url)
        assert rows(copy.core) == before


def test_a_target_that_is_migrated_but_empty_is_taken(small: World, empty_url: str) -> None:
    with opened(empty_url, small) as copy:
        copy.core.upgrade()
    small.core.copy_to(empty_url)
    assert held(empty_url) == held(small.core.settings.database_url)


@pytest.mark.parametrize("has_rows", [False, True])
def test_a_target_of_an_older_quell_is_migrated_if_it_is_empty(small: World, empty_url: str, *, has_rows: bool) -> None:
    with opened(empty_url, small) as old:
        with old.core.database.engine.begin() as connection:
            migrate_to(connection, "0001")
            if has_rows:
                connection.execute(insert(Organization).values(slug="acme", created_at=NOON))
        if has_rows:
            with pytest.raises(TargetTaken, match=r"rows already \(organisations\)"):
                small.core.copy_to(empty_url)
        else:
            small.core.copy_to(empty_url)
        assert old.core.is_ready() is not has_rows


def migrate_to(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def test_a_target_of_another_program_is_refused(small: World, empty_url: str) -> None:
    with opened(empty_url, small) as other, other.core.database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id INTEGER)"))
    with pytest.raises(TargetTaken, match=r"tables of something else \(orders\)"):
        small.core.copy_to(empty_url)
    with opened(empty_url, small) as other:
        assert not other.core.is_ready()


def test_a_target_of_a_newer_quell_is_refused(small: World, empty_url: str) -> None:
    with opened(empty_url, small) as other:
        other.core.upgrade()
        pretend(other.core, "9999")
        with pytest.raises(TargetTaken, match="migrations that this Quell does not know"):
            small.core.copy_to(empty_url)
        with pytest.raises(DatabaseTooNew):
            other.core.upgrade()


def pretend(core: Core, version: str) -> None:
    with core.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+psycopg://quell:hunter2@127.0.0.1:1/other", "other at 127.0.0.1 cannot be used: .*Connection refused"),
        ("sqlite:////nowhere/at/all/other.db", "/nowhere/at/all/other.db cannot be used: unable to open database file"),
        ("sqlite://", "the database in memory cannot be used: it would be gone at once"),
        ("sqlite:///:memory:", "the database in memory cannot be used: it would be gone at once"),
    ],
)
def test_a_target_that_cannot_be_had_is_refused_without_its_password(small: World, url: str, said: str) -> None:
    with pytest.raises(TargetUnusable, match=said) as refused:
        small.core.copy_to(url)
    assert "hunter2" not in str(refused.value)


def test_a_target_that_is_no_database_is_refused(small: World, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ada, " * 1000)
    with pytest.raises(TargetUnusable, match="file is not a database"):
        small.core.copy_to(f"sqlite:///{file}")
    assert file.read_text() == "Dear Ada, " * 1000


def test_a_source_that_lacks_migrations_is_refused_and_the_target_not_touched(small: World, tmp_path: Path) -> None:
    pretend(small.core, "0001")
    with pytest.raises(SourceUnready, match="run: quell db upgrade"):
        small.core.copy_to(f"sqlite:///{tmp_path}/other.db")
    assert not (tmp_path / "other.db").exists()


def test_a_source_of_a_newer_quell_is_refused_and_the_target_not_touched(small: World, tmp_path: Path) -> None:
    pretend(small.core, "9999")
    with pytest.raises(DatabaseTooNew):
        small.core.copy_to(f"sqlite:///{tmp_path}/other.db")
    assert not (tmp_path / "other.db").exists()


def test_a_source_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    core = open_core(CoreSettings(f"sqlite:///{tmp_path}/mistyped.db"))
    with pytest.raises(SourceUnready, match=r"mistyped\.db is not there or lacks migrations"):
        core.copy_to(f"sqlite:///{tmp_path}/other.db")
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_does_not_answer_is_said_to_be_away(tmp_path: Path) -> None:
    core = open_core(CoreSettings("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    with pytest.raises(DatabaseAway):
        core.copy_to(f"sqlite:///{tmp_path}/other.db")
    core.close()
