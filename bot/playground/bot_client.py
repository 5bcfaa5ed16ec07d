"""Sends requests from the two chat services to the bot."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True)
class Answer:
    """The bot's response to a request. Status 0 means that the bot did not respond in time or could not be reached."""

    status: int
    text: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the bot accepted the request."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the body as JSON; None if it is not JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class BotClient:
    """An HTTP client that opens its session on first use."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: dict[str, str], seconds: float) -> Answer:
        """Send a request, without retries, and wait at most this many seconds for the response."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with asyncio.timeout(seconds), self._session.post(url, data=body, headers=headers) as response:
                return Answer(response.status, await response.text())
        except (aiohttp.ClientError, TimeoutError):
            return Answer(0)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
