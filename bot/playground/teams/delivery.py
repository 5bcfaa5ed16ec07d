"""Activities to the bot, each with a token as the Bot Connector makes them."""

import json

from bot.playground.accounts import Accounts
from bot.playground.rules import Rules
from bot.playground.store import Json
from bot.playground.teams.tokens import Tokens
from bot.playground.wire import Answer, Wire


class Delivery:
    """Posts to the one URL where the bot takes activities."""

    def __init__(self, wire: Wire, bot_url: str, tokens: Tokens, accounts: Accounts, rules: Rules) -> None:
        self._wire = wire
        self._url = f"{bot_url}/api/messages"
        self._tokens = tokens
        self._service_url = accounts.teams_service_url
        self._rules = rules

    async def send(self, activity: Json) -> Answer:
        """Send one activity."""
        headers = {
            "Authorization": f"Bearer {self._tokens.for_activity(self._service_url)}",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)",
        }
        return await self._wire.post(self._url, json.dumps(activity).encode(), headers, self._rules.teams_seconds)
