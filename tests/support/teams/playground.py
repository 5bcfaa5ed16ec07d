"""A person at the playground's page, in the tenant of its Teams."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.chat.platform import Address
from bot.msteams.app import TeamsAccount, TeamsPlatform
from bot.playground import Playground, Rules, open_playground
from tests.support.interaction_queue import own_queue
from tests.support.teams.app import Answers, serving


@dataclass
class Scene:
    """A person at the playground's page."""

    url: str
    http: aiohttp.ClientSession
    playground: Playground
    platform: TeamsPlatform
    answers: Answers

    @property
    def address(self) -> Address:
        accounts = self.playground.accounts
        return Address(accounts.teams_tenant_id, accounts.teams_channel, accounts.teams_service_url)

    async def act(self, do: str, **more: Any) -> Any:
        async with self.http.post(f"{self.url}/playground/act", json={"platform": "teams", "as": "UPLAY1", "do": do, **more}) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def messages(self) -> list[Any]:
        async with self.http.get(f"{self.url}/playground/state", params={"as": "UPLAY1"}) as answer:
            found: list[Any] = (await answer.json())["teams"]["messages"][self.playground.accounts.teams_channel]
            return found

    async def fault(self, mode: str, count: int) -> None:
        async with self.http.post(f"{self.url}/playground/faults", json={"platform": "teams", "mode": mode, "count": count, "seconds": 1}) as answer:
            assert answer.status == 200


@asynccontextmanager
async def opened_playground() -> AsyncIterator[Scene]:
    """The platform and the playground, served on one port."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    playground = open_playground(None, f"{url}/playground", url, rules=Rules(is_rate_limited=False))
    said, answers = playground.accounts, Answers()
    account = TeamsAccount(
        said.teams_app_id,
        said.teams_app_password,
        said.teams_tenant_id,
        said.teams_openid_metadata,
        said.teams_login_url,
        tuple(said.teams_service_hosts.split(",")),
        is_anonymous=False,
    )
    async with own_queue(answers) as queue:
        platform = TeamsPlatform(account, answers, queue, lambda: datetime.now(UTC))
        app = Starlette(routes=[Mount("/playground", playground.app), *platform.routes])
        async with serving(app, listening), aiohttp.ClientSession() as http:
            yield Scene(url, http, playground, platform, answers)
            await platform.close()
            await playground.aclose()
