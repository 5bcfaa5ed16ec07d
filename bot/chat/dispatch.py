"""Turn an interaction into a reply, for every platform: the only error boundary, and the only switch into a thread."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.chat import commands, times
from bot.chat.elements import Card, Changed, Nothing, Notice, Reply
from bot.chat.forms.base import Asker
from bot.chat.handlers import READING, Answers
from bot.chat.handlers.bulk import filled
from bot.chat.identity import IdentityResolver, UnknownAccount
from bot.chat.interactions import ChannelChanged, FormSubmitted, Interaction, InteractionPayload, LinksShared, TypedCommand
from bot.chat.platform import BeforeCalling, at_once
from bot.chat.verbs import OF_ISSUES, described
from bot.workers import Workers
from core.bootstrap import Core
from core.errors import DatabaseAway, Invalid, TriageError
from core.notify.outbox import Shown
from core.types import Origin

log = logging.getLogger(__name__)

AWAY = Notice(("Quell's database does not answer. If the message does not change, nothing was done: try again in a moment.",), is_refusal=True)
"""The reply if the database does not answer. It does not deny the change: the database may fail after the commit, before the card is drawn."""
MAX_NEW_PEOPLE = 5
"""How many unknown people one interaction may introduce."""


class CodeOverheard(TriageError):
    """{reason} Other people could read that code, so it does not work any more. Ask for a new one and type it in a direct message to me."""


@dataclass(frozen=True)
class Dispatch:
    """Answers every interaction. See ``bot.chat.platform.Answering``."""

    core: Core
    workers: Workers
    identity: IdentityResolver
    links_begin_with: str
    listeners: list[Callable[[Interaction], object]] = field(default_factory=list)
    """Called with each interaction on the event loop, before it is answered; they must return at once."""

    async def answer(self, interaction: Interaction) -> Reply:
        """Carry out an interaction and return the reply; never raises."""
        try:
            return await self.attempt(interaction)
        except DatabaseAway:
            return AWAY

    async def attempt(self, interaction: Interaction, before_calling: BeforeCalling = at_once) -> Reply:
        """Carry out an interaction and return the reply. Raises DatabaseAway if the database does not answer. Calls no platform before
        ``before_calling`` returns.
        """
        for listener in self.listeners:
            listener(interaction)
        try:
            return await self._answer(interaction, before_calling)
        except TriageError as error:
            return _refusal(interaction.payload, error)
        except DatabaseAway:
            raise
        except Exception:
            number = secrets.token_hex(4)
            log.exception("error %s while answering %s", number, type(interaction.payload).__name__)
            return Notice((f"Something went wrong here. Nothing was changed. If it stays so, give an admin this number: {number}.",), is_refusal=True)

    async def card(self, interaction: Interaction, changed: Changed) -> Reply:
        """Return the current card of an issue that an interaction changed, or a sentence if it cannot be shown; never raises."""
        answers = Answers(self.core, self.identity, interaction, self.links_begin_with)
        try:
            return await self.workers.read(answers.card, changed)
        except DatabaseAway:
            return AWAY
        except TriageError as error:
            return _refusal(interaction.payload, error)
        except Exception:
            log.exception("a change that was made could not be shown")
            return Notice(("Done, but the issue could not be drawn here.",))

    async def earlier(self, interaction: Interaction) -> Reply | None:
        """Return the reply to an interaction that was carried out before a restart, or None if it was not. Raises DatabaseAway."""
        answers = Answers(self.core, self.identity, interaction, self.links_begin_with)
        try:
            return await self.workers.read(answers.earlier)
        except (TriageError, UnknownAccount):
            # A person who may no longer see the issue learns nothing about it, although the change was made.
            return Nothing()

    def faults(self, interaction: Interaction) -> dict[str, str]:
        """Return the errors of a submitted form, by field, as far as they can be found without the database."""
        payload = interaction.payload
        if not isinstance(payload, FormSubmitted) or payload.verb not in OF_ISSUES:
            return {}
        asker = Asker(self.core.clock(), times.zone(interaction.person.time_zone))
        try:
            OF_ISSUES[payload.verb].build(filled(payload), asker)
        except Invalid as error:
            return {error.field: str(error)}
        return {}

    def asks(self, verb: str) -> bool:
        """Return whether pressing this verb opens a form."""
        found = OF_ISSUES.get(verb)
        return found is not None and found.form is not None and not found.source

    def makes_secret(self, interaction: Interaction) -> bool:
        """Return whether the reply will contain a new secret, such as the link of ``login``."""
        if not isinstance(interaction.payload, TypedCommand):
            return False
        try:
            verb = described(commands.parse(interaction.payload.text).verb)
        except TriageError:
            return False
        return verb is not None and verb.makes_secret

    async def unfolded(self, interaction: Interaction, copies: Mapping[str, Card]) -> None:
        """Store the copies that pasted links unfolded into, so that they stay up to date."""
        origin = Origin(interaction.person.tenant, interaction.place.channel)
        for external_id, card in copies.items():
            shown = Shown(card.issue_id, card.version, external_id)
            await self.workers.write(self.core.outbox.track, interaction.person.platform, origin, shown)

    async def set_service_url(self, platform: str, tenant: str, service_url: str) -> None:
        """Store the service URL of a tenant's messages."""
        await self.workers.write(self.core.directory.set_service_url, platform, tenant, service_url)

    async def channel_changed(self, change: ChannelChanged) -> None:
        """Store a channel's name; if the bot was added to the channel, retry at once what waited for that."""
        if change.name:
            await self.workers.write(self.core.channels.set_name, change.platform, change.channel, change.name)
        if change.is_open:
            await self.workers.write(self.core.channels.mark_added, change.platform, change.channel or None)

    async def _answer(self, interaction: Interaction, before_calling: BeforeCalling) -> Reply:
        payload = interaction.payload
        if not (isinstance(payload, TypedCommand) and _is_link(payload)):
            return await self._admitted(interaction, before_calling)
        try:
            # A code works only for people who may use Quell at all.
            await before_calling()
            await self.identity.vouched(interaction.person, interaction.place.service_url)
            return await self._in_a_thread(interaction)
        except TriageError as error:
            if not payload.is_overheard:
                raise
            # Other people read the code and could use it to become that user.
            await self.workers.write(self.core.link_codes.revoke_codes_in, payload.text)
            raise CodeOverheard(reason=error) from error

    async def _admitted(self, interaction: Interaction, before_calling: BeforeCalling) -> Reply:
        for _ in range(MAX_NEW_PEOPLE):
            try:
                return await self._in_a_thread(interaction)
            except UnknownAccount as stranger:
                await before_calling()
                await self.identity.admit(stranger.person, interaction, self.workers)
        return await self._in_a_thread(interaction)

    async def _in_a_thread(self, interaction: Interaction) -> Reply:
        answers = Answers(self.core, self.identity, interaction, self.links_begin_with)
        work = self.workers.read if isinstance(interaction.payload, READING) else self.workers.write
        return await work(answers.reply_to, interaction.payload)


def _is_link(typed: TypedCommand) -> bool:
    return typed.text.lower().split()[:1] == ["link"]


def _refusal(payload: InteractionPayload, error: TriageError) -> Reply:
    """Return the reply to a refused interaction. A message with a link asked nothing, so it gets no refusal."""
    return Nothing() if isinstance(payload, LinksShared) else Notice((str(error),), is_refusal=True)
