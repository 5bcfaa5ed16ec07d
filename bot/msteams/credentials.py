"""The token that the bot shows to Teams: asked of Microsoft with the app's password, kept until shortly before it expires."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from bot.msteams.account import TeamsAccount
from bot.msteams.web import Answer, Web
from bot.platform import PlatformError

SCOPE = "https://api.botframework.com/.default"
EARLY = timedelta(minutes=5)
"""How long before a token expires the next one is fetched."""


@dataclass(frozen=True)
class _Token:
    text: str
    expires_at: datetime


class Credentials:
    """One token for all who need it; only one asks at a time."""

    def __init__(self, account: TeamsAccount, web: Web, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._web = web
        self._clock = clock
        self._token: _Token | None = None
        self._lock = asyncio.Lock()

    async def bearer(self) -> str:
        """The token. Raises PlatformError; ``permanent`` when Microsoft knows no such app, tenant or password."""
        async with self._lock:
            if self._token is None or self._clock() >= self._token.expires_at - EARLY:
                await self._renew()
            if self._token is None:
                raise PlatformError("no token")
            return self._token.text

    def forget(self, text: str) -> None:
        """Teams did not take this token: the next caller gets another."""
        if self._token is not None and self._token.text == text:
            self._token = None

    async def _renew(self) -> None:
        try:
            self._token = await self._ask()
        except PlatformError:
            # Until it expires the old one serves; the trouble may be over by then.
            if self._token is None or self._clock() >= self._token.expires_at:
                self._token = None
                raise

    async def _ask(self) -> _Token:
        account = self._account
        url = f"{account.login_url.rstrip('/')}/{quote(account.tenant_id, safe='')}/oauth2/v2.0/token"
        form = {"grant_type": "client_credentials", "client_id": account.app_id, "client_secret": account.app_password, "scope": SCOPE}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self._web.ask("POST", url, urlencode(form).encode(), headers)
        return _Token(*_taken(answer, self._clock()))


def _taken(answer: Answer, now: datetime) -> tuple[str, datetime]:
    found: Any = answer.json()
    found = found if isinstance(found, dict) else {}
    if not answer.is_ok:
        code = str(found.get("error", ""))[:60]
        is_refused = answer.status in {400, 401, 403, 404}
        reason = f"Microsoft gave no token: {answer.status} {code}".rstrip()
        raise PlatformError(reason, permanent=is_refused, retry_after=answer.retry_after, is_account=is_refused, is_refused=True)
    text, lasts = found.get("access_token"), str(found.get("expires_in", ""))
    if not isinstance(text, str) or not text or not lasts.isdigit():
        raise PlatformError("Microsoft's answer holds no token")
    return text, now + timedelta(seconds=min(int(lasts[:9]), 86400))
