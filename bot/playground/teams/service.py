"""Puts the Teams tenant together: routes for the bot, actions for people, and a person's screen."""

from starlette.routing import BaseRoute, Route

from bot.playground import accounts as names
from bot.playground.accounts import Accounts, Person
from bot.playground.bot_client import BotClient
from bot.playground.buckets import Buckets
from bot.playground.faults import Faults
from bot.playground.rules import Rules
from bot.playground.store import Json, Store
from bot.playground.teams.connector import Connector
from bot.playground.teams.delivery import Delivery
from bot.playground.teams.interactions import DIALOG, Interactions
from bot.playground.teams.link_unfurling import LinkUnfurling
from bot.playground.teams.messaging import Messaging
from bot.playground.teams.notices import NOTICE, Notices
from bot.playground.teams.tenant import ACTIVITY, Tenant, chat_of
from bot.playground.teams.tokens import Tokens
from bot.playground.user_actions import UserAction


class TeamsService:
    """A tenant with a team, a channel and a personal chat for each person."""

    def __init__(self, store: Store, accounts: Accounts, faults: Faults, client: BotClient, urls: tuple[str, str], rules: Rules) -> None:
        own_url, bot_url = urls
        self._store = store
        self._tenant = Tenant(store, accounts, rules.clock)
        self._tokens = Tokens(store, accounts, own_url, rules)
        buckets = Buckets(rules.clock) if rules.is_rate_limited else None
        self._connector = Connector(self._tenant, self._tokens, faults, buckets)
        delivery = Delivery(client, bot_url, self._tokens, accounts, rules)
        self._notices = Notices(store, rules.clock)
        self._messaging = Messaging(self._tenant, delivery, self._notices, LinkUnfurling(self._tenant, delivery, bot_url))
        self.user_actions: dict[str, UserAction] = {
            **Interactions(self._tenant, delivery, self._notices).table(),
            **self._messaging.table(),
        }

    def routes(self) -> list[BaseRoute]:
        """Return the routes that the bot calls."""
        return [
            *self._connector.routes(),
            Route("/teams/login/{tenant}/oauth2/v2.0/token", self._tokens.issue, methods=["POST"]),
            Route("/teams/openid/.well-known/openidconfiguration", self._tokens.metadata),
            Route("/teams/openid/keys", self._tokens.keys),
        ]

    def screen_of(self, person: Person, last: int) -> Json:
        """Return what a person has on the screen, with at most `last` messages of each conversation."""
        conversations = [self._tenant.conversation(key) for key in (names.TEAMS_CHANNEL, chat_of(person))]
        return {
            "conversations": conversations,
            "messages": {item["id"]: self._messages(item["id"], person, last) for item in conversations},
            "dialog": self._store.get(DIALOG, person.slack_id),
            "notices": self._notices.of(person),
        }

    async def introduce(self) -> bool:
        """Tell the bot, once, that its app was installed. Return whether it accepted that."""
        if self._store.get("teams.introduced", "bot") is not None:
            return True
        if not await self._messaging.introduce():
            return False
        self._store.put("teams.introduced", "bot", {})
        return True

    def clear(self) -> None:
        """Delete all messages, dialogs and settings."""
        self._store.clear(ACTIVITY, DIALOG, NOTICE, "teams.conversation", "teams.person")

    def _messages(self, key: str, person: Person, last: int) -> list[Json]:
        messages = self._store.every(ACTIVITY, key, last)
        return [_seen(message, person) for message in messages if message["only_for"] in (None, person.teams_id)]


def _seen(message: Json, person: Person) -> Json:
    """Return the message with only this person's own card, if any."""
    return {**message, "own": message["own"].get(person.slack_id)}
