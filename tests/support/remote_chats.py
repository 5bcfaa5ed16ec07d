"""The real program, set up by settings, with both chat services in another server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import Lifespan

from bot.playground import Accounts, Playground, open_playground
from tests.support.program import Town, wait_for


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


def report(dsn: str, text: str) -> None:
    program = (
        f"import sentry_sdk; sentry_sdk.init({dsn!r}); sentry_sdk.set_user({{'id': 7}}); sentry_sdk.capture_message({text!r}); sentry_sdk.flush()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30, env={**os.environ, "no_proxy": "*"})
