"""The Teams side put together: routes for the bot, deeds for people, and what one of them sees."""

from starlette.routing import BaseRoute, Route

from bot.playground import accounts as names
from bot.playground.accounts import Accounts, Person
from bot.playground.acting import Deed
from bot.playground.buckets import Buckets
from bot.playground.faults import Faults
from bot.playground.rules import Rules
from bot.playground.store import Json, Store
from bot.playground.teams.connector import Connector
from bot.playground.teams.deeds import DIALOG, Deeds
from bot.playground.teams.delivery import Delivery
from bot.playground.teams.notices import NOTICE, Notices
from bot.playground.teams.talking import Talking
from bot.playground.teams.tenant import ACTIVITY, Tenant, chat_of
from bot.playground.teams.tokens import Tokens
from bot.playground.teams.unfolding import Unfolding
from bot.playground.wire import Wire


class TeamsService:
    """One tenant with one team, one channel and a personal chat for everybody."""

    def __init__(self, store: Store, accounts: Accounts, faults: Faults, wire: Wire, urls: tuple[str, str], rules: Rules) -> None:
        own_url, bot_url = urls
        self._store = store
        self._tenant = Tenant(store, accounts, rules.clock)
        self._tokens = Tokens(store, accounts, own_url, rules)
        buckets = Buckets(rules.clock) if rules.is_rate_limited else None
        self._connector = Connector(self._tenant, self._tokens, faults, buckets)
        delivery = Delivery(wire, bot_url, self._tokens, accounts, rules)
        self._notices = Notices(store, rules.clock)
        self._talking = Talking(self._tenant, delivery, self._notices, Unfolding(self._tenant, delivery, bot_url))
        self.deeds: dict[str, Deed] = {
            **Deeds(self._tenant, delivery, self._notices).table(),
            **self._talking.table(),
        }

    def routes(self) -> list[BaseRoute]:
        """What the bot calls."""
        return [
            *self._connector.routes(),
            Route("/teams/login/{tenant}/oauth2/v2.0/token", self._tokens.give, methods=["POST"]),
            Route("/teams/openid/.well-known/openidconfiguration", self._tokens.metadata),
            Route("/teams/openid/keys", self._tokens.keys),
        ]

    def seen_by(self, person: Person, last: int) -> Json:
        """What this person has on the screen: so many of the latest messages of each conversation."""
        conversations = [self._tenant.conversation(key) for key in (names.TEAMS_CHANNEL, chat_of(person))]
        return {
            "conversations": conversations,
            "messages": {one["id"]: self._messages(one["id"], person, last) for one in conversations},
            "dialog": self._store.get(DIALOG, person.slack_id),
            "notices": self._notices.of(person),
        }

    async def introduce(self) -> bool:
        """Tell the bot once that it was installed; whether it heard."""
        if self._store.get("teams.introduced", "bot") is not None:
            return True
        if not await self._talking.introduce():
            return False
        self._store.put("teams.introduced", "bot", {})
        return True

    def clear(self) -> None:
        """Forget everything said and opened."""
        self._store.clear(ACTIVITY, DIALOG, NOTICE, "teams.conversation", "teams.person")

    def _messages(self, key: str, person: Person, last: int) -> list[Json]:
        shown = self._store.every(ACTIVITY, key, last)
        return [_seen(one, person) for one in shown if one["only_for"] in (None, person.teams_id)]


def _seen(message: Json, person: Person) -> Json:
    """The message with this person's own card, if there is one, and nobody else's."""
    return {**message, "own": message["own"].get(person.slack_id)}
