"""An interaction comes in, a reply goes out: the one error boundary and the one hop into a thread, for every platform."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot import menu, words
from bot.answers import Answers
from bot.identity import Identity, Stranger
from bot.interactions import Interaction, Lookup, Press, Submission, Typed
from bot.surface import Notice, Reply
from bot.workers import Workers
from core.bootstrap import Core
from core.errors import DatabaseAway, Invalid, TriageError

log = logging.getLogger(__name__)

MOST_STRANGERS = 5
"""How many people of one interaction may be here for the first time."""


@dataclass(frozen=True)
class Dispatch:
    """Answers every interaction. See ``bot.platform.Answering``."""

    core: Core
    workers: Workers
    identity: Identity
    links_begin_with: str

    async def answer(self, interaction: Interaction) -> Reply:
        """Carries out what was asked and says what came of it; never raises."""
        try:
            return await self._answer(interaction)
        except TriageError as error:
            return Notice((str(error),), is_refusal=True)
        except DatabaseAway:
            return Notice(("Quell's database does not answer. Nothing was changed; try again in a moment.",), is_refusal=True)
        except Exception:
            number = secrets.token_hex(4)
            log.exception("error %s while answering %s", number, type(interaction.deed).__name__)
            return Notice((f"Something went wrong here. Nothing was changed. If it stays so, give an admin this number: {number}.",), is_refusal=True)

    def faults(self, interaction: Interaction) -> dict[str, str]:
        """What is wrong with a submitted form, by field, as far as it can be told without the database."""
        deed = interaction.deed
        if not isinstance(deed, Submission) or deed.verb not in menu.ITEMS:
            return {}
        asker = menu.Asker(self.core.clock(), words.zone(interaction.person.time_zone))
        try:
            menu.ITEMS[deed.verb].build(deed.values, asker)
        except Invalid as error:
            return {error.field: str(error)}
        return {}

    def asks(self, verb: str) -> bool:
        """Whether pressing this verb opens a form."""
        item = menu.ITEMS.get(verb)
        return item is not None and item.form is not None and item.source is None

    async def reachable_at(self, platform: str, tenant: str, service_url: str) -> None:
        """Notes where a tenant's messages go from now on."""
        await self.workers.write(self.core.directory.reachable_at, platform, tenant, service_url)

    async def _answer(self, interaction: Interaction) -> Reply:
        for _ in range(MOST_STRANGERS):
            try:
                return await self._in_a_thread(interaction)
            except Stranger as stranger:
                await self.identity.admit(stranger.person, interaction.place.service_url, self.workers)
        return await self._in_a_thread(interaction)

    async def _in_a_thread(self, interaction: Interaction) -> Reply:
        answers = Answers(self.core, self.identity, interaction, self.links_begin_with)
        work: Callable[[], Reply]
        match interaction.deed:
            case Press() as press:
                work = partial(answers.press, press)
            case Submission() as submission:
                work = partial(answers.submit, submission)
            case Typed() as typed:
                work = partial(answers.type, typed)
            case Lookup() as lookup:
                return await self.workers.read(answers.look_up, lookup)
        return await self.workers.write(work)
