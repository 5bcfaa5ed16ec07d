"""The way out: requests from the services to the bot."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True)
class Answer:
    """What the bot said to a request; status 0 means it said nothing in time or could not be reached."""

    status: int
    text: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the bot took it."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON, or None when it is empty or is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class Wire:
    """One HTTP client, opened at first use."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: dict[str, str], seconds: float) -> Answer:
        """Send once and wait so long for the answer."""
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
