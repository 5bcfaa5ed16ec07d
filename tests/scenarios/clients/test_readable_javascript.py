"""Errors of built bundles, thrown in a real browser and in Node: both chats and the page show the code that was written."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.bootstrap import CoreSettings, open_core
from tests.scenarios.clients.builds import VITE_11, WEBPACK_2, Plugin, build, unpack_shop
from tests.scenarios.clients.desk import SENTRY_CLI_2, Desk, need_the_clients
from tests.scenarios.clients.recorder import recorder_before
from tests.scenarios.sdk_shop import entry
from tests.support.browser import chromium, need_a_browser
from tests.support.program import JSON, Town, wait_for

pytestmark = pytest.mark.slow

PLAYGROUND = "default"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk in the organization of the playground, whose project tells both chats of its issues."""
    need_the_clients()
    folder, shop = tmp_path / "quell", tmp_path / "shop"
    folder.mkdir()
    shop.mkdir()
    town = Town(folder, f"sqlite:///{folder}/quell.db")
    with recorder_before(town.port) as recorder:
        town.settings["QUELL_PUBLIC_URL"] = recorder.url
        town.start()
        try:
            with closing(open_core(CoreSettings(town.database_url))) as core:
                organization = core.directory.organization(PLAYGROUND)
                (project,) = core.directory.projects(organization.id)
                token = core.directory.create_token(organization.id, None)
            yield Desk(town, recorder, shop, PLAYGROUND, token, token, str(project.id), project.public_key)
        finally:
            code = town.stop()
    assert code == 0, town.log
    assert "Traceback" not in town.log, town.log


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    need_a_browser()
    with chromium() as browser:
        yield browser


class Site(http.server.SimpleHTTPRequestHandler):
    """Serves what was built."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's own name
        """Nobody reads it."""


@contextmanager
def site_of(folder: Path) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def buy(browser: Browser, site: str) -> None:
    """Somebody presses the button of the shop, and its SDK reports what comes of it."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site)
        with page.expect_response(lambda response: "/envelope/" in response.url) as sent:
            page.get_by_role("button", name="Buy").click()
        assert sent.value.status == 200


def readable(desk: Desk, name: str, file: str) -> None:
    """Both chats say where in the code as it was written, and the API has the line and what stands there."""
    desk.town.both_say(name, "there is nothing in the basket", f"{file} in checkout")
    (frame,) = [frame for frame in frames(desk, name) if frame["filename"] == file]
    assert (frame["function"], frame["inApp"]) == ("checkout", True)
    assert (frame["lineNo"], dict(frame["context"])[frame["lineNo"]]) == written(desk, file)


def frames(desk: Desk, name: str) -> list[JSON]:
    """The frames of an issue's newest event."""
    values = entry(desk.ask(f"issues/{name}/events/latest/"), "exception")["values"]
    return list(values[-1]["stacktrace"]["frames"])


def written(desk: Desk, file: str) -> tuple[int, str]:
    """The line that throws, as it was written, and its number."""
    lines = enumerate((desk.folder / file.removeprefix("/")).read_text().splitlines(), 1)
    return next((number, line) for number, line in lines if "throw" in line)


def page_shows(desk: Desk, browser: Browser, name: str, file: str) -> None:
    """The page of the issue marks the line that throws."""
    number, line = written(desk, file)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(desk.issue(name)["permalink"])
        expect(page.get_by_text(f"{file}:{number} in checkout")).to_be_visible()
        expect(page.locator("mark", has_text=line.strip())).to_be_visible()


@pytest.mark.parametrize(("plugin", "file"), [(VITE_11, "src/basket.ts"), (WEBPACK_2, "/src/basket.js")], ids=["vite 11", "webpack 2"])
def test_an_error_in_a_browser_shows_the_code_that_was_written(desk: Desk, browser: Browser, plugin: Plugin, file: str) -> None:
    unpack_shop(desk, plugin)
    desk.know("acme/shop", desk.git("rev-parse", "HEAD~1"))
    build(desk, plugin)
    with site_of(desk.folder) as site:
        buy(browser, f"{site}{plugin.page}")
    readable(desk, "SHOP-1", file)
    page_shows(desk, browser, "SHOP-1", file)


def test_an_error_in_node_shows_the_code_that_was_written(desk: Desk) -> None:
    unpack_shop(desk)
    deliver(desk)
    desk.run(["node", "dist/server.js"], code=1)
    readable(desk, "SHOP-1", "src/basket.js")


def test_an_error_that_came_before_its_source_map_is_readable_once_that_is_there(desk: Desk, browser: Browser) -> None:
    unpack_shop(desk)
    desk.run(["node", "build.cjs", "webpack.server.cjs"])
    desk.run([*SENTRY_CLI_2, "sourcemaps", "inject", "dist"])
    desk.run(["node", "dist/server.js"], code=1)
    wait_for(desk.issues)
    assert "src/basket.js" not in [frame["filename"] for frame in frames(desk, "SHOP-1")]
    desk.run([*SENTRY_CLI_2, "sourcemaps", "upload", "dist"])
    assert "src/basket.js" in [frame["filename"] for frame in frames(desk, "SHOP-1")]
    page_shows(desk, browser, "SHOP-1", "src/basket.js")


def deliver(desk: Desk) -> None:
    """Builds the server of the shop, and uploads its source map by sentry-cli."""
    desk.run(["node", "build.cjs", "webpack.server.cjs"])
    desk.run([*SENTRY_CLI_2, "sourcemaps", "inject", "dist"])
    desk.run([*SENTRY_CLI_2, "sourcemaps", "upload", "--release", "shop@1.4.2", "dist"])
