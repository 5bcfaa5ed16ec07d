"""What events are sent to: Quell in any number of processes, or Bugsink, each with one project."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.places import free_port
from core.bootstrap import CoreSettings, open_core
from core.db.models import Event

_START = 60.0
"""Seconds that a program may take until it answers."""
_BUGSINK_SETTINGS = """
ALLOWED_HOSTS = ["*"]
_NO_LIMIT = ("PROJECT_PER_5_MINUTES", "PROJECT_PER_HOUR", "PROJECT_PER_MONTH", "5_MINUTES", "HOUR", "MONTH")
BUGSINK |= {"PHONEHOME": False} | {f"MAX_EVENTS_PER_{span}": 10**9 for span in _NO_LIMIT}
"""
_BUGSINK_PROJECT = 'from projects.models import Project; p = Project.objects.create(name="shop"); print(p.id, p.sentry_key.hex)'


class Missing(Exception):
    """The program cannot be had here; the message says why."""


@dataclass(frozen=True)
class Target:
    """A running program; ``counted`` says how many events it has stored and counted until now."""

    ports: tuple[int, ...]
    project_id: int
    key: str
    counted: Callable[[], int]
    token: str = ""
    """For Quell's API."""


@contextmanager
def quell(url: str, processes: int) -> Iterator[Target]:
    """So many processes of ``quell serve`` on one empty database."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QUELL_")}
        environment = kept | {"QUELL_DATABASE_URL": url, "QUELL_SECRET_KEY": "for the benchmark only, " * 2, "PYTHONPATH": str(Path.cwd())}
        run = _Runner(folder, environment)
        run(sys.executable, "-m", "bot", "db", "upgrade")
        run(sys.executable, "-m", "bot", "org", "create", "acme")
        project = json.loads(run(sys.executable, "-m", "bot", "project", "create", "shop", "--json"))
        token = json.loads(run(sys.executable, "-m", "bot", "token", "create", "--org", "acme", "--json"))["token"]
        ports = tuple(free_port() for _ in range(processes))
        for port in ports:
            stack.enter_context(run.kept_running(sys.executable, "-m", "bot", "serve", "--port", str(port)))
        for port in ports:
            _wait_for(f"http://127.0.0.1:{port}/readyz")
        core = open_core(CoreSettings(url))
        stack.callback(core.close)

        def counted() -> int:
            with core.database.read() as work:
                return work.session.scalars(select(func.count()).select_from(Event)).one()

        yield Target(ports, int(project["id"]), project["public_key"], counted, token)


@contextmanager
def bugsink() -> Iterator[Target]:
    """Bugsink as its makers recommend it for one server: gunicorn before it, and its workers beside it. Raises Missing."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        programs = _installed(Path(folder) / "venv")
        port = free_port()
        run = _Runner(folder, os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": folder})
        run("bugsink-create-conf", "--template=singleserver", "--host=127.0.0.1", f"--base-dir={folder}", "--output-file=bugsink_conf.py")
        with (Path(folder) / "bugsink_conf.py").open("a") as settings:
            settings.write(_BUGSINK_SETTINGS)
        run("bugsink-manage", "migrate")
        run("bugsink-manage", "migrate", "--database=snappea")
        project_id, key = run("bugsink-manage", "shell", "-c", _BUGSINK_PROJECT).split()[-2:]
        # Two cores: two workers, as its own container does it.
        stack.enter_context(run.kept_running("gunicorn", f"--bind=127.0.0.1:{port}", "--workers=2", "--timeout=60", "bugsink.wsgi"))
        stack.enter_context(run.kept_running("bugsink-runsnappea"))
        _wait_for(f"http://127.0.0.1:{port}/health/ready")

        def counted() -> int:
            with sqlite3.connect(f"file:{folder}/db.sqlite3?mode=ro", uri=True, timeout=30) as database:
                return int(database.execute("SELECT COALESCE(SUM(digested_event_count), 0) FROM issues_issue").fetchone()[0])

        yield Target((port,), int(project_id), key, counted)


@dataclass(frozen=True)
class _Runner:
    """Runs programs in a folder."""

    folder: str
    environment: dict[str, str]

    def __call__(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def kept_running(self, *command: str) -> Iterator[None]:
        """As long as the block lasts."""
        with (Path(self.folder) / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


def _installed(folder: Path) -> Path:
    """Where the programs of a new Bugsink are; ``QUELL_TEST_BUGSINK`` can name the ``bin`` of one that is there already."""
    if named := os.environ.get("QUELL_TEST_BUGSINK"):
        return Path(named)
    for command in ([sys.executable, "-m", "venv", str(folder)], [str(folder / "bin" / "pip"), "install", "--quiet", "bugsink"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing((done.stderr or done.stdout).strip().splitlines()[-1])
    return folder / "bin"


def _wait_for(address: str) -> None:
    until = time.monotonic() + _START
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310  this machine
            return
        except OSError:
            assert time.monotonic() < until, f"{address} did not answer"
            time.sleep(0.1)
