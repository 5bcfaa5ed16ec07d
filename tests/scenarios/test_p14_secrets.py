"""A day of a real program whose secrets are all known: none of them is found in anything it wrote, printed or answered (P14)."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.ingest.secrets import KINDS, MARKER, packed
from tests.support.program import ANA, BEN, free_port, wait_for
from tests.support.remote_chats import Village, chats_elsewhere, report

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # two dozen programs are started, one after the other

KEY = "canary-secret-key-of-more-than-thirty-two-characters"
COMMANDS = ("", "serve", "user link-code", "token create", "doctor")


class Aviary(Village):
    """A village that keeps everything it is answered."""

    heard: list[str]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"QUELL_SECRET_KEY": KEY}

    def hear(self, method: str, path: str, body: bytes | None = None, **headers: str) -> int:
        status, answer = self.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        self.heard.append(answer.decode(errors="replace"))
        return status

    def run(self, *words: str, **settings: str) -> str:
        """The command line as somebody sees it; what it printed is kept."""
        command = [sys.executable, "-m", "bot", *words]
        environment = self.environment() | settings
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
        self.heard += [done.stdout, done.stderr]
        return done.stdout + done.stderr


@pytest.fixture
def aviary(tmp_path: Path) -> Iterator[Aviary]:
    port = free_port()
    aviary = Aviary(tmp_path, f"sqlite:///{tmp_path}/quell.db")
    aviary.heard, aviary.chats = [], f"http://127.0.0.1:{port}"
    with chats_elsewhere(port, aviary.url) as playground:
        aviary.accounts = playground.accounts
        yield aviary
        if aviary.process and aviary.process.poll() is None:
            aviary.stop()


def login_token(aviary: Aviary) -> str:
    """From Ana's own private answer: the one place where it may stand."""
    aviary.act(ANA, "slack", "command", text="login")
    shown = wait_for(lambda: re.search(r"/login/([0-9a-f]{64})", json.dumps(aviary.state(ANA)["slack"])))
    return shown[1]


def signed_in(aviary: Aviary) -> str:
    """The cookie of a browser in which Ana has followed her link."""
    with closing(http.client.HTTPConnection("127.0.0.1", aviary.port, timeout=20)) as connection:
        connection.request("POST", f"/login/{login_token(aviary)}")
        return str(connection.getresponse().headers["Set-Cookie"]).partition(";")[0]


