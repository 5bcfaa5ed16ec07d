"""Puts the playground together: a store, two chat services and a page."""

import asyncio
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware

from bot.playground.accounts import load_accounts
from bot.playground.bot_client import BotClient
from bot.playground.faults import Faults
from bot.playground.loopback import LoopbackOnly
from bot.playground.page import page_routes
from bot.playground.page_api import PageApi
from bot.playground.rules import Rules
from bot.playground.slack.service import SlackService
from bot.playground.store import Store
from bot.playground.teams.service import TeamsService

_INTRODUCTION_ATTEMPTS = 20
_INTRODUCTION_SECONDS = 0.5


class Playground:
    """Two chat services and the page that shows them. Mount `app` at the path of `own_url`."""

    def __init__(self, store: Store, own_url: str, bot_url: str, dsn: str, rules: Rules) -> None:
        self._store = store
        self._client = BotClient()
        self.accounts = load_accounts(store, own_url)
        faults, urls = Faults(store), (own_url, bot_url)
        self._slack = SlackService(store, self.accounts, faults, self._client, urls, rules)
        self._teams = TeamsService(store, self.accounts, faults, self._client, urls, rules)
        self._page_api = PageApi(store, self.accounts, faults, (self._slack, self._teams), dsn)
        self.app = Starlette(
            routes=[*self._slack.routes(), *self._teams.routes(), *self._page_api.routes(), *page_routes()],
            middleware=[Middleware(LoopbackOnly)],
        )

    @property
    def dsn(self) -> str:
        """The DSN that the demo shop reports its crashes to; empty if it cannot."""
        return self._page_api.dsn

    @dsn.setter
    def dsn(self, value: str) -> None:
        self._page_api.dsn = value

    async def introduce(self) -> bool:
        """Tell the bot, once, that its Teams app was installed, and return whether it accepted that. Tries for some seconds while the bot starts."""
        for attempt in range(_INTRODUCTION_ATTEMPTS):
            if attempt:
                await asyncio.sleep(_INTRODUCTION_SECONDS)
            if await self._teams.introduce():
                return True
        return False

    async def aclose(self) -> None:
        """Stop the demo shop, end the event streams and close the file."""
        await self._page_api.aclose()
        await self._client.aclose()
        self._store.close()


def open_playground(path: Path | None, own_url: str, bot_url: str, dsn: str = "", rules: Rules | None = None) -> Playground:
    """Return a playground that is stored in this SQLite file, or in memory if `path` is None.

    `own_url` is where its app will be mounted, such as `http://127.0.0.1:8080/playground`; `bot_url` is where the bot
    listens.
    """
    return Playground(Store(path), own_url.rstrip("/"), bot_url.rstrip("/"), dsn, rules or Rules())
