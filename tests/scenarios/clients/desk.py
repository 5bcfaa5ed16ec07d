"""Somebody's desk: an organization with a project of its own on the running program, and a folder in which clients are run."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from core.accounts.directory import Newcomer
from core.bootstrap import CoreSettings, open_core
from core.types import Role
from tests.scenarios.clients.recorder import Exchange, Recorder, recorder_before
from tests.support.browser import ROOT
from tests.support.program import JSON, Town

MODULES = ROOT / "node_modules"
SENTRY_CLI_2 = ("node", str(MODULES / "@sentry/cli/bin/sentry-cli"))
SENTRY_CLI_3 = (str(Path(sys.executable).with_name("sentry-cli")),)
SENTRY = ("node", str(MODULES / "sentry/dist/bin.cjs"))
MCP_SERVER = ("node", str(MODULES / "@sentry/mcp-server/dist/index.js"))
AUTHOR = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Desk:
    """Clients run here ask through a recorder, which remembers what they asked for and what they got."""

    town: Town
    recorder: Recorder
    folder: Path
    organization: str
    token: str
    """Acts as nobody, like that of a build server."""
    ada: str
    """The token of an admin."""
    project_id: str
    key: str
    program: tuple[str, ...] = ()
    """The client that is run here, if it is always the same."""
    known: dict[str, JSON] = field(default_factory=dict)
    """The issues that were seen so far, by number: those that were merged since, too."""

    @property
    def dsn(self) -> str:
        return self.recorder.url.replace("//", f"//{self.key}@") + f"/{self.project_id}"

    @property
    def home(self) -> Path:
        """Where clients keep their files: each desk has a home of its own."""
        return self.folder / "home"

    def environment(self, **more: str) -> dict[str, str]:
        """What a client is told by variables, and nothing else of this machine."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        account = {"SENTRY_URL": self.recorder.url, "SENTRY_AUTH_TOKEN": self.token, "SENTRY_ORG": self.organization, "SENTRY_PROJECT": "shop"}
        quiet = {"SENTRY_DISABLE_UPDATE_CHECK": "1", "SENTRY_CLI_NO_TELEMETRY": "1", "NO_COLOR": "1", "RUST_BACKTRACE": "0"}
        return kept | account | quiet | {"HOME": str(self.home), "SENTRY_DSN": self.dsn, "NODE_PATH": str(MODULES)} | more

    def run(self, command: Sequence[str], code: int = 0, **more: str) -> str:
        """Runs a client to its end; answers all it printed."""
        self.home.mkdir(exist_ok=True)
        done = subprocess.run(command, cwd=self.folder, env=self.environment(**more), capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == code, done.stdout + done.stderr + self.told()
        return done.stdout + done.stderr

    def cli(self, *words: str, code: int = 0, **more: str) -> str:
        """Runs this desk's client."""
        return self.run([*self.program, *words], code, **more)

    # What the client asked for --------------------------------------------------------------------------------------

    def exchanges(self) -> list[Exchange]:
        """The requests about this organization so far, and what they were answered."""
        mine = (f"/organizations/{self.organization}/", f"/projects/{self.organization}/")
        return [one for one in self.recorder.exchanges if any(part in one.path for part in mine)]

    def refusals(self) -> set[tuple[int, str]]:
        """The status and the path of each request that was not done, after the organization's name."""
        return {(one.status, one.path.partition(f"/{self.organization}")[2].partition("?")[0]) for one in self.exchanges() if one.status >= 400}

    def told(self) -> str:
        """The requests so far, for the message of an assertion."""
        return "\n" + "\n".join(f"{one.status} {one.method} {one.path}" for one in self.exchanges()[-12:]) + self.town.log[-2000:]

    # The folder as a repository -------------------------------------------------------------------------------------

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *AUTHOR, *words], cwd=self.folder, capture_output=True, text=True, check=True, timeout=20)
        return done.stdout.strip()

    def repository(self) -> None:
        self.git("init", "-q")
        self.git("remote", "add", "origin", "https://git.example.org/acme/shop.git")

    def commit(self, message: str) -> str:
        """Commits something with this message; answers the sha."""
        (self.folder / "shop.py").write_text(message)
        self.git("add", "shop.py")
        self.git("commit", "-m", message)
        return self.git("rev-parse", "HEAD")

    # What the program says about it ---------------------------------------------------------------------------------

    def ask(self, path: str) -> Any:
        status, answer = self.town.request("GET", f"/api/0/{path}", headers={"Authorization": f"Bearer {self.token}"})
        assert status == 200, (path, status, answer)
        return json.loads(answer)

    def release(self, version: str) -> JSON:
        return dict(self.ask(f"organizations/{self.organization}/releases/{quote(version, safe='')}/"))

    def commits(self, version: str) -> list[str]:
        """The ids of the commits of a release, newest first."""
        return [one["id"] for one in self.ask(f"organizations/{self.organization}/releases/{quote(version, safe='')}/commits/")]

    def issues(self) -> list[JSON]:
        found = list(self.ask(f"projects/{self.organization}/shop/issues/?query="))
        self.known.update({issue["id"]: issue for issue in found})
        return found

    def issue(self, name: str) -> JSON:
        return dict(self.ask(f"organizations/{self.organization}/issues/{name}/"))

    def statuses(self) -> dict[str, str]:
        """The status of each issue, by its title."""
        return {issue["title"]: issue["status"] for issue in self.issues()}

    def activities(self, name: str) -> list[JSON]:
        """What happened to an issue, newest first."""
        return list(self.ask(f"organizations/{self.organization}/issues/{name}/activities/")["activity"])

    def bundles(self) -> list[JSON]:
        """The uploads of source maps that the project has, as the command line lists them."""
        return list(json.loads(self.town.quell("project", "artifacts", f"{self.organization}/shop", "--json"))["artifacts"])

    def know(self, repository: str, commit: str = "a" * 40) -> None:
        """A build server has told of a release with this commit in this repository."""
        body = {"version": "shop@0.1", "projects": ["shop"], "commits": [{"id": commit, "repository": repository}]}
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        address = f"{self.recorder.url}/api/0/organizations/{self.organization}/releases/"
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)  # noqa: S310  loopback
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  loopback
            assert answer.status == 201

    def crash(self, title: str, **more: Any) -> str:
        """An event of an issue of its own; answers the issue's short id. ``more`` are other fields of the event."""
        event = {"message": title, "level": "error", "fingerprint": [title], "environment": "production", **more}
        status, answer = self.town.request("POST", f"/api/{self.project_id}/store/?sentry_key={self.key}", json.dumps(event).encode())
        assert status == 200, answer
        (issue,) = [issue for issue in self.issues() if issue["title"] == title]
        return str(issue["shortId"])


