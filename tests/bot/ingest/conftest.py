"""A real core behind a real web server on a free port, and a client that knocks as SDKs do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ingest.batching import BatchLimits
from core.bootstrap import Core, CoreSettings, open_core
from tests.support.ingest.app import Doorstep, serve


@pytest.fixture(scope="session")
def ingest_core(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Core]:
    file = tmp_path_factory.mktemp("ingest") / "quell.db"
    shutil.copy(sqlite_template, file)
    core = open_core(CoreSettings(f"sqlite:///{file}"))
    core.directory.create_organization("acme")
    yield core
    core.close()


@pytest.fixture(scope="session")
def doorstep(ingest_core: Core) -> Iterator[Doorstep]:
    yield from serve(ingest_core, 0)


@pytest.fixture
def doorstep_with_quota(ingest_core: Core) -> Iterator[Doorstep]:
    """Three events a minute."""
    yield from serve(ingest_core, 3)


@pytest.fixture
def doorstep_with_little_room(ingest_core: Core) -> Iterator[Doorstep]:
    """Two events may wait."""
    yield from serve(ingest_core, limits=BatchLimits(waiting=2))


@pytest.fixture
def doorstep_without_database(tmp_path: Path) -> Iterator[Doorstep]:
    core = open_core(CoreSettings(f"sqlite:///{tmp_path}/no/such/folder/quell.db"))
    yield from serve(core, 0)
    core.close()
