"""Sends activities to the bot, each with a token of the Bot Connector."""

import json

from bot.playground.accounts import Accounts
from bot.playground.bot_client import Answer, BotClient
from bot.playground.rules import Rules
from bot.playground.store import Json
from bot.playground.teams.tokens import Tokens


class Delivery:
    """Posts to the bot's URL for activities."""

    def __init__(self, client: BotClient, bot_url: str, tokens: Tokens, accounts: Accounts, rules: Rules) -> None:
        self._client = client
        self._url = f"{bot_url}/api/messages"
        self._tokens = tokens
        self._service_url = accounts.teams_service_url
        self._rules = rules

    async def send(self, activity: Json) -> Answer:
        """Send an activity and return the bot's response."""
        headers = {
            "Authorization": f"Bearer {self._tokens.for_activity(self._service_url)}",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)",
        }
        return await self._client.post(self._url, json.dumps(activity).encode(), headers, self._rules.teams_seconds)