def test_no_secret_is_ever_told(aviary: Aviary) -> None:
    accounts = aviary.accounts
    aviary.quell("org", "create", "acme")
    dsn = json.loads(aviary.quell("project", "create", "shop", "--json"))["dsn"]
    aviary.quell("watch", "shop", "--slack", accounts.slack_channel)
    token = json.loads(aviary.quell("token", "create", "--org", "acme", "--json"))["token"]
    aviary.begin()
    aviary.act(BEN, "teams", "message", text="@Quell whoami")
    wait_for(lambda: aviary.sees(BEN, "teams", "You are @Ben Osei"))
    report(dsn, "The cellar is wet")
    aviary.press_in_slack(ANA, "SHOP-1", "Resolve")

    # What goes wrong is where secrets slip out.
    signed = {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": f"v0={accounts.slack_signing_secret}"}
    assert aviary.hear("POST", "/slack/events", b"{", **signed) in (400, 401)
    assert aviary.hear("POST", "/api/messages", b"{}", Authorization=f"Bearer {accounts.teams_app_password}") in (400, 401, 403)
    assert aviary.hear("GET", "/api/0/issues/SHOP-1/", Authorization=f"Bearer {token[:-1]}") == 401
    assert aviary.hear("PUT", "/api/0/issues/SHOP-1/", b"{", Authorization=f"Bearer {token}", Content_Type="application/json") == 400
    assert aviary.hear("GET", "/api/0/issues/SHOP-1/", Authorization=f"Bearer {token}") == 200
    aviary.quell("user", "create", "eve@example.com")
    code = json.loads(aviary.quell("user", "link-code", "eve@example.com", "--json"))["code"]
    link = login_token(aviary)
    assert aviary.hear("GET", f"/login/{link}") == 200
    assert aviary.hear("POST", f"/login/{link}") in (200, 403), "the cookie is not kept here"
    assert aviary.hear("POST", f"/login/{link}") == 410
    for path in ("/issues/SHOP-1/", "/issues/SHOP-1/?share=x", "/login/", "/readyz", "/metrics", "/openapi.json", "/docs", "/nothing"):
        aviary.hear("GET", path)
    for words in COMMANDS:
        aviary.run(*words.split(), "--help")
    assert "NOT OK" not in aviary.run("doctor", QUELL_PUBLIC_URL="https://quell.example.com")
    assert "NOT OK" in aviary.run("doctor", QUELL_SLACK_BOT_TOKEN="xoxb-canary-wrong", QUELL_TEAMS_APP_PASSWORD="canary-wrong")
    assert "QUELL_PORT" in aviary.run("serve", QUELL_PORT="many")
    assert "QUELL_SECRET_KEY" in aviary.run("serve", QUELL_SECRET_KEY="canary-short")
    aviary.run("org", "create", "x", QUELL_DATABASE_URL="postgresql+psycopg://quell:canary-password@127.0.0.1:1/quell")
    aviary.stop()

    canaries = [KEY, "canary-", accounts.slack_signing_secret, accounts.slack_bot_token, accounts.teams_app_password, token, code, link]
    told = "\n".join([aviary.log, *aviary.heard])
    assert "Traceback" not in told
    assert [canary for canary in canaries if canary in told] == []
    assert len(told) > 20_000

    kept = b"".join(file.read_bytes() for file in aviary.folder.glob("quell.db*"))
    assert b"The cellar is wet" in kept
    assert [canary for canary in canaries if canary.encode() in kept] == []


def send_all_canaries(aviary: Aviary, project: int, key: str) -> int:
    """By HTTP, as SDKs do; says how many events it were."""
    events = [event for kind in KINDS for event, _ in packed(kind)]
    with closing(http.client.HTTPConnection("127.0.0.1", aviary.port, timeout=20)) as connection:
        for event in events:
            connection.request("POST", f"/api/{project}/store/?sentry_key={key}", json.dumps(event))
            answer = connection.getresponse()
            aviary.heard.append(answer.read().decode())
            assert answer.status == 200, aviary.heard[-1]
    return len(events)


def test_no_secret_in_an_event_is_told_or_kept_anywhere(aviary: Aviary) -> None:
    """Every canary at every place of an event; then the database, the log, the API, the pages and both chats are searched."""
    aviary.quell("org", "create", "acme")
    project = json.loads(aviary.quell("project", "create", "shop", "--json"))
    for platform, channel in (("slack", aviary.accounts.slack_channel), ("teams", aviary.accounts.teams_channel)):
        aviary.quell("watch", "shop", f"--{platform}", channel)
    token = json.loads(aviary.quell("token", "create", "--org", "acme", "--json"))["token"]
    aviary.begin()
    aviary.act(BEN, "teams", "message", text="@Quell whoami")
    wait_for(lambda: aviary.sees(BEN, "teams", "You are @Ben Osei"))
    sent = send_all_canaries(aviary, int(project["id"]), project["public_key"])

    bearer = {"Authorization": f"Bearer {token}"}
    path = "/api/0/projects/acme/shop/events/"
    listed = json.loads(aviary.request("GET", path, headers=bearer)[1])
    for event in listed:
        aviary.hear("GET", f"{path}{event['eventID']}/", Authorization=f"Bearer {token}")
    aviary.hear("GET", "/api/0/organizations/acme/issues/", Authorization=f"Bearer {token}")
    cookie = signed_in(aviary)
    for number in range(1, 60):
        assert aviary.hear("GET", f"/issues/SHOP-{number:X}/", Cookie=cookie) == 200
    aviary.run("do", "list")
    # More than twenty new issues in a minute are summed up; what came first was posted, and threads and lists name the others.
    aviary.act(ANA, "slack", "command", text="list")
    aviary.act(BEN, "teams", "message", text="@Quell list")
    wait_for(lambda: aviary.sees(BEN, "teams", "SHOP-"))
    shown = [json.dumps(aviary.state(person)) for person in (ANA, BEN)]
    aviary.stop()

    told = "\n".join([aviary.log, *aviary.heard, *shown])
    assert "SHOP-1" in told
    assert "[Filtered]" in told
    assert [told[place.start() - 80 : place.end() + 20] for place in re.finditer(MARKER, told, re.IGNORECASE)] == []
    kept = b"".join(file.read_bytes() for file in aviary.folder.glob("quell.db*"))
    assert kept.count(b"[Filtered]") > sent
    assert [kept[place.start() - 80 : place.end() + 20] for place in re.finditer(MARKER.encode(), kept, re.IGNORECASE)] == []
