"""Look up people in Teams. Teams answers only for members of a conversation, so we remember where each person was last seen; else we ask in their
personal chat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cachetools import LRUCache

from bot.chat.interactions import ChatPerson, Interaction, TypedCommand
from bot.chat.platform import BeforeCalling, PlatformError, Profile
from bot.msteams.account import TeamsAccount
from bot.msteams.client import Connector, Conversation
from bot.msteams.notices import MentionedPerson

MAX_REMEMBERED = 10_000


class TeamsPeople:
    """Looks people up in the conversation where they were last seen."""

    def __init__(self, account: TeamsAccount, connector: Connector) -> None:
        self._account = account
        self._connector = connector
        self._seen: LRUCache[tuple[str, str], str] = LRUCache(MAX_REMEMBERED)
        self._names: LRUCache[tuple[str, str], MentionedPerson] = LRUCache(MAX_REMEMBERED)

    def see(self, interaction: Interaction) -> None:
        """Remember who took part where."""
        named = interaction.payload.people.values() if isinstance(interaction.payload, TypedCommand) else ()
        for person in (interaction.person, *named):
            for known_as in {person.handle or person.subject, person.subject}:
                self._seen[person.tenant, known_as] = interaction.place.channel

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        """Return name and membership. An e-mail counts only for the tenant's own people. Raises PlatformError."""
        record = await self._record(person, service_url)
        is_member = self._is_member(record, person)
        email = _email(record) if is_member else None
        return Profile(_word(record, "name") or person.name, email, person.time_zone, is_member)

    async def recognized(self, interaction: Interaction, before_calling: BeforeCalling) -> Interaction:
        """Return the activity with the Entra ids of mentioned people: a mention contains only the bot's own id of a person."""
        payload = interaction.payload
        if not isinstance(payload, TypedCommand) or all(person.subject != person.handle for person in payload.people.values()):
            return interaction
        await before_calling()
        people = {key: await self._recognize(person, interaction.place.service_url) for key, person in payload.people.items()}
        return replace(interaction, payload=replace(payload, people=people))

    async def named(self, conversation: Conversation, ids: Sequence[str]) -> list[MentionedPerson]:
        """Return those of the ids who are in the conversation, by their names there: only they can be pinged. Raises PlatformError."""
        return [one for key in ids if (one := await self._named(conversation, key))]

    async def _named(self, conversation: Conversation, key: str) -> MentionedPerson | None:
        known = self._names.get((conversation.id, key))
        if known is None:
            try:
                record = await self._connector.member(conversation, key)
            except PlatformError as error:
                if error.permanent:
                    return None
                raise
            known = self._names[conversation.id, key] = MentionedPerson(_word(record, "id") or key, _word(record, "name"))
        return known

    async def _recognize(self, person: ChatPerson, service_url: str | None) -> ChatPerson:
        if person.subject != person.handle:
            return person
        try:
            record = await self._record(person, service_url)
        except PlatformError:
            return person
        return replace(person, subject=_word(record, "aadObjectId") or _word(record, "objectId") or person.subject)

    async def _record(self, person: ChatPerson, service_url: str | None) -> Mapping[str, Any]:
        handle = person.handle or person.subject
        conversation = self._seen.get((person.tenant, handle))
        if not service_url:
            raise PlatformError("Teams has not said yet where this tenant is asked", permanent=True)
        if conversation is None:
            # Since the start they did nothing: what is left is the chat that everybody has with the bot.
            return await self._connector.member(await self._connector.personal(service_url, person.tenant, handle), handle)
        return await self._connector.member(Conversation(service_url, conversation), handle)

    def _is_member(self, record: Mapping[str, Any], person: ChatPerson) -> bool:
        """Return whether a record is that of a member; guests, people of other tenants and people without an account are not members."""
        home = self._account.tenant_id or person.tenant
        tenant = _word(record, "tenantId")
        is_ours = tenant == home or (not tenant and self._account.is_anonymous and not self._account.app_id)
        return is_ours and _word(record, "userRole").lower() not in {"guest", "anonymous", "bot"}


def _email(record: Mapping[str, Any]) -> str | None:
    """Return the e-mail, except of an external account: its home tenant confirms it, not ours. Entra marks such a name with ``#EXT#``."""
    name = _word(record, "userPrincipalName")
    if "#EXT#" in name.upper():
        return None
    found = _word(record, "email") or name
    return found if "@" in found else None


def _word(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value[:320] if isinstance(value, str) else ""
