"""Signed requests to the bot, as Slack makes them."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

from bot.playground.rules import Rules
from bot.playground.store import Json
from bot.playground.wire import Answer, Wire


class Delivery:
    """Posts to the one URL where the bot takes events, interactions and commands."""

    def __init__(self, wire: Wire, bot_url: str, signing_secret: str, rules: Rules) -> None:
        self._wire = wire
        self._url = f"{bot_url}/slack/events"
        self._secret = signing_secret.encode()
        self._rules = rules

    async def interaction(self, payload: Json) -> Answer:
        """A form with one field, `payload`."""
        return await self.form({"payload": json.dumps(payload)})

    async def form(self, fields: dict[str, str]) -> Answer:
        """A slash command's flat form."""
        return await self._post(urlencode(fields).encode(), "application/x-www-form-urlencoded")

    async def event(self, envelope: Json) -> Answer:
        """An event as JSON."""
        return await self._post(json.dumps(envelope).encode(), "application/json")

    async def _post(self, body: bytes, content_type: str) -> Answer:
        stamp = str(int(self._rules.clock()))
        signed = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (playground)",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}",
        }
        return await self._wire.post(self._url, body, headers, self._rules.slack_seconds)
