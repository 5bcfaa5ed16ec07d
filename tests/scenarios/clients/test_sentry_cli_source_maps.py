"""The real sentry-cli, 2 and 3, uploads source maps as its documentation and ours show it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.clients.captures import keep
from tests.scenarios.clients.desk import SENTRY_CLI_2, SENTRY_CLI_3, Desk, Office, write

pytestmark = pytest.mark.slow

SOURCE = "export function checkout() {\n  throw new Error('there is nothing in the basket');\n}\n"
MAP = {"version": 3, "file": "page.js", "sources": ["../src/page.js"], "sourcesContent": [SOURCE], "names": [], "mappings": "AACE"}
ADDRESS = "https://shop.example.org/page.js"
SCRIPT = "throw new Error('there is nothing in the basket');\n//# sourceMappingURL=page.js.map\n"


@pytest.fixture(params=[SENTRY_CLI_2, SENTRY_CLI_3], ids=["2", "3"])
def desk(request: pytest.FixtureRequest, office: Office, tmp_path: Path) -> Desk:
    desk = replace(office.desk(tmp_path), program=request.param)
    write(desk.folder / "dist", {"page.js": SCRIPT, "page.js.map": json.dumps(MAP)})
    return desk


def crash(desk: Desk, line: int = 1, **more: object) -> dict[str, object]:
    """An error on the page; answers the frame that its event shows."""
    frame = {"filename": ADDRESS, "abs_path": ADDRESS, "lineno": line, "colno": 7, "in_app": True}
    values = [{"type": "Error", "value": "Boom", "stacktrace": {"frames": [frame]}}]
    name = desk.crash("Error: Boom", message=None, platform="javascript", exception={"values": values}, **more)
    event = desk.ask(f"issues/{name}/events/latest/")
    (shown,) = next(entry["data"]["values"][0]["stacktrace"]["frames"] for entry in event["entries"] if entry["type"] == "exception")
    return {key: shown[key] for key in ("filename", "lineNo")}


def test_a_release_with_source_maps_as_the_documentation_shows_it(desk: Desk) -> None:
    desk.repository()
    desk.know("acme/shop", desk.commit("first"))
    newest = desk.commit("second")
    version = desk.cli("releases", "propose-version").strip()
    assert version == newest
    desk.cli("releases", "new", "-p", "shop", version)
    desk.cli("releases", "set-commits", version, "--auto")
    desk.cli("sourcemaps", "inject", "dist")
    desk.cli("sourcemaps", "upload", "--release", version, "dist")
    desk.cli("releases", "finalize", version)
    desk.cli("deploys", "new", "--release", version, "-e", "production")
    release = desk.release(version)
    assert (release["lastCommit"]["id"], release["lastDeploy"]["environment"], release["dateReleased"] is not None) == (newest, "production", True)
    assert version in desk.cli("releases", "info", version)
    (bundle,) = desk.bundles()
    assert (bundle["release"], bundle["debug_ids"], bundle["files"]) == (version, 1, 2)
    assert desk.refusals() == set()
    keep(desk, f"sentry-cli-{2 if desk.program == SENTRY_CLI_2 else 3}-release")


def test_an_injected_script_is_found_by_its_debug_id(desk: Desk) -> None:
    desk.cli("sourcemaps", "inject", "dist")
    desk.cli("sourcemaps", "upload", "dist")
    script = (desk.folder / "dist/page.js").read_text()
    image = {"type": "sourcemap", "code_file": ADDRESS, "debug_id": script.rpartition("debugId=")[2].strip()}
    line = script.splitlines().index(SCRIPT.splitlines()[0]) + 1
    assert crash(desk, line, debug_meta={"images": [image]}) == {"filename": "src/page.js", "lineNo": 2}


def test_a_script_is_found_by_its_release_and_its_address(desk: Desk) -> None:
    desk.cli("sourcemaps", "upload", "--release", "shop@1.4.2", "--dist", "7", "--url-prefix", "~/", "--wait", "dist")
    assert desk.refusals() <= {(404, "/releases/shop@1.4.2/")}
    assert crash(desk, release="shop@1.4.2", dist="7") == {"filename": "src/page.js", "lineNo": 2}


def test_the_same_files_are_sent_but_once(desk: Desk) -> None:
    for _ in range(2):
        desk.cli("sourcemaps", "upload", "--release", "shop@1.4.2", "dist")
    assert len([one for one in desk.exchanges() if one.method == "POST" and "/chunk-upload/" in one.path]) == 1
    assert len(desk.bundles()) == 1
