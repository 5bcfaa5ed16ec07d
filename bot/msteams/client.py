"""The Bot Connector: post, change and delete messages, look up members, and resolve addresses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cachetools import LRUCache

from bot.chat.platform import Address, ChannelState, PlatformError
from bot.msteams.account import TeamsAccount
from bot.msteams.elements import JsonObject
from bot.msteams.http import Credentials, HttpAnswer, HttpSession
from bot.msteams.parse import THREAD

FIRST_CONTACT = "https://smba.trafficmanager.net/teams/"
"""The service URL for posts while a tenant's own service URL is unknown."""
MAX_REMEMBERED = 10_000
THREADED = ("@thread.tacv2", "@thread.skype")
"""A part of the ids of channels. Group and personal chats have no threads: a reply there is an ordinary message."""


class TeamsClient:
    """Posts to addresses. Every call raises PlatformError."""

    def __init__(self, account: TeamsAccount, connector: Connector) -> None:
        self._account = account
        self._connector = connector
        self._personal: LRUCache[tuple[str, str], str] = LRUCache(MAX_REMEMBERED)

    async def post(self, address: Address, message: JsonObject) -> str:
        """Post a message and return its id."""
        return await self.say(await self._conversation(address), message)

    async def update(self, address: Address, external_id: str, message: JsonObject) -> None:
        """Replace the content of a message of ours."""
        await self._connector.update(await self._conversation(address), external_id, message)

    async def thread(self, address: Address, external_id: str) -> Conversation:
        """Return the conversation for replies to a message."""
        conversation = await self._conversation(address)
        if not conversation.id.endswith(THREADED):
            return conversation
        return Conversation(conversation.service_url, f"{conversation.id}{THREAD}{external_id}")

    async def say(self, conversation: Conversation, message: JsonObject) -> str:
        """Post a message there and return its id."""
        return await self._connector.send(conversation, message)

    async def state(self, address: Address) -> ChannelState:
        """Return whether the bot can post there. Teams tells a channel's name only in its own activities."""
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


PASSING = frozenset({408, 412, 425, 429})
"""Status codes for which Microsoft recommends a retry, besides 500 and above."""
UNKNOWN, FORBIDDEN = 401, 403
"""The bot's registration is gone, so nothing works anywhere; or the bot was removed from the conversation, or is blocked in it."""
GONE = "ConversationNotFound"
TIMED_OUT = 408


@dataclass(frozen=True)
class Conversation:
    """A channel, a thread in it (``…;messageid=…``), a group or a personal chat, and the service that holds it."""

    service_url: str
    id: str


class Connector:
    """The API calls that we need, as plain dicts. Each raises PlatformError."""

    def __init__(self, account: TeamsAccount, credentials: Credentials, web: HttpSession) -> None:
        self._account = account
        self._credentials = credentials
        self._web = web

    async def send(self, conversation: Conversation, activity: Mapping[str, Any]) -> str:
        """Post a message and return its id."""
        return _id(await self._ask_in(conversation, "POST", "activities", activity))

    async def reply(self, conversation: Conversation, to: str, activity: Mapping[str, Any]) -> str:
        """Post a message below another and return its id."""
        return _id(await self._ask_in(conversation, "POST", f"activities/{quote(to, safe='')}", activity))

    async def update(self, conversation: Conversation, message: str, activity: Mapping[str, Any]) -> None:
        """Replace the content of a message of ours."""
        await self._ask_in(conversation, "PUT", f"activities/{quote(message, safe='')}", {**activity, "id": message})

    async def delete(self, conversation: Conversation, message: str) -> None:
        """Delete a message of ours."""
        await self._ask_in(conversation, "DELETE", f"activities/{quote(message, safe='')}")

    async def personal(self, service_url: str, tenant: str, person: str) -> Conversation:
        """Return the personal chat with a person, by either of their ids. Teams creates it the first time and returns the same chat later."""
        bot = {"bot": {"id": f"28:{self._account.app_id}"}} if self._account.app_id else {}
        parameters = {**bot, "isGroup": False, "members": [{"id": person}], "tenantId": tenant, "channelData": {"tenant": {"id": tenant}}}
        return Conversation(service_url, _id(await self._ask("POST", service_url, "", parameters)))

    async def member(self, conversation: Conversation, person: str) -> Mapping[str, Any]:
        """Return a person's record in the conversation, by either of their ids."""
        found = (await self._ask_in(conversation, "GET", f"members/{quote(person, safe='')}")).json()
        if not isinstance(found, dict):
            raise PlatformError("Teams answered no member record")
        return found

    async def look(self, conversation: Conversation) -> None:
        """Ask for some members of a conversation; only bots that may post there get an answer."""
        await self._ask_in(conversation, "GET", "pagedmembers")

    async def _ask_in(self, conversation: Conversation, method: str, path: str, activity: Mapping[str, Any] | None = None) -> HttpAnswer:
        return await self._ask(method, conversation.service_url, f"/{quote(conversation.id, safe='')}/{path}", activity)

    async def _ask(self, method: str, service_url: str, path: str, activity: Mapping[str, Any] | None) -> HttpAnswer:
        if not self._account.may_reach(service_url):
            raise PlatformError("the service URL is not one of QUELL_TEAMS_SERVICE_HOSTS", permanent=True, is_channel=True, is_refused=True)
        url = f"{service_url.rstrip('/')}/v3/conversations{path}"
        body = None if activity is None else json.dumps(activity, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        answer = await self._asked(method, url, body)
        if not answer.is_ok:
            raise _refusal(answer)
        return answer

    async def _asked(self, method: str, url: str, body: bytes | None) -> HttpAnswer:
        """Send a request; retry once with a fresh token if the first was rejected, because it may have been revoked."""
        headers = {} if body is None else {"Content-Type": "application/json; charset=utf-8"}
        if not self._account.may_trust(url):
            return await self._web.ask(method, url, body, headers)
        token = await self._credentials.bearer()
        answer = await self._web.ask(method, url, body, {**headers, "Authorization": f"Bearer {token}"})
        if answer.status != 401:
            return answer
        self._credentials.forget(token)
        return await self._web.ask(method, url, body, {**headers, "Authorization": f"Bearer {await self._credentials.bearer()}"})


def _id(answer: HttpAnswer) -> str:
    found = answer.json()
    message = found.get("id") if isinstance(found, dict) else None
    if not isinstance(message, str) or not message:
        # The request succeeded: a retry would only duplicate it.
        raise PlatformError("Teams did it but gave no id", permanent=True)
    return message


def _refusal(answer: HttpAnswer) -> PlatformError:
    """Return the error with the connector's own code, such as ``BotNotInConversationRoster``: it tells an admin what to repair."""
    found = answer.json()
    error = found.get("error") if isinstance(found, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    reason = f"Teams answered {answer.status} {code if isinstance(code, str) else ''}".strip()[:200]
    return PlatformError(
        reason,
        permanent=answer.status < 500 and answer.status not in PASSING,
        retry_after=answer.retry_after,
        is_channel=answer.status == FORBIDDEN or code == GONE,
        is_account=answer.status == UNKNOWN,
        is_refused=answer.status < 500 and answer.status != TIMED_OUT,
        is_outage=True if answer.status >= 500 else None,
    )
