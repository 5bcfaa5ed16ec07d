"""A Teams of our own on loopback: keys, tokens and a connector over real HTTP, and a small honest side that answers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from bot.msteams.app import TeamsAccount
from tests.support.teams.app import APP_ID, TENANT, Bot, Teams, new_key, running, serving
from tests.support.teams.playground import Scene, opened_playground


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest_asyncio.fixture
async def teams(key: rsa.RSAPrivateKey) -> AsyncIterator[Teams]:
    microsoft = Teams(keys={"k1": key})
    outside = Starlette(routes=microsoft.routes())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        inner = microsoft.bot if scope["path"] == "/api/messages" else outside
        await inner(scope, receive, send)

    async with serving(app) as url:
        microsoft.url = url
        yield microsoft


@pytest.fixture
def account(teams: Teams) -> TeamsAccount:
    return TeamsAccount(
        APP_ID, "password", TENANT, f"{teams.url}/openid", f"{teams.url}/login", ("127.0.0.1", "smba.trafficmanager.net"), is_anonymous=False
    )


@pytest_asyncio.fixture
async def bot(account: TeamsAccount, teams: Teams) -> AsyncIterator[Bot]:
    async with running(account, teams) as started:
        yield started


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[Scene]:
    async with opened_playground() as scene:
        yield scene
