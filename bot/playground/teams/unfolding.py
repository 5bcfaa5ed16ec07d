"""Links that people paste: Teams asks the app whose domain it is for a card, and the message is sent with it."""

from urllib.parse import urlsplit

from bot.playground.accounts import Person
from bot.playground.links import links_to
from bot.playground.store import Json
from bot.playground.teams import activities, adaptive_cards
from bot.playground.teams.delivery import Delivery
from bot.playground.teams.tenant import Tenant


class Unfolding:
    """Asks the bot for what a link of its own unfolds into."""

    def __init__(self, tenant: Tenant, delivery: Delivery, bot_url: str) -> None:
        self._tenant = tenant
        self._delivery = delivery
        self._domain = urlsplit(bot_url).netloc

    async def attachments(self, person: Person, conversation: Json, text: str) -> list[Json]:
        """The card for the first link of the bot's own domain; nothing where there is none, or the bot gives none that Teams would take."""
        link = next(iter(links_to(self._domain, text)), "")
        if not link or not conversation["is_installed"]:
            return []
        base = activities.base("invoke", self._tenant.accounts, person, conversation, self._tenant.clock())
        answer = await self._delivery.send(activities.invoke(base, "composeExtension/queryLink", {"url": link}))
        return _cards(answer.json()) if answer.status == 200 else []


def _cards(body: object) -> list[Json]:
    """Of several results Teams shows the first."""
    result = body.get("composeExtension") if isinstance(body, dict) else None
    found = (result or {}).get("attachments") or []
    cards = adaptive_cards.cards_of({"attachments": found[:1]})
    return [one for one, card in zip(found, cards, strict=False) if not adaptive_cards.card_errors(card)]
