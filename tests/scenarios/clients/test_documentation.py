"""The builds that docs/clients.md shows run as they stand there, but for the address, the organization and the building itself."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.clients.desk import SENTRY_CLI_2, SENTRY_CLI_3, Desk, Office, write
from tests.scenarios.clients.test_sentry_cli_source_maps import MAP, SCRIPT
from tests.support.browser import ROOT

pytestmark = pytest.mark.slow

EXAMPLES = re.findall(r"<!-- run -->\n```(\w+)\n(.*?)```", (ROOT / "docs/clients.md").read_text(), re.DOTALL)


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    """A checkout of a shop that is built already, with sentry-cli in its node_modules."""
    desk = office.desk(tmp_path)
    write(desk.folder / "dist", {"page.js": SCRIPT, "page.js.map": json.dumps(MAP)})
    desk.repository()
    desk.know("acme/shop", desk.commit("first"))
    desk.commit("second")
    return replace(desk, program=("sh", "-euc"))


def commands(kind: str, text: str) -> str:
    """The commands of an example, without those that install and build."""
    return text if kind == "sh" else "\n".join(re.findall(r"^ +- (?:run: )?(npx .*)$", text, re.MULTILINE))


@pytest.mark.parametrize("client", [SENTRY_CLI_2, SENTRY_CLI_3], ids=["2", "3"])
@pytest.mark.parametrize("example", EXAMPLES, ids=["shell", "GitHub", "GitLab"])
def test_a_build_runs_as_it_is_shown(desk: Desk, example: tuple[str, str], client: tuple[str, ...]) -> None:
    newest = desk.git("rev-parse", "HEAD")
    program = desk.folder / "node_modules/.bin/sentry-cli"
    write(program.parent, {program.name: f'#!/bin/sh\nexec {shlex.join(client)} "$@"\n'})
    program.chmod(0o755)
    desk.cli(commands(*example), PATH=f"{program.parent}:{desk.environment()['PATH']}", CI_COMMIT_SHA=newest, GITHUB_SHA=newest)
    release = desk.release(newest)
    assert (release["lastCommit"]["id"], release["lastDeploy"]["environment"], release["dateReleased"] is not None) == (newest, "production", True)
    (bundle,) = desk.bundles()
    assert (bundle["release"], bundle["debug_ids"]) == (newest, 1)


def test_the_page_names_the_versions_that_are_tried() -> None:
    page = (ROOT / "docs/clients.md").read_text()
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    names = {name: version for name, version in pinned.items() if "sentry" in name and name not in {"@sentry/browser", "@sentry/node"}}
    assert [name for name, version in names.items() if version.rpartition("@")[2] not in page] == []
