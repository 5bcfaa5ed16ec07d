"""What tests of the search share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from core.bootstrap import Core
from tests.support.db.search import (
    WORLD,
    put,
    settle,
)


@pytest.fixture
def session(core: Core) -> Iterator[Session]:
    """A session on the example's world, which is never committed."""
    with core.database.write() as work:
        settle(work.session)
        put(work.session, list(WORLD.values()))
        yield work.session
        work.session.rollback()
