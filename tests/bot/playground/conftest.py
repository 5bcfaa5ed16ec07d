"""Worlds to test in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.playground.world import Closer, Opened, World, open_world_at


@pytest.fixture
def open_world() -> Iterator[Opened]:
    """Opens worlds, each on ports of its own, and closes them at the end."""
    closing: list[Closer] = []

    def opened(path: Path | None = None, **rules: Any) -> World:
        world, close = open_world_at(path, rules)
        closing.append(close)
        return world

    yield opened
    for close in closing:
        close()


@pytest.fixture
def world(open_world: Opened) -> World:
    """One world, without rate limits."""
    return open_world(is_rate_limited=False)
