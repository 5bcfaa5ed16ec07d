"""How each kind of deed is answered in Teams: at once in the answer to an invoke, or by a message after the request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from bot.interactions import Interaction, Press, Submission
from bot.msteams import render
from bot.msteams.parse import EXECUTE, FETCH, SEARCH, SUBMIT, invoked
from bot.msteams.people import People
from bot.msteams.text import escape
from bot.msteams.turns import Turn, Voice
from bot.msteams.work import Work
from bot.platform import Answering, PlatformError
from bot.surface import Card, Form, Listing, Notice, Options, Reply

JsonObject = dict[str, Any]

PATIENCE = 1.8
"""Seconds that an invoke may take: the answer must be with Teams within two."""
STILL_WORKING = Notice(("Still working on it; the message will follow.",))
FORM_FOLLOWS = Notice(("This needs an answer first: the form follows as a message.",))
TRIES = 3
LONGEST_WAIT = 5.0
"""Seconds between two tries of a message."""

_logger = logging.getLogger(__name__)


class Replies:
    """Asks ``answering`` and says what it answers."""

    def __init__(self, answering: Answering, people: People, work: Work) -> None:
        self._answering = answering
        self._people = people
        self._work = work

    def heard(self, turn: Turn, voice: Voice) -> None:
        """A typed command, or a button of a client that knows only messages: answered after the request."""
        turn.afterwards = partial(self._respond, turn.interaction, voice)

    async def asked(self, turn: Turn, voice: Voice) -> JsonObject:
        """An invoke: answered in its response, in time; what comes too late follows as a message."""
        kind = invoked(turn.activity)
        answer = self._work.start(self._answer(turn.interaction))
        try:
            reply = await asyncio.wait_for(asyncio.shield(answer), PATIENCE)
        except TimeoutError:
            if kind == SEARCH:
                return render.search_results(Options(()))
            turn.afterwards = partial(self._follow_up, answer, turn.interaction, voice)
            return _ANSWERS[kind](STILL_WORKING, turn.interaction)
        if kind == EXECUTE and isinstance(reply, Form):
            # Drawn into the pressed card it would take the card's place; a press cannot open a dialog.
            turn.afterwards = partial(self._say, voice, render.form_message(reply, turn.interaction.person.time_zone))
            reply = FORM_FOLLOWS
        return _ANSWERS[kind](reply, turn.interaction)

    async def note(self, tenant: str, service_url: str) -> None:
        """Where the tenant's messages go. Failing at it must not fail what was asked."""
        try:
            await self._answering.reachable_at("msteams", tenant, service_url)
        except Exception:
            _logger.exception("where the tenant's messages go could not be noted")

    async def _answer(self, interaction: Interaction) -> Reply:
        if interaction.place.service_url:
            await self.note(interaction.person.tenant, interaction.place.service_url)
        return await self._answering.answer(await self._people.recognised(interaction))

    async def _respond(self, interaction: Interaction, voice: Voice) -> None:
        reply = await self._answer(interaction)
        message, zone = interaction.place.message, interaction.person.time_zone
        match interaction.deed, reply:
            case (Press(), Card()) if message:
                await self._change(voice, message, render.activity_with(reply))
            case (Submission(), Form()) if message:
                await self._change(voice, message, render.form_message(reply, zone))
            case (Submission(), Card() | Notice(is_refusal=False)) if message:
                # The form gives way to what came of it. A refused one stays, with what was typed.
                await self._change(voice, message, _message(reply, interaction, is_brief=True))
            case _:
                await self._say(voice, _message(reply, interaction))

    async def _follow_up(self, answer: Awaitable[Reply], interaction: Interaction, voice: Voice) -> None:
        """The card itself is redrawn by the sender; the person is told what came of it."""
        await self._say(voice, _message(await answer, interaction, is_brief=True))

    async def _say(self, voice: Voice, message: JsonObject) -> None:
        await _patiently(lambda: voice.say(message))

    async def _change(self, voice: Voice, message_id: str, message: JsonObject) -> None:
        await _patiently(lambda: voice.change(message_id, message))


async def _patiently(send: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Tries again where that may help; a message that cannot be sent is logged, for there is nobody left to tell."""
    for tried in range(1, TRIES + 1):
        try:
            return await send()
        except PlatformError as error:
            if error.permanent or tried == TRIES:
                _logger.warning("an answer could not be sent to Teams: %s", error)
                return None
            await asyncio.sleep(min(tried if error.retry_after is None else error.retry_after, LONGEST_WAIT))
    return None


def _message(reply: Reply, interaction: Interaction, *, is_brief: bool = False) -> JsonObject:
    match reply:
        case Card() if is_brief:
            return render.said(escape(render.outcome(reply), 1000))
        case Card():
            return render.activity_with(reply)
        case Form():
            return render.form_message(reply, interaction.person.time_zone)
        case Notice():
            return render.notice(reply)
        case Listing():
            return render.listing(reply)
        case Options():
            return render.said("Nothing to choose here.")


def _sentence(reply: Reply) -> str:
    """A reply where Teams shows only a line of text."""
    match reply:
        case Notice():
            return render.one_line(reply.text)
        case Card():
            return render.outcome(reply)
        case Listing():
            return render.one_line((f"{reply.heading}: ", *(span for line in reply.lines for span in (*line, "; "))))
        case Form() | Options():
            return "Please press the button again."


def _executed(reply: Reply, _interaction: Interaction) -> JsonObject:
    if isinstance(reply, Card):
        return {"statusCode": 200, "type": render.CARD_TYPE, "value": render.alert(reply)}
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": _sentence(reply)}


def _fetched(reply: Reply, interaction: Interaction) -> JsonObject:
    if isinstance(reply, Form):
        return render.dialog(reply, interaction.person.time_zone)
    return {"task": {"type": "message", "value": _sentence(reply)}}


def _submitted(reply: Reply, interaction: Interaction) -> JsonObject:
    """An answer without a task closes the dialog; the card behind it is redrawn by the sender."""
    return {} if isinstance(reply, Card) else _fetched(reply, interaction)


def _searched(reply: Reply, _interaction: Interaction) -> JsonObject:
    return render.search_results(reply if isinstance(reply, Options) else Options(()))


_ANSWERS: dict[str, Callable[[Reply, Interaction], JsonObject]] = {EXECUTE: _executed, FETCH: _fetched, SUBMIT: _submitted, SEARCH: _searched}
