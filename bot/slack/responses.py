"""What is answered in Slack: how an interaction is carried out, and how its reply reaches the person."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

from bot.chat.elements import Board, Card, Changed, Code, Form, Home, Listing, Notice, Options, Reply, Text, Unfolded, is_private
from bot.chat.interactions import FormSubmitted, HomeOpened, Interaction, LinksShared, Place, Press, TypedCommand
from bot.chat.platform import Answering, BeforeCalling, PlatformError, Received
from bot.chat.targets import SeveralIssues
from bot.slack import render
from bot.slack.client import SlackClient
from bot.slack.codec import ModalOrigin, unfurl_id
from bot.slack.parse import ReplyHandles
from bot.slack.payload import Json
from core.errors import DatabaseAway

TITLE = "Quell"
"""Of modals that have none of their own."""

log = logging.getLogger(__name__)


class ReplyDelivery:
    """Brings replies. What Slack may do wrong on the way is gone around as long as there is another way.

    What is for one person (``elements.is_private``) goes by ``_tell`` alone, and each of its ways ends where only that person reads.
    """

    def __init__(self, client: SlackClient, answering: Answering) -> None:
        self._client = client
        self._answering = answering

    async def bring(self, reply: Reply, did: Interaction, reach: ReplyHandles) -> None:
        """To whom it is for, where they are."""
        show = self._tell if is_private(reply) else self._show
        match reply:
            case Form() if not await self.opened(reach, form_view(reply, did, reach)):
                await self._tell(render.opener(_instead(reply), reply, nonce()), did, reach)
            case Notice() if is_at_home(did) and await self.opened(reach, form_view(reply, did, reach)):
                pass
            case Notice():
                await self._tell(render.notice(reply, nonce()), did, reach)
            case Listing():
                await show(render.listing(reply), did, reach)
            case Home(boards) if isinstance(did.payload, TypedCommand):
                for board in boards:
                    await show(render.board(board, nonce()), did, reach)
            case Home():
                await self._client.publish(did.person.subject, render.home(reply, nonce()))
            case Changed():
                await self._bring_changed(reply, did, reach)
            case Board() | Card():
                await self._draw(reply, did, reach)

    async def opened(self, reach: ReplyHandles, view: render.Payload) -> str:
        """The id of the modal, empty where Slack opens none: the trigger is too old, was used before, or Slack is away."""
        if not reach.trigger_id:
            return ""
        try:
            return await self._client.open_view(reach.trigger_id, view)
        except PlatformError as error:
            log.warning("Slack did not open a modal: %s", error)
            return ""

    async def filled(self, view_id: str, view: render.Payload) -> bool:
        """Whether an open modal took something else in."""
        try:
            await self._client.update_view(view_id, view)
        except PlatformError as error:
            log.warning("Slack did not fill a modal: %s", error)
            return False
        return True

    async def _bring_changed(self, changed: Changed, did: Interaction, reach: ReplyHandles) -> None:
        """A pressed card is redrawn by the sender, as every copy of its issue is. What was pressed on anything else is answered with a card."""
        if reach.is_ephemeral or reach.is_notice:
            await self.bring(await self._answering.card(did, changed), did, reach)

    async def _draw(self, reply: Board | Card, did: Interaction, reach: ReplyHandles) -> None:
        """What can be pressed again: in place where it was pressed, else where it was asked for."""
        payload = render.content(reply, nonce())
        if isinstance(did.payload, TypedCommand) and not is_private(reply):
            await self._show(payload, did, reach)
        elif reach.is_ephemeral:
            # Nobody but the press's own response_url can redraw a message that only one person sees.
            if not await self._client.respond(reach.response_url, did.place, payload, replaces=True):
                await self._tell(payload, did, ReplyHandles())
        elif isinstance(reply, Board):
            is_theirs = not is_private(reply) or _is_direct(did.place)
            if not (is_theirs and _is_on_board(did) and await self._redrawn(did.place, payload)):
                await self._tell(payload, did, reach)
        elif reach.is_notice:
            await self._tell(payload, did, reach)

    async def _redrawn(self, place: Place, payload: render.Payload) -> bool:
        if place.message is None:
            return False
        try:
            await self._client.update(place.channel, place.message, payload)
        except PlatformError as error:
            log.warning("Slack did not redraw a board: %s", error)
            return False
        return True

    async def _tell(self, payload: render.Payload, did: Interaction, reach: ReplyHandles) -> None:
        """To the one person."""
        if is_at_home(did):
            await self._client.tell(did.person, payload)
        elif _is_direct(did.place) and not reach.response_url:
            await self._client.say(did.place, payload)
        else:
            await self._client.whisper(did.place, did.person, payload, reach.response_url)

    async def _show(self, payload: render.Payload, did: Interaction, reach: ReplyHandles) -> None:
        """Where it was asked: a command's answer to the person alone, a mention's in its thread."""
        place = did.place
        if place.message is None or not isinstance(did.payload, TypedCommand):
            await self._tell(payload, did, reach)
        elif _is_direct(place):
            await self._client.say(place, payload)
        else:
            await self._client.say(Place(place.channel, place.message, place.thread or place.message), payload)


def is_at_home(did: Interaction) -> bool:
    """Whether somebody did this on their App Home, which is in no channel."""
    return not did.place.channel


def form_view(reply: Form | Notice, did: Interaction, reach: ReplyHandles) -> render.Payload:
    """A form, or what is to be said in its place, as a modal that knows where it was asked for."""
    url = reach.response_url if reach.is_ephemeral else ""
    if isinstance(reply, Form):
        return render.modal(reply, ModalOrigin.at(did.place, reply, url).written())
    return render.notice_modal(reply, TITLE, ModalOrigin.at(did.place, reply, url).written(), nonce())


def nonce() -> str:
    """Never the same twice: see ``marks.block_id``."""
    return secrets.token_hex(4)


def _is_direct(place: Place) -> bool:
    """Whether a place is a direct message with the bot: nobody else reads there."""
    return place.channel.startswith("D")


def _is_on_board(did: Interaction) -> bool:
    """Whether it was done to what was ticked: a card's controls name their issue."""
    return isinstance(did.payload, Press | FormSubmitted) and isinstance(did.payload.targets, SeveralIssues)


