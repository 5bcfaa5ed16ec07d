"""The playground put together: one store, two services, one page."""

import asyncio
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware

from bot.playground.accounts import load_accounts
from bot.playground.desk import Desk
from bot.playground.faults import Faults
from bot.playground.loopback import LoopbackOnly
from bot.playground.page import page_routes
from bot.playground.rules import Rules
from bot.playground.slack.service import SlackService
from bot.playground.store import Store
from bot.playground.teams.service import TeamsService
from bot.playground.wire import Wire

_INTRODUCTIONS = 20
_BETWEEN_INTRODUCTIONS = 0.5


class Playground:
    """Two chat services and the page that shows them; mount `app` where `own_url` says it is."""

    def __init__(self, store: Store, own_url: str, bot_url: str, dsn: str, rules: Rules) -> None:
        self._store = store
        self._wire = Wire()
        self.accounts = load_accounts(store, own_url)
        faults, urls = Faults(store), (own_url, bot_url)
        self._slack = SlackService(store, self.accounts, faults, self._wire, urls, rules)
        self._teams = TeamsService(store, self.accounts, faults, self._wire, urls, rules)
        self._desk = Desk(store, self.accounts, faults, (self._slack, self._teams), dsn)
        self.app = Starlette(
            routes=[*self._slack.routes(), *self._teams.routes(), *self._desk.routes(), *page_routes()],
            middleware=[Middleware(LoopbackOnly)],
        )

    @property
    def dsn(self) -> str:
        """Where the demo shop reports its crashes; without one it cannot."""
        return self._desk.dsn

    @dsn.setter
    def dsn(self, value: str) -> None:
        self._desk.dsn = value

    async def introduce(self) -> bool:
        """Tell the bot that its Teams app was installed, once in the playground's life; it may still be starting."""
        for attempt in range(_INTRODUCTIONS):
            if attempt:
                await asyncio.sleep(_BETWEEN_INTRODUCTIONS)
            if await self._teams.introduce():
                return True
        return False

    async def aclose(self) -> None:
        """Stop what runs, end the live pages and close the file."""
        await self._desk.aclose()
        await self._wire.aclose()
        self._store.close()


def open_playground(path: Path | None, own_url: str, bot_url: str, dsn: str = "", rules: Rules | None = None) -> Playground:
    """The playground kept in this SQLite file, or in memory only.

    `own_url` is where its app will be mounted, such as `http://127.0.0.1:8080/playground`; `bot_url` is where the bot
    listens.
    """
    return Playground(Store(path), own_url.rstrip("/"), bot_url.rstrip("/"), dsn, rules or Rules())
