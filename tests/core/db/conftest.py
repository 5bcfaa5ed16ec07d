"""What tests of the database share."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.issues.actions import (
    Resolve,
)
from core.notify.watches import ChannelName
from tests.support.core import World
from tests.support.db.old_databases import REVISIONS, old_database


@pytest.fixture
def filled(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/quell.db"
    old_database(url, REVISIONS[0])
    return url


@pytest.fixture
def small(world: World) -> World:
    """A world with an issue that somebody resolved."""
    world.core.directory.create_token(world.organization_id, world.ada)
    world.core.watches.set(world.project, ChannelName("slack", "C1"))
    world.event()
    world.do(Resolve(), request_id="r1")
    return world
