"""Link unfurling: for a pasted link, Teams asks the app of that domain for a card and sends the message with it."""

from urllib.parse import urlsplit

from bot.playground.accounts import Person
from bot.playground.links import links_to
from bot.playground.store import Json
from bot.playground.teams import activities, adaptive_cards
from bot.playground.teams.delivery import Delivery
from bot.playground.teams.tenant import Tenant


class LinkUnfurling:
    """Asks the bot for the cards of links to its domain."""

    def __init__(self, tenant: Tenant, delivery: Delivery, bot_url: str) -> None:
        self._tenant = tenant
        self._delivery = delivery
        self._domain = urlsplit(bot_url).netloc

    async def attachments(self, person: Person, conversation: Json, text: str) -> list[Json]:
        """Return the card for the first link to the bot's domain. The list is empty without a link or without a valid card."""
        link = next(iter(links_to(self._domain, text)), "")
        if not link or not conversation["is_installed"]:
            return []
        base = activities.base("invoke", self._tenant.accounts, person, conversation, self._tenant.clock())
        answer = await self._delivery.send(activities.invoke(base, "composeExtension/queryLink", {"url": link}))
        return _cards(answer.json()) if answer.status == 200 else []


def _cards(body: object) -> list[Json]:
    """Return the first result, which is the only one that Teams shows."""
    result = body.get("composeExtension") if isinstance(body, dict) else None
    attachments = (result or {}).get("attachments") or []
    cards = adaptive_cards.cards_of({"attachments": attachments[:1]})
    return [attachment for attachment, card in zip(attachments, cards, strict=False) if not adaptive_cards.card_errors(card)]
