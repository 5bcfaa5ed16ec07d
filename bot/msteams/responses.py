"""Carry out interactions from Teams, build the responses to invokes, and deliver replies to the person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from bot.chat.dispatch import AWAY
from bot.chat.elements import Board, Bold, Card, Changed, Form, Home, Listing, Nothing, Notice, Options, Reply, Unfolded, is_private
from bot.chat.interaction_queue import InteractionQueue
from bot.chat.interactions import FormSubmitted, HomeOpened, Interaction, Press, ThreadReply
from bot.chat.platform import Address, Answering, BeforeCalling, PlatformError, Received, at_once
from bot.msteams import notices, render
from bot.msteams.background import Work
from bot.msteams.botframework import ConversationVoice, Turn
from bot.msteams.client import TeamsClient
from bot.msteams.elements import CARD_TYPE, JsonObject
from bot.msteams.parse import EXECUTE, FETCH, PASTE, SEARCH, SUBMIT, invoked, is_overheard
from bot.msteams.people import TeamsPeople
from bot.msteams.render import board_card, home_card
from bot.msteams.text import escape
from core.errors import DatabaseAway

TOAST = "application/vnd.microsoft.activity.message"


def body(reply: Reply, turn: Turn) -> JsonObject:
    """Return the body of the response."""
    return _BODIES[invoked(turn.activity)](reply, turn)


def _executed(reply: Reply, turn: Turn) -> JsonObject:
    card = _card(reply, turn)
    return {"statusCode": 200, "type": CARD_TYPE if card else TOAST, "value": card or _sentence(reply)}


def _card(reply: Reply, turn: Turn) -> JsonObject | None:
    """Return the card that replaces the pressed one."""
    match reply:
        case Card() if turn.origin.on == "unfolded":
            return render.unfolded(reply, turn.interaction.person.handle)
        case Card():
            return render.alert(reply)
        case Board():
            return board_card(reply)
        case Home():
            return home_card(reply)
        case _:
            return None


def _fetched(reply: Reply, turn: Turn) -> JsonObject:
    if isinstance(reply, Form):
        return render.dialog(reply, turn.interaction.person.time_zone, turn.origin)
    if isinstance(reply, Notice) and reply.buttons:
        return notices.notice_dialog(reply)
    return {"task": {"type": "message", "value": _sentence(reply)}}


def _submitted(reply: Reply, turn: Turn) -> JsonObject:
    """Return the response to a submission. Without a task, the dialog closes, and the message behind it is redrawn if it is ours."""
    is_redrawn = isinstance(reply, Card | Board | Home) and turn.origin.on != "unfolded" and turn.interaction.place.message is not None
    return {} if is_redrawn else _fetched(reply, turn)


def _searched(reply: Reply, _turn: Turn) -> JsonObject:
    return notices.search_results(reply if isinstance(reply, Options) else Options(()))


def _pasted(reply: Reply, turn: Turn) -> JsonObject:
    """Return the response to a pasted link. An issue that the person may not see is not unfolded, without a message."""
    return render.unfolded_result(list(reply.cards.values()) if isinstance(reply, Unfolded) else (), turn.interaction.person.handle)


def _sentence(reply: Reply) -> str:
    """Return a reply for places where Teams shows only a line of text."""
    match reply:
        case Notice():
            return notices.one_line(reply.text)
        case Card():
            return notices.one_line_result(reply)
        case Listing():
            return notices.one_line((f"{reply.heading}: ", *(span for line in reply.lines for span in (*line, "; "))))
        case Board():
            return notices.one_line(tuple(span for line in reply.intro for span in (*line, " ")) or (reply.heading,))
        case Form() | Options():
            return "Please press the button again."
        case _:
            return "Nothing to do."


_BODIES: dict[str, Callable[[Reply, Turn], JsonObject]] = {
    EXECUTE: _executed,
    FETCH: _fetched,
    SUBMIT: _submitted,
    SEARCH: _searched,
    PASTE: _pasted,
}


PATIENCE_SECONDS = 0.45
"""Seconds until the response says that a press or form takes longer. Half a second still feels immediate."""
MAX_PATIENCE_SECONDS = 1.4
"""Seconds for replies that only the response itself can show (a dialog, search results): Teams must have it within two."""
STILL_WORKING = Notice(("Still working on it; the message will follow.",))
FORM_FOLLOWS = Notice(("This needs an answer first: the form follows as a message.",))
ANSWER_FOLLOWS = Notice(("You asked in a channel for something that only you may read. Here it is:",))
SENT_HOME = Notice(("I answered you in our personal chat, where only you read it.",))
"""What others may read of a private reply: nothing of its content."""
NO_WAY_HOME = Notice(
    (
        "It is for you alone, and Teams does not let me write to you. Open a personal chat with me: under ",
        Bold("Apps"),
        " find Quell and choose ",
        Bold("Add"),
        ". Then ask me there.",
    ),
    is_refusal=True,
)
MAX_TRIES = 3
MAX_RETRY_WAIT_SECONDS = 5.0
"""Seconds between two tries of a message."""

_logger = logging.getLogger(__name__)


class TeamsResponses:
    """Carries out interactions through ``answering`` and delivers the replies."""

    def __init__(self, answering: Answering, queue: InteractionQueue, people: TeamsPeople, chats: TeamsClient, work: Work) -> None:
        self._answering = answering
        self._queue = queue
        self._people = people
        self._chats = chats
        self._work = work

    async def on_message(self, turn: Turn, voice: ConversationVoice) -> None:
        """Handle a typed command, or a button of a client that only sends messages; reply after the response."""
        accepted = await self._queue.accept(self._received(turn, voice))
        turn.is_refused = not accepted.is_kept
        turn.afterwards = accepted.finish

    def on_replay(self, turn: Turn, voice: ConversationVoice) -> None:
        """Parse an activity from before a restart."""
        turn.received = self._received(turn, voice)

    async def on_invoke(self, turn: Turn, voice: ConversationVoice) -> JsonObject:
        """Answer an invoke in its response, in time; a late reply follows as a message."""
        kind = invoked(turn.activity)
        if kind in (SEARCH, PASTE):
            return body(await self._look_up(turn), turn)
        patience = MAX_PATIENCE_SECONDS if kind == FETCH else PATIENCE_SECONDS
        accepted = await self._queue.accept(self._received(turn, voice), patience, may_call=True)
        reply = accepted.reply
        if reply is None:
            turn.afterwards = accepted.finish
            return body(STILL_WORKING if accepted.is_kept else AWAY, turn)
        turn.afterwards = accepted.settle
        if kind == EXECUTE and isinstance(reply, Form):
            # A form would replace the pressed card, and a press cannot open a dialog.
            turn.afterwards = accepted.finish
            reply = FORM_FOLLOWS
        elif kind in (FETCH, SUBMIT) and isinstance(reply, Board | Home):
            turn.afterwards = accepted.finish
        return body(reply, turn)

    async def _look_up(self, turn: Turn) -> Reply:
        """Return choices or the preview of a pasted link; an empty response if that takes too long, because they can be shown only here."""
        answer = self._work.start(self._answer(turn, at_once))
        try:
            return await asyncio.wait_for(asyncio.shield(answer), MAX_PATIENCE_SECONDS)
        except (TimeoutError, DatabaseAway):
            return Nothing()

    def _received(self, turn: Turn, voice: ConversationVoice) -> Received:
        payload = {"activity": turn.activity, "tenant": turn.tenant}
        answer, bring = (self._answer, self._follow_up) if invoked(turn.activity) else (self._answer_to_message, self._respond)
        return Received(turn.interaction, payload, partial(answer, turn), lambda reply: bring(reply, turn, voice))

    async def note_service_url(self, tenant: str, service_url: str) -> None:
        """Store the service URL of the tenant's messages. A failure here must not fail the request."""
        try:
            await self._answering.set_service_url("msteams", tenant, service_url)
        except Exception:
            _logger.exception("where the tenant's messages go could not be noted")

    async def _answer(self, turn: Turn, before_calling: BeforeCalling) -> Reply:
        interaction = turn.interaction
        if interaction.place.service_url:
            await self.note_service_url(interaction.person.tenant, interaction.place.service_url)
        interaction = await self._people.recognized(interaction, before_calling)
        reply = await self._answering.attempt(interaction, before_calling)
        if isinstance(reply, Board) and turn.origin.on == "home":
            return await self._at_home(reply, turn.origin.board, interaction)
        return await self._drawn(reply, interaction)

    async def _drawn(self, reply: Reply, interaction: Interaction) -> Reply:
        """Return the reply, with the issue's card for ``Changed``: in Teams it replaces the pressed card."""
        return await self._answering.card(interaction, reply) if isinstance(reply, Changed) else reply

    async def _at_home(self, board: Board, place: int, interaction: Interaction) -> Reply:
        """Return the home page with the pressed board as it is, and its other boards as they are now. In Teams, the page is one card."""
        opened = replace(interaction, payload=HomeOpened(), request_id=f"{interaction.request_id}:home")
        home = await self._answering.answer(opened)
        if not isinstance(home, Home) or place >= len(home.boards):
            return board
        return Home((*home.boards[:place], board, *home.boards[place + 1 :]))

    async def _answer_to_message(self, turn: Turn, before_calling: BeforeCalling) -> Reply:
        if is_overheard(turn.activity) and self._answering.makes_secret(turn.interaction):
            await before_calling()
            if not await self._sent_to_person(turn.interaction, notices.notice(ANSWER_FOLLOWS)):
                # Do not even create the reply, because nobody could receive it.
                return NO_WAY_HOME
        return await self._answer(turn, before_calling)

    async def _respond(self, reply: Reply, turn: Turn, voice: ConversationVoice) -> None:
        reply = await self._drawn(reply, turn.interaction)
        payload, message = turn.interaction.payload, turn.interaction.place.message
        match payload, reply:
            case ThreadReply(), _:
                pass  # A reply in a thread was not sent to the bot, so it gets no answer, not even an error.
            case _ if reply is NO_WAY_HOME:
                # The text explains how to get a private reply. Others may read it.
                await self._say(voice, notices.notice(NO_WAY_HOME))
            case _ if _must_be_private(reply, turn):
                await self._send_privately(reply, turn, voice)
            case Press(), Card() | Board() | Home() if message and turn.origin.on != "unfolded":
                await self._change(voice, message, _message(reply, turn))
            case Press(), Card() if message:
                # An unfolded link is not our message: only its own refresh can redraw it.
                await self._say(voice, _message(reply, turn, is_brief=True))
            case FormSubmitted(), Form() | Board() | Home() if message:
                await self._change(voice, message, _message(reply, turn))
            case FormSubmitted(), Card() | Notice(is_refusal=False) if message:
                # The result replaces the form. A refused form stays, with its input.
                await self._change(voice, message, _message(reply, turn, is_brief=True))
            case _:
                await self._say(voice, _message(reply, turn))

    async def _send_privately(self, reply: Reply, turn: Turn, voice: ConversationVoice) -> None:
        """Send a private reply to the personal chat or, if that cannot be reached, nowhere. Others read only that it was sent."""
        if message := _message(reply, turn):
            is_there = await self._sent_to_person(turn.interaction, message)
            await self._say(voice, notices.notice(SENT_HOME if is_there else NO_WAY_HOME))

    async def _sent_to_person(self, interaction: Interaction, message: JsonObject) -> bool:
        """Return whether a message reached the personal chat with the person."""
        person = interaction.person
        address = Address(person.tenant, person.subject, interaction.place.service_url, is_direct=True)
        return await _send_with_retry(lambda: self._chats.post(address, message))

    async def _follow_up(self, reply: Reply, turn: Turn, voice: ConversationVoice) -> None:
        """Deliver a reply that missed its response: redraw a board in place; else tell the person the result. The sender redraws alerts."""
        reply, message = await self._drawn(reply, turn.interaction), turn.interaction.place.message
        if _must_be_private(reply, turn):
            await self._send_privately(reply, turn, voice)
        elif message and isinstance(reply, Board | Home):
            await self._change(voice, message, _message(reply, turn))
        else:
            await self._say(voice, _message(reply, turn, is_brief=True))

    async def _say(self, voice: ConversationVoice, message: JsonObject | None) -> None:
        if message:
            await _send_with_retry(lambda: voice.say(message))

    async def _change(self, voice: ConversationVoice, message_id: str, message: JsonObject | None) -> None:
        if message:
            await _send_with_retry(lambda: voice.change(message_id, message))


