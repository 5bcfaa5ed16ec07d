"""Worlds to test in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import chromium, need_a_browser
from tests.support.playground.page import Half
from tests.support.playground.world import Closer, Opened, World, open_world_at


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


@pytest.fixture
def page(world: World) -> Iterator[Page]:
    """The page in a real browser, opened; any error in it fails the test."""
    need_a_browser()
    errors: list[str] = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{world.own_url}/")
        expect(page.get_by_role("radio", name="Ana")).to_be_checked()
        yield page
    assert errors == []


@pytest.fixture(params=["slack", "teams"])
def half(request: pytest.FixtureRequest, world: World, page: Page) -> Half:
    world.bot.answers["adaptiveCard/action"] = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Done"}
    return Half(world, page, request.param)


@pytest.fixture
def slack(world: World, page: Page) -> Half:
    return Half(world, page, "slack")


@pytest.fixture
def teams(world: World, page: Page) -> Half:
    world.bot.answers["adaptiveCard/action"] = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Done"}
    return Half(world, page, "teams")
