"""Without the playground: the program is set up by settings and the command line, and the chat services are elsewhere."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import Lifespan

from bot.playground import Accounts, Playground, open_playground
from tests.support.program import ANA, BEN, Town, free_port, wait_for

pytestmark = pytest.mark.slow


@contextmanager
def chats_elsewhere(port: int, bot_url: str, routes: Sequence[BaseRoute] = (), lifespan: Lifespan[Starlette] | None = None) -> Iterator[Playground]:
    """Both chat services in a server of their own, as Slack's and Microsoft's are; ``routes`` are more of theirs, and come first."""
    own_url = f"http://127.0.0.1:{port}/playground"
    ready: list[tuple[Playground, uvicorn.Server, asyncio.AbstractEventLoop]] = []

    def serve() -> None:
        async def run() -> None:
            playground = open_playground(None, own_url, bot_url)
            app = Starlette(routes=[*routes, Mount("/playground", playground.app)], lifespan=lifespan)
            server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_keep_alive=75))
            ready.append((playground, server, asyncio.get_running_loop()))
            await server.serve()
            await playground.aclose()

        asyncio.run(run())

    thread = threading.Thread(target=serve)
    thread.start()
    playground, server, _ = wait_for(lambda: ready[0] if ready and ready[0][1].started else None)
    yield playground
    server.should_exit = True
    thread.join()


class Village(Town):
    """A program that is told where the chats are."""

    accounts: Accounts
    chats: str

    def environment(self) -> dict[str, str]:
        accounts = self.accounts
        return super().environment() | {
            "QUELL_SLACK_SIGNING_SECRET": accounts.slack_signing_secret,
            "QUELL_SLACK_BOT_TOKEN": accounts.slack_bot_token,
            "QUELL_SLACK_API_URL": accounts.slack_api_url,
            "QUELL_TEAMS_APP_ID": accounts.teams_app_id,
            "QUELL_TEAMS_APP_PASSWORD": accounts.teams_app_password,
            "QUELL_TEAMS_TENANT_ID": accounts.teams_tenant_id,
            "QUELL_TEAMS_OPENID_METADATA": accounts.teams_openid_metadata,
            "QUELL_TEAMS_LOGIN_URL": accounts.teams_login_url,
            "QUELL_TEAMS_SERVICE_HOSTS": accounts.teams_service_hosts,
            "QUELL_ADMINS": "ana@example.com",
            "QUELL_DELETION_GRACE": "2",
        }

    def begin(self, *words: str) -> None:
        with (self.folder / "quell.log").open("ab") as log:
            command = [sys.executable, "-m", "bot", "serve", *words]
            self.process = subprocess.Popen(command, cwd=self.folder, env=self.environment(), stdout=log, stderr=log)
        with self.killed_on_failure():
            self.wait_while_it_works(self.is_ready, 20)

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        if not path.startswith("/playground"):
            return super().request(method, path, body, headers)
        here, self.port = self.port, int(self.chats.rpartition(":")[2])
        try:
            return super().request(method, path, body, headers)
        finally:
            self.port = here


@pytest.fixture
def village(tmp_path: Path, database_url: str) -> Iterator[Village]:
    port = free_port()
    village = Village(tmp_path, database_url)
    village.chats = f"http://127.0.0.1:{port}"
    with chats_elsewhere(port, village.url) as playground:
        village.accounts = playground.accounts
        yield village
        if village.process and village.process.poll() is None:
            assert village.stop() == 0, village.log
    assert "Traceback" not in village.log, village.log


def report(dsn: str, text: str) -> None:
    program = (
        f"import sentry_sdk; sentry_sdk.init({dsn!r}); sentry_sdk.set_user({{'id': 7}}); sentry_sdk.capture_message({text!r}); sentry_sdk.flush()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30, env={**os.environ, "no_proxy": "*"})


def test_from_the_first_command_to_a_purged_issue(village: Village) -> None:
    village.quell("db", "upgrade")
    assert json.loads(village.quell("org", "create", "acme", "--json"))["slug"] == "acme"
    project = json.loads(village.quell("project", "create", "shop", "--json"))
    village.quell("watch", "shop", "--slack", village.accounts.slack_channel)
    village.quell("watch", "shop", "--teams", village.accounts.teams_channel)
    token = json.loads(village.quell("token", "create", "--org", "acme", "--json"))["token"]
    village.begin()
    # Until somebody of the tenant has spoken, nobody knows where its messages go.
    village.act(BEN, "teams", "message", text="@Quell whoami")
    wait_for(lambda: village.sees(BEN, "teams", "You are @Ben Osei"))

    report(project["dsn"], "The cellar is wet")
    village.both_say("SHOP-1", "The cellar is wet", "Unresolved, new")
    village.press_in_slack(ANA, "SHOP-1", "Resolve")
    village.both_say("SHOP-1", "Resolved by @ana, from Slack")

    # The API shows what the chats did; its own deletion is shown in the chats, and after the grace nothing brings the issue back.
    bearer = {"Authorization": f"Bearer {token}"}
    shown = json.loads(village.request("GET", "/api/0/organizations/acme/issues/SHOP-1/", headers=bearer)[1])
    assert (shown["status"], shown["shortId"], shown["userCount"]) == ("resolved", "SHOP-1", 1)
    assert village.request("DELETE", f"/api/0/issues/{shown['id']}/", headers=bearer)[0] == 202
    village.both_say("SHOP-1", "Deleted, from the API", "It can be restored until")
    village.both_say("SHOP-1", "Deleted for good")
    wait_for(lambda: village.request("POST", f"/api/0/issues/{shown['id']}/restore/", headers=bearer)[0] == 410)


def test_what_cannot_be_set_is_refused_at_start_with_name_reason_and_example(village: Village) -> None:
    for name, value, reason in (
        ("QUELL_PORT", "many", "valid integer"),
        ("QUELL_PROT", "8080", "no such setting"),
        ("QUELL_SECRET_KEY", "short", "32"),
    ):
        environment = village.environment() | {name: value}
        done = subprocess.run(
            [sys.executable, "-m", "bot", "serve"], cwd=village.folder, env=environment, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 1
        assert name in done.stderr
        assert reason in done.stderr
        assert "Traceback" not in done.stderr
        assert village.accounts.slack_bot_token not in done.stderr
    (village.folder / "quell.log").touch()
