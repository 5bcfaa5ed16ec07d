"""Programs that get into trouble while a real, unchanged Sentry SDK watches them: in Python, in Node and on a page in a browser."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser

from tests.support.browser import ROOT

HERE = Path(__file__).parent
BARE_NAMES = (
    "@sentry/browser", "@sentry/browser-utils", "@sentry/core", "@sentry/core/browser", "@sentry/conventions/attributes",
    "@sentry/conventions/metrics", "@sentry/conventions/op", "@sentry/feedback", "@sentry/replay", "@sentry/replay-canvas", "web-vitals",
)  # fmt: skip
"""What the modules of the browser's SDK import; a page without a bundler has to be told where that is."""


class Program(Protocol):
    """Any of them."""

    culprit: str
    """Where its troubles begin, as its issues say it."""

    def run(self, dsn: str, trouble: str, *details: int, moved: int = 0) -> None:
        """Gets into trouble; ``moved`` is how many lines further down its code is this time."""


@dataclass(frozen=True)
class PythonProgram:
    """Its SDK packs by brotli."""

    folder: Path
    culprit: str = "__main__ in checkout"

    def run(self, dsn: str, trouble: str, *details: int, moved: int = 0, **environment: str) -> None:
        code = (HERE / "sdk_program.py").read_text().replace("\n\n\n", "\n" * (moved + 3), 1)
        (self.folder / "sdk_program.py").write_text(code)
        _run([sys.executable, "sdk_program.py", dsn, trouble, *map(str, details)], self.folder, environment)


@dataclass(frozen=True)
class NodeProgram:
    """Its SDK sends in chunks."""

    folder: Path
    culprit: str = "sdk_troubles in checkout"

    def run(self, dsn: str, trouble: str, *details: int, moved: int = 0, **environment: str) -> None:
        for name in ("sdk_program.js", "sdk_troubles.js"):
            (self.folder / name).write_text("\n" * moved + (HERE / name).read_text())
        environment |= {"NODE_PATH": str(ROOT / "node_modules")}
        _run(["node", "sdk_program.js", dsn, trouble, *map(str, details)], self.folder, environment)


@dataclass(frozen=True)
class BrowserProgram:
    """Its SDK sends to another origin than the page's."""

    browser: Browser
    site: Site

    @property
    def culprit(self) -> str:
        return f"{self.site.url}sdk_troubles.js in checkout"

    def run(self, dsn: str, trouble: str, *details: int, moved: int = 0, clock_at: datetime | None = None, **options: Any) -> None:
        """``options`` are the SDK's; ``clock_at`` is what the computer's clock shows, if it is wrong."""
        self.site.moved = moved
        with self.browser.new_context() as context:
            page = context.new_page()
            if clock_at:
                page.clock.install(time=clock_at)
            page.add_init_script(f"globalThis.options = {json.dumps({'dsn': dsn} | options)}")
            page.goto(self.site.url)
            page.evaluate("([trouble, ...details]) => troubles[trouble](...details).then(() => Sentry.flush(5000))", [trouble, *details])


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Runs it to its end, which an error that nobody catches may have been."""
    # Some SDKs send their environment, and a test that fails prints it: it shall hold no secrets of this machine.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(command, cwd=folder, env=kept | environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 or "CheckoutFailed" in done.stderr, done.stderr


class Site(http.server.ThreadingHTTPServer):
    """The shop's own web server, so a page of it sends its troubles to another origin."""

    moved = 0
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Visit, directory=str(ROOT)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Visit(http.server.SimpleHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/":
            self._answer("text/html", (HERE / "sdk_page.html").read_text().replace("IMPORTS", import_map()))
        elif self.path == "/sdk_troubles.js":
            self._answer("text/javascript", "\n" * self.server.moved + (HERE / "sdk_troubles.js").read_text())
        else:
            super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's own name
        """Nobody reads it."""

    def _answer(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError):
            self.wfile.write(body)


@cache
def import_map() -> str:
    """Where each bare name is, as Node finds it."""
    script = f"console.log(JSON.stringify({json.dumps(BARE_NAMES)}.map((name) => import.meta.resolve(name))))"
    done = subprocess.run(["node", "--input-type=module", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20)
    files = [address.removeprefix(f"file://{ROOT}") for address in json.loads(done.stdout)]
    return json.dumps({"imports": dict(zip(BARE_NAMES, files, strict=True))})


@contextmanager
def open_site() -> Iterator[Site]:
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()


def need_the_sdks() -> None:
    """Skips the test where Node's and the browser's SDK are not installed; in CI they must be."""
    if (ROOT / "node_modules" / "@sentry" / "browser").is_dir():
        return
    if os.environ.get("CI"):
        pytest.fail("needs `make setup`")
    pytest.skip("needs `make setup`")