@dataclass(frozen=True)
class Office:
    """The running program, in which desks are set up."""

    town: Town
    recorder: Recorder
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def desk(self, folder: Path) -> Desk:
        organization = f"acme{next(self.numbers)}"
        with closing(open_core(CoreSettings(self.town.database_url))) as core:
            directory = core.directory
            id_of_it = directory.create_organization(organization).id
            project = directory.create_project("shop", organization, None)
            ada = directory.create_user(id_of_it, Newcomer("Ada", f"ada@{organization}.example", None), Role.ADMIN)
            tokens = directory.create_token(id_of_it, None), directory.create_token(id_of_it, ada)
        return Desk(self.town, self.recorder, folder, organization, *tokens, str(project.id), project.public_key)


@contextmanager
def open_office(town: Town) -> Iterator[Office]:
    """Starts the program with a recorder before it, and stops it at the end."""
    with closing(open_core(CoreSettings(town.database_url))) as core:
        core.upgrade()
    with recorder_before(town.port) as recorder:
        town.settings["QUELL_PUBLIC_URL"] = recorder.url
        town.start()
        try:
            yield Office(town, recorder)
        finally:
            code = town.stop()
    assert code == 0, town.log
    assert "Traceback" not in town.log, town.log


def need_the_clients() -> None:
    """Skips the test where the clients from npm are not installed; in CI they must be."""
    if (MODULES / "@sentry" / "cli").is_dir():
        return
    if os.environ.get("CI"):
        pytest.fail("needs `make setup-tests`")
    pytest.skip("needs `make setup-tests`")


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes files, by their paths in the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