async def _send_with_retry(send: Callable[[], Coroutine[Any, Any, object]]) -> bool:
    """Send with retries and return whether that succeeded. A failure is logged."""
    for tried in range(1, MAX_TRIES + 1):
        try:
            await send()
        except PlatformError as error:
            if error.permanent or tried == MAX_TRIES:
                _logger.warning("an answer could not be sent to Teams: %s", error)
                return False
            await asyncio.sleep(min(tried if error.retry_after is None else error.retry_after, MAX_RETRY_WAIT_SECONDS))
        else:
            return True
    return False


def _must_be_private(reply: Reply, turn: Turn) -> bool:
    """Return whether a reply must not appear where the person acted, because others read there."""
    return is_private(reply) and is_overheard(turn.activity)


def _message(reply: Reply, turn: Turn, *, is_brief: bool = False) -> JsonObject | None:
    """Return a reply as a message; None if there is nothing to say."""
    match reply:
        case Card() if is_brief:
            return notices.text_message(escape(notices.one_line_result(reply), 1000))
        case Card() | Board() | Notice():
            return render.activity_with(reply)
        case Home():
            return render.home_message(reply)
        case Form():
            return render.form_message(reply, turn.interaction.person.time_zone, turn.origin)
        case Listing():
            return notices.listing(reply)
        case Changed() | Options() | Unfolded() | Nothing():
            return None
