"""The hooks of a project, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.core import World
from tests.support.ingest.webhooks import Hooks, hooks_of


@pytest.fixture
def hooks(world: World) -> Iterator[Hooks]:
    with hooks_of(world) as hooks:
        yield hooks
