"""Send requests to Microsoft, with the bot's token: requested with the app's password, and kept until shortly before it expires."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from yarl import URL

from bot.chat.platform import PlatformError
from bot.msteams.account import TeamsAccount

SCOPE = "https://api.botframework.com/.default"
RENEW_BEFORE = timedelta(minutes=5)
"""How long before a token expires the next one is fetched."""


@dataclass(frozen=True)
class _Token:
    text: str
    expires_at: datetime


class Credentials:
    """One token for all callers; only one caller requests it at a time."""

    def __init__(self, account: TeamsAccount, web: HttpSession, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._web = web
        self._clock = clock
        self._token: _Token | None = None
        self._lock = asyncio.Lock()

    async def bearer(self) -> str:
        """Return the token. Raises PlatformError; ``permanent`` if Microsoft does not accept the app, tenant or password."""
        async with self._lock:
            if self._token is None or self._clock() >= self._token.expires_at - RENEW_BEFORE:
                await self._renew()
            if self._token is None:
                raise PlatformError("no token")
            return self._token.text

    def forget(self, text: str) -> None:
        """Drop a token that Teams rejected: the next caller gets a new one."""
        if self._token is not None and self._token.text == text:
            self._token = None

    async def _renew(self) -> None:
        try:
            self._token = await self._ask()
        except PlatformError:
            # Use the old token until it expires; the problem may be over by then.
            if self._token is None or self._clock() >= self._token.expires_at:
                self._token = None
                raise

    async def _ask(self) -> _Token:
        account = self._account
        url = f"{account.login_url.rstrip('/')}/{quote(account.tenant_id, safe='')}/oauth2/v2.0/token"
        form = {"grant_type": "client_credentials", "client_id": account.app_id, "client_secret": account.app_password, "scope": SCOPE}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self._web.ask("POST", url, urlencode(form).encode(), headers)
        return _Token(*_token_in(answer, self._clock()))


def _token_in(answer: HttpAnswer, now: datetime) -> tuple[str, datetime]:
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


MAX_ANSWER_BYTES = 1024 * 1024
"""The largest response that is read; Microsoft's are far smaller."""


@dataclass(frozen=True)
class HttpAnswer:
    """A response. ``retry_after`` is in seconds."""

    status: int
    body: bytes
    retry_after: float | None = None

    @property
    def is_ok(self) -> bool:
        """Return whether the request succeeded."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the body as JSON, or None if it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class HttpSession:
    """One aiohttp session, opened at first use on the loop that serves."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, seconds: float = 10
    ) -> HttpAnswer:
        """Send a request once. Raises a temporary PlatformError if there is no complete response in time."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None))
        try:
            # The URL is already quoted; quoting it twice would change the ids.
            target = URL(url, encoded=True)
            async with asyncio.timeout(seconds), self._session.request(method, target, data=body, headers=headers, allow_redirects=False) as response:
                return HttpAnswer(response.status, await _read(response), _seconds(response.headers.get("Retry-After", "")))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # The message of the error may hold the address; its kind is enough.
            raise PlatformError(f"no answer from {urlsplit(url).netloc}: {type(error).__name__}") from None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise ValueError("too long an answer")
    return body


def _seconds(header: str) -> float | None:
    """Parse ``Retry-After``, a number of seconds or a date."""
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
