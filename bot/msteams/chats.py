"""Where an address leads: to a channel, to the thread of a message, or to the personal chat with somebody."""

from __future__ import annotations

from cachetools import LRUCache

from bot.msteams.account import TeamsAccount
from bot.msteams.cards import JsonObject
from bot.msteams.client import Connector, Conversation
from bot.msteams.parse import THREAD
from bot.platform import Address, ChannelState, PlatformError

FIRST_CONTACT = "https://smba.trafficmanager.net/teams/"
"""Where Microsoft lets bots post before a tenant's own service URL is known."""
REMEMBERED = 10_000
THREADED = ("@thread.tacv2", "@thread.skype")
"""In the ids of channels. Group and personal chats have no threads: there a reply is a message like others."""


class Chats:
    """Posts to addresses. Every call raises PlatformError."""

    def __init__(self, account: TeamsAccount, connector: Connector) -> None:
        self._account = account
        self._connector = connector
        self._personal: LRUCache[tuple[str, str], str] = LRUCache(REMEMBERED)

    async def post(self, address: Address, message: JsonObject) -> str:
        """Posts a message and returns its id."""
        return await self.say(await self._conversation(address), message)

    async def update(self, address: Address, external_id: str, message: JsonObject) -> None:
        """Puts new content into a message of ours."""
        await self._connector.update(await self._conversation(address), external_id, message)

    async def thread(self, address: Address, external_id: str) -> Conversation:
        """Where replies to a message go."""
        conversation = await self._conversation(address)
        if not conversation.id.endswith(THREADED):
            return conversation
        return Conversation(conversation.service_url, f"{conversation.id}{THREAD}{external_id}")

    async def say(self, conversation: Conversation, message: JsonObject) -> str:
        """Posts a message there and returns its id."""
        return await self._connector.send(conversation, message)

    async def state(self, address: Address) -> ChannelState:
        """Whether the bot can post somewhere. Teams says what a channel is called only in what it sends by itself."""
        try:
            await self._connector.look(await self._conversation(address))
        except PlatformError as error:
            if error.is_channel and not error.is_account:
                return ChannelState(trouble=str(error))
            raise
        return ChannelState()

    async def _conversation(self, address: Address) -> Conversation:
        service_url = address.service_url or self._first_contact()
        if not address.is_direct:
            return Conversation(service_url, address.channel)
        known = self._personal.get((address.tenant, address.channel))
        if known is None:
            known = (await self._connector.personal(service_url, address.tenant, address.channel)).id
            self._personal[address.tenant, address.channel] = known
        return Conversation(service_url, known)

    def _first_contact(self) -> str:
        if self._account.may_trust(FIRST_CONTACT):
            return FIRST_CONTACT
        raise PlatformError("Teams has not said yet where this tenant's messages go")
