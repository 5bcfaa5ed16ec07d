"""The way out: one HTTP client for keys, tokens and messages, which follows no redirect and reads no endless answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from bot.platform import PlatformError

MOST_BYTES = 1024 * 1024
"""No answer of Microsoft's is near this size."""


@dataclass(frozen=True)
class Answer:
    """What came back. ``retry_after`` is in seconds."""

    status: int
    body: bytes
    retry_after: float | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Web:
    """One aiohttp session, opened at first use on the loop that serves."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, seconds: float = 10) -> Answer:
        """Sends once. Raises a PlatformError that is worth another try when nothing, or not enough, came back in time."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None))
        try:
            # The address is quoted already; quoted again, an id would be another id.
            target = URL(url, encoded=True)
            async with asyncio.timeout(seconds), self._session.request(method, target, data=body, headers=headers, allow_redirects=False) as response:
                return Answer(response.status, await _read(response), _seconds(response.headers.get("Retry-After", "")))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # The message of the error may hold the address; its kind is enough.
            raise PlatformError(f"no answer from {urlsplit(url).netloc}: {type(error).__name__}") from None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError("too long an answer")
    return body


def _seconds(header: str) -> float | None:
    """``Retry-After`` is a number of seconds or a date."""
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
