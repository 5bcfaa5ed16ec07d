"""An interaction comes in, a reply goes out: the one error boundary and the one hop into a thread, for every platform."""

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
"""It may have gone away after the commit, before the card was drawn."""
MAX_NEW_PEOPLE = 5
"""How many people of one interaction may be here for the first time."""


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
    """Told of each interaction, on the event loop, before it is answered; they must not take any time."""

    async def answer(self, interaction: Interaction) -> Reply:
        """Carries out what was asked and says what came of it; never raises."""
        try:
            return await self.attempt(interaction)
        except DatabaseAway:
            return AWAY

    async def attempt(self, interaction: Interaction, before_calling: BeforeCalling = at_once) -> Reply:
        """The same, but raises DatabaseAway where the database does not answer. No platform is called before ``before_calling`` returns."""
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
        """The card of an issue that an interaction changed, as it is now, or a sentence where it cannot be shown; never raises."""
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
        """What there is to say of an interaction that was carried out before a restart; None where it was not. Raises DatabaseAway."""
        answers = Answers(self.core, self.identity, interaction, self.links_begin_with)
        try:
            return await self.workers.read(answers.earlier)
        except (TriageError, UnknownAccount):
            # Whoever may not see it any more is told nothing of it; it was carried out all the same.
            return Nothing()

    def faults(self, interaction: Interaction) -> dict[str, str]:
        """What is wrong with a submitted form, by field, as far as it can be told without the database."""
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
        """Whether pressing this verb opens a form."""
        found = OF_ISSUES.get(verb)
        return found is not None and found.form is not None and not found.source

    def makes_secret(self, interaction: Interaction) -> bool:
        """Whether the answer will hold a secret that is made for it, such as the link of ``login``."""
        if not isinstance(interaction.payload, TypedCommand):
            return False
        try:
            verb = described(commands.parse(interaction.payload.text).verb)
        except TriageError:
            return False
        return verb is not None and verb.makes_secret

    async def unfolded(self, interaction: Interaction, copies: Mapping[str, Card]) -> None:
        """Notes what pasted links unfolded into, so that these copies stay true like all others."""
        origin = Origin(interaction.person.tenant, interaction.place.channel)
        for external_id, card in copies.items():
            shown = Shown(card.issue_id, card.version, external_id)
            await self.workers.write(self.core.outbox.track, interaction.person.platform, origin, shown)

    async def set_service_url(self, platform: str, tenant: str, service_url: str) -> None:
        """Notes where a tenant's messages go from now on."""
        await self.workers.write(self.core.directory.set_service_url, platform, tenant, service_url)

    async def channel_changed(self, change: ChannelChanged) -> None:
        """Notes what a channel is called, and tries at once what waited for the bot to be added to it."""
        if change.name:
            await self.workers.write(self.core.channels.set_name, change.platform, change.channel, change.name)
        if change.is_open:
            await self.workers.write(self.core.channels.mark_added, change.platform, change.channel or None)

    async def _answer(self, interaction: Interaction, before_calling: BeforeCalling) -> Reply:
        payload = interaction.payload
        if not (isinstance(payload, TypedCommand) and _is_link(payload)):
            return await self._admitted(interaction, before_calling)
        try:
            # A code opens the door only to those who may come in at all.
            await before_calling()
            await self.identity.vouched(interaction.person, interaction.place.service_url)
            return await self._in_a_thread(interaction)
        except TriageError as error:
            if not payload.is_overheard:
                raise
            # Others have read the code, and with it they would be its user.
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
    """Whoever only wrote a link has asked us nothing, so there is nothing to refuse."""
    return Nothing() if isinstance(payload, LinksShared) else Notice((str(error),), is_refusal=True)