def _instead(form: Form) -> Text:
    """What to do where no modal could be opened; with what was wrong in the one before, where there was one."""
    wrong = tuple(f"{sentence}\n" for sentence in form.errors.values())
    again = "Press the button once more" if isinstance(form.targets, SeveralIssues) else "Press the button to open the form"
    return (*wrong, f"This needs an answer from you first. {again}, or see ", Code(f"/quell help {form.verb}"), " for the words to type.")


LOOKUP_SECONDS = 1.5
"""How long a person who types waits for what fits: Slack gives up after 3 seconds, and we have promised never to take 2."""


class InteractionFlow:
    """One way for each kind of deed. Where the platform fails, the person is told another way."""

    def __init__(self, client: SlackClient, answering: Answering) -> None:
        self._client = client
        self._answering = answering
        self._delivery = ReplyDelivery(client, answering)

    def received(self, payload: Json, did: Interaction, reach: ReplyHandles) -> Received:
        """The deed as it came in, and how it is carried out and answered."""
        return Received(did, payload, partial(self._answering.attempt, did), lambda reply: self.bring(reply, did, reach))

    def faults(self, did: Interaction) -> Mapping[str, str]:
        """What is wrong with a submitted form, by field, as far as it can be told without the database."""
        return self._answering.faults(did)

    def only_asks(self, did: Interaction) -> bool:
        """Whether it is a press that opens a form, and changes nothing. One that brings its choice along needs no form."""
        deed = did.payload
        return isinstance(deed, Press) and self._answering.asks(deed.verb) and not deed.choice

    async def bring(self, reply: Reply, did: Interaction, reach: ReplyHandles) -> None:
        """The person hears what came of it. Raises PlatformError."""
        match did.payload:
            case HomeOpened():
                await self._open_home(reply, did)
            case LinksShared():
                await self._unfold(reply, did)
            case _:
                await self._bring(reply, did, reach)

    async def looked_up(self, did: Interaction) -> tuple[render.Payload, Callable[[], Awaitable[None]]]:
        """What fits what was typed, or nothing when that takes too long; and what is to be done after it was said.

        Somebody who is here for the first time gets nothing, once: Slack is asked who they are, which may not hold up the answer.
        """
        acknowledged, stranger = asyncio.Event(), asyncio.get_running_loop().create_future()

        async def before_calling() -> None:
            if not stranger.done():
                stranger.set_result(None)
            await acknowledged.wait()

        async def rest() -> None:
            acknowledged.set()
            await asyncio.wait({answer})

        answer = asyncio.create_task(self._options(did, before_calling))
        await asyncio.wait({answer, stranger}, timeout=LOOKUP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not (answer.done() or stranger.done()):
            log.warning("a lookup took longer than %s s", LOOKUP_SECONDS)
        return render.options(answer.result() if answer.done() else Options(())), rest

    async def _options(self, did: Interaction, before_calling: BeforeCalling) -> Options:
        try:
            reply = await self._answering.attempt(did, before_calling)
        except DatabaseAway:
            return Options(())
        return reply if isinstance(reply, Options) else Options(())

    async def ask(self, did: Interaction, reach: ReplyHandles) -> None:
        """Opens the form that a press asks for; the person is told where there is nothing to ask.

        The modal is opened before it is known what it asks: the trigger lives for 3 seconds, and the database may be slow.
        """
        view, reply = await asyncio.gather(self._delivery.opened(reach, render.placeholder_modal(TITLE)), self._answering.answer(did))
        instead = reply if isinstance(reply, Form | Notice) else _said_by(reply)
        is_filled = bool(view) and await self._delivery.filled(view, form_view(instead, did, reach))
        if not (is_filled and instead is reply):
            await self._bring(reply, did, replace(reach, trigger_id=""))

    async def _open_home(self, reply: Reply, did: Interaction) -> None:
        if isinstance(reply, Notice):
            await self._client.publish(did.person.subject, render.home_notice(reply))
        else:
            await self._delivery.bring(reply, did, ReplyHandles())

    async def _unfold(self, reply: Reply, did: Interaction) -> None:
        """Nobody asked us anything, so nobody is told where there is nothing to unfold."""
        ts = did.place.message or ""
        if isinstance(reply, Unfolded) and reply.cards:
            await self._client.unfurl(did.place.channel, ts, {url: render.unfurl(card, nonce()) for url, card in reply.cards.items()})
            await self._answering.unfolded(did, {unfurl_id(ts, url): card for url, card in reply.cards.items()})

    async def _bring(self, reply: Reply, did: Interaction, reach: ReplyHandles) -> None:
        """On the App Home what was done shows in the page: it is read again and published."""
        if not is_at_home(did) or isinstance(reply, Form):
            await self._delivery.bring(reply, did, reach)
            return
        if isinstance(reply, Notice):
            await self._delivery.bring(reply, did, reach)
            if reply.is_refusal:
                return
        await self._delivery.bring(await self._page_after(reply, did), did, replace(reach, trigger_id=""))

    async def _page_after(self, reply: Reply, did: Interaction) -> Reply:
        page = (
            reply
            if isinstance(reply, Home)
            else await self._answering.answer(replace(did, payload=HomeOpened(), request_id=f"{did.request_id}:home"))
        )
        if not isinstance(page, Home):
            return page
        match reply:
            case Board():
                return _with(page, reply)
            case Listing(heading, lines, footer):
                return _with(page, Board(heading, (), (), lines, footer))
        return page


def _said_by(reply: Reply) -> Notice:
    """What stands in a modal that was opened for a form where there was nothing to ask."""
    lines = reply.intro if isinstance(reply, Board) else ()
    spans = tuple(span for line in lines for span in (*line, "\n"))
    return Notice(spans or ("Done: there was nothing to ask.",))


def _with(page: Home, board: Board) -> Home:
    """The page with this board in the place of the one with the same heading, or on top where there is none."""
    if all(other.heading != board.heading for other in page.boards):
        return Home((board, *page.boards))
    return Home(tuple(board if other.heading == board.heading else other for other in page.boards))
