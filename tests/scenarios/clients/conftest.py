"""One running program for each file of clients, and a desk in it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.clients.desk import Desk, Office, need_the_clients, open_office
from tests.support.program import Bare


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    need_the_clients()
    folder = tmp_path_factory.mktemp("quell")
    with open_office(Bare(folder, f"sqlite:///{folder}/quell.db")) as office:
        yield office


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    return office.desk(tmp_path)
