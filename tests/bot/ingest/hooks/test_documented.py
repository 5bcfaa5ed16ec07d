"""Each request that ``docs/alerts.md`` shows is sent as it stands there, and does what the page says."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.support.ingest.minidumps import minidump
from tests.support.ingest.webhooks import Answer, Hooks

PAGE = (Path(__file__).parents[4] / "docs" / "alerts.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.+?)^```", PAGE, re.DOTALL | re.MULTILINE)
TITLES = {
    "/hooks/alertmanager/": "The disk of db2 is full",
    "/hooks/uptime-kuma/": "Shop is down",
    "/hooks/healthchecks/": "Nightly backup is down",
    "/hooks/gatus/": "shop/front page is down",
    "/hooks/github/": "CI failed on main",
    "/hooks/datadog/": "CPU load is high on web-1",
    "/hooks/nagios/": "db1: disk is CRITICAL",
    "/hooks/json/": "The backup failed",
    "/minidump/": "SIGSEGV: shop + 0x1234",
    "/security/": 'Blocked "script-src" from "ads.example"',
}
"""What each request makes, by what its address holds."""


@dataclass
class Curl:
    """A request as it stands on the page."""

    url: str = ""
    data: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)


def curl(command: str) -> Curl:
    request, words = Curl(), iter(shlex.split(command)[1:])
    for word in words:
        if word == "-d":
            request.data = next(words).encode()
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            request.headers[name] = value
        elif word == "-F":
            request.parts.append(next(words))
        else:
            request.url = word
    return request


REQUESTS = [curl(block) for block in BLOCKS if block.startswith("curl ")]


def form(parts: list[str]) -> bytes:
    """The form that curl makes of its ``-F``."""
    written = b""
    for part in parts:
        name, _, value = part.partition("=")
        is_file = value.startswith("@")
        content = minidump() if is_file else value.encode()
        filename = f'; filename="{value[1:]}"' if is_file else ""
        written += f'--b\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'.encode() + content + b"\r\n"
    return written + b"--b--\r\n"


def send(hooks: Hooks, request: Curl) -> Answer:
    path = request.url.removeprefix("https://YOUR-QUELL").replace("PROJECT_ID", str(hooks.project.id))
    path = re.sub(r"=(PUBLIC_KEY|KEY)\b", f"={hooks.project.public_key}", path)
    if request.parts:
        return hooks.send(path, form(request.parts), **{"Content-Type": "multipart/form-data; boundary=b"})
    return hooks.send(path, request.data, **{"Content-Type": "application/x-www-form-urlencoded"} | request.headers)


@pytest.fixture
def nagios(hooks: Hooks, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    """The hook of one's own that the page makes, by the very command."""
    (command,) = [block for block in BLOCKS if block.startswith("quell hook add")]
    monkeypatch.setenv("QUELL_DATABASE_URL", database_url)
    monkeypatch.setattr("sys.argv", shlex.split(command.replace("\\\n", " ")))
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code


@pytest.mark.usefixtures("nagios")
def test_each_documented_request_makes_the_issue_that_the_page_tells_of(hooks: Hooks) -> None:
    made: dict[str, str] = {}
    for request in REQUESTS:
        answer = send(hooks, request)
        assert answer.status == 200, (request.url, answer)
        made[next(part for part in TITLES if part in request.url)] = hooks.issues()[-1].title
        hooks.world.clock.pass_by(minutes=1)
    assert made == TITLES


def test_every_provider_has_a_request_on_the_page() -> None:
    from bot.ingest.hooks.providers import PROVIDERS

    assert {f"/hooks/{name}/" for name in PROVIDERS} <= {part for request in REQUESTS for part in TITLES if part in request.url}
