"""Signed requests to the bot, as Slack makes them."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

from bot.playground.bot_client import Answer, BotClient
from bot.playground.rules import Rules
from bot.playground.store import Json


class Delivery:
    """Posts to the bot's URL for events, interactions and commands."""

    def __init__(self, client: BotClient, bot_url: str, signing_secret: str, rules: Rules) -> None:
        self._client = client
        self._url = f"{bot_url}/slack/events"
        self._secret = signing_secret.encode()
        self._rules = rules

    async def interaction(self, payload: Json) -> Answer:
        """Send an interaction: a form whose only field is `payload`."""
        return await self.form({"payload": json.dumps(payload)})

    async def form(self, fields: dict[str, str]) -> Answer:
        """Send a slash command: a flat form."""
        return await self._post(urlencode(fields).encode(), "application/x-www-form-urlencoded")

    async def event(self, envelope: Json) -> Answer:
        """Send an event as JSON."""
        return await self._post(json.dumps(envelope).encode(), "application/json")

    async def _post(self, body: bytes, content_type: str) -> Answer:
        timestamp = str(int(self._rules.clock()))
        signature = hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (playground)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signature}",
        }
        return await self._client.post(self._url, body, headers, self._rules.slack_seconds)
