"""Real builds with the plugins for vite and webpack, of two generations each: a release is made, and its source maps are uploaded."""

from __future__ import annotations

import pytest

from tests.scenarios.clients.builds import VITE_4, VITE_11, WEBPACK_2, WEBPACK_11, Plugin, build, unpack_shop
from tests.scenarios.clients.captures import keep
from tests.scenarios.clients.desk import Desk

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("plugin", [VITE_4, VITE_11, WEBPACK_2, WEBPACK_11], ids=["vite 4", "vite 11", "webpack 2", "webpack 11"])
def test_a_build_makes_a_release_and_uploads_its_source_maps(desk: Desk, plugin: Plugin) -> None:
    unpack_shop(desk, plugin)
    desk.know("acme/shop", desk.git("rev-parse", "HEAD~1"))
    said = build(desk, plugin)
    assert "Error" not in said
    assert desk.refusals() == set()
    release = desk.release("shop@1.4.2")
    assert [project["slug"] for project in release["projects"]] == ["shop"]
    assert (release["dateReleased"] is not None, release["lastDeploy"]["environment"]) == (True, "production")
    assert release["lastCommit"]["id"] == desk.git("rev-parse", "HEAD")
    (bundle,) = desk.bundles()
    keep(desk, plugin.package.replace("@sentry/", "").replace("sentry-", "") + "-build")
    assert (bundle["release"], bundle["files"], bundle["debug_ids"]) == ("shop@1.4.2", 2, 1)
