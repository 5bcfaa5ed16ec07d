"""The addresses that Slack sends along for private answers: a ``response_url`` is used only where it really leads to Slack."""

from __future__ import annotations

import aiohttp
from yarl import URL

from bot.interactions import Place

from . import outward
from .blocks import Payload


class ResponseUrls:
    """Posts to them. ``api`` is where the Web API is, as the playground has both on one host."""

    def __init__(self, api: URL) -> None:
        self._api = api

    async def respond(self, session: aiohttp.ClientSession, address: str, body: Payload, proxy: str | None) -> bool:
        """Posts; False where Slack took it no more or the address is not Slack's."""
        url = outward.response_url(address, self._api)
        if url is None:
            return False
        try:
            # The address is a secret: neither it nor an error that quotes it is logged.
            async with session.post(url, json=body, allow_redirects=False, proxy=proxy) as answer:
                said = await answer.content.read(1000)
                return answer.status == 200 and b'"ok":false' not in said.replace(b" ", b"")
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False


def private(place: Place, payload: Payload, *, replaces: bool) -> Payload:
    """The body of an answer for the person's eyes only: a new message, or the pressed one drawn anew."""
    thread = {"thread_ts": place.thread} if place.thread else {}
    return {"response_type": "ephemeral", "replace_original": replaces, "unfurl_links": False, "unfurl_media": False, **thread, **payload}
