"""Carry out interactions from Slack, and deliver the replies to the person."""

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
"""The title of modals without a title of their own."""

log = logging.getLogger(__name__)


class ReplyDelivery:
    """Delivers replies. If Slack refuses one way, another way is tried.

    Private replies (``elements.is_private``) use ``_show_privately`` only, and all its ways lead to places that only that person reads.
    """

    def __init__(self, client: SlackClient, answering: Answering) -> None:
        self._client = client
        self._answering = answering

    async def bring(self, reply: Reply, interaction: Interaction, handles: ReplyHandles) -> None:
        """Deliver a reply to its reader, where they are."""
        show = self._show_privately if is_private(reply) else self._show_in_place
        match reply:
            case Form() if not await self.open_modal(handles, form_view(reply, interaction, handles)):
                await self._show_privately(render.opener(_button_hint(reply), reply, nonce()), interaction, handles)
            case Notice() if is_at_home(interaction) and await self.open_modal(handles, form_view(reply, interaction, handles)):
                pass
            case Notice():
                await self._show_privately(render.notice(reply, nonce()), interaction, handles)
            case Listing():
                await show(render.listing(reply), interaction, handles)
            case Home(boards) if isinstance(interaction.payload, TypedCommand):
                for board in boards:
                    await show(render.board(board, nonce()), interaction, handles)
            case Home():
                await self._client.publish(interaction.person.subject, render.home(reply, nonce()))
            case Changed():
                await self._bring_changed(reply, interaction, handles)
            case Board() | Card():
                await self._draw(reply, interaction, handles)

    async def open_modal(self, handles: ReplyHandles, view: render.Payload) -> str:
        """Return the id of the modal; empty if Slack opens none: the trigger is too old or used, or Slack is down."""
        if not handles.trigger_id:
            return ""
        try:
            return await self._client.open_view(handles.trigger_id, view)
        except PlatformError as error:
            log.warning("Slack did not open a modal: %s", error)
            return ""

    async def fill_modal(self, view_id: str, view: render.Payload) -> bool:
        """Replace the content of an open modal; return whether that worked."""
        try:
            await self._client.update_view(view_id, view)
        except PlatformError as error:
            log.warning("Slack did not fill a modal: %s", error)
            return False
        return True

    async def _bring_changed(self, changed: Changed, interaction: Interaction, handles: ReplyHandles) -> None:
        """Deliver a change. The sender redraws a pressed card, like every copy of its issue; presses elsewhere are answered with a card."""
        if handles.is_ephemeral or handles.is_notice:
            await self.bring(await self._answering.card(interaction, changed), interaction, handles)

    async def _draw(self, reply: Board | Card, interaction: Interaction, handles: ReplyHandles) -> None:
        """Draw a reply with controls: in place of the pressed message, else where it was requested."""
        payload = render.content(reply, nonce())
        if isinstance(interaction.payload, TypedCommand) and not is_private(reply):
            await self._show_in_place(payload, interaction, handles)
        elif handles.is_ephemeral:
            # Only the press's own response_url can redraw an ephemeral message.
            if not await self._client.respond(handles.response_url, interaction.place, payload, replaces=True):
                await self._show_privately(payload, interaction, ReplyHandles())
        elif isinstance(reply, Board):
            is_theirs = not is_private(reply) or _is_direct(interaction.place)
            if not (is_theirs and _is_on_board(interaction) and await self._redrawn(interaction.place, payload)):
                await self._show_privately(payload, interaction, handles)
        elif handles.is_notice:
            await self._show_privately(payload, interaction, handles)

    async def _redrawn(self, place: Place, payload: render.Payload) -> bool:
        if place.message is None:
            return False
        try:
            await self._client.update(place.channel, place.message, payload)
        except PlatformError as error:
            log.warning("Slack did not redraw a board: %s", error)
            return False
        return True

    async def _show_privately(self, payload: render.Payload, interaction: Interaction, handles: ReplyHandles) -> None:
        """Show a reply to one person only."""
        if is_at_home(interaction):
            await self._client.send_direct(interaction.person, payload)
        elif _is_direct(interaction.place) and not handles.response_url:
            await self._client.say(interaction.place, payload)
        else:
            await self._client.say_privately(interaction.place, interaction.person, payload, handles.response_url)

    async def _show_in_place(self, payload: render.Payload, interaction: Interaction, handles: ReplyHandles) -> None:
        """Reply where the person asked: privately to a slash command, in the thread to a mention."""
        place = interaction.place
        if place.message is None or not isinstance(interaction.payload, TypedCommand):
            await self._show_privately(payload, interaction, handles)
        elif _is_direct(place):
            await self._client.say(place, payload)
        else:
            await self._client.say(Place(place.channel, place.message, place.thread or place.message), payload)


def is_at_home(interaction: Interaction) -> bool:
    """Return whether the interaction happened on the App Home, which is in no channel."""
    return not interaction.place.channel


def form_view(reply: Form | Notice, interaction: Interaction, handles: ReplyHandles) -> render.Payload:
    """Return a form, or a sentence in its place, as a modal that stores where it was requested."""
    url = handles.response_url if handles.is_ephemeral else ""
    if isinstance(reply, Form):
        return render.modal(reply, ModalOrigin.at(interaction.place, reply, url).written())
    return render.notice_modal(reply, TITLE, ModalOrigin.at(interaction.place, reply, url).written(), nonce())


def nonce() -> str:
    """Return a text that is never the same twice: see ``codec.block_id``."""
    return secrets.token_hex(4)


def _is_direct(place: Place) -> bool:
    """Return whether a place is a direct message with the bot, which nobody else reads."""
    return place.channel.startswith("D")


def _is_on_board(interaction: Interaction) -> bool:
    """Return whether the interaction is about ticked issues; a card's controls name their issue."""
    return isinstance(interaction.payload, Press | FormSubmitted) and isinstance(interaction.payload.targets, SeveralIssues)


def _button_hint(form: Form) -> Text:
    """Return the hint for when no modal could be opened, with the errors of the previous modal."""
    wrong = tuple(f"{sentence}\n" for sentence in form.errors.values())
    again = "Press the button once more" if isinstance(form.targets, SeveralIssues) else "Press the button to open the form"
    return (*wrong, f"This needs an answer from you first. {again}, or see ", Code(f"/quell help {form.verb}"), " for the words to type.")


LOOKUP_SECONDS = 1.5
"""How long a typing person waits for choices: Slack gives up after 3 seconds, and we promise to answer within 2."""


class InteractionFlow:
    """Carries out each kind of interaction. If the platform fails, the person gets the reply another way."""

    def __init__(self, client: SlackClient, answering: Answering) -> None:
        self._client = client
        self._answering = answering
        self._delivery = ReplyDelivery(client, answering)

    def received(self, payload: Json, interaction: Interaction, handles: ReplyHandles) -> Received:
        """Return the incoming interaction, with the functions that carry it out and answer it."""
        return Received(interaction, payload, partial(self._answering.attempt, interaction), lambda reply: self.bring(reply, interaction, handles))

    def faults(self, interaction: Interaction) -> Mapping[str, str]:
        """Return the errors of a submitted form, by field, as far as they can be found without the database."""
        return self._answering.faults(interaction)

    def opens_form(self, interaction: Interaction) -> bool:
        """Return whether a press opens a form and changes nothing. A press with a choice needs no form."""
        parsed = interaction.payload
        return isinstance(parsed, Press) and self._answering.asks(parsed.verb) and not parsed.choice

    async def bring(self, reply: Reply, interaction: Interaction, handles: ReplyHandles) -> None:
        """Deliver the reply to the person. Raises PlatformError."""
        match interaction.payload:
            case HomeOpened():
                await self._open_home(reply, interaction)
            case LinksShared():
                await self._unfold(reply, interaction)
            case _:
                await self._bring(reply, interaction, handles)

    async def look_up(self, interaction: Interaction) -> tuple[render.Payload, Callable[[], Awaitable[None]]]:
        """Return the choices for the typed letters (none if that takes too long), and the work to do after the response.

        A new person gets no choices the first time: asking Slack for their profile must not delay the response.
        """
        acknowledged, stranger = asyncio.Event(), asyncio.get_running_loop().create_future()

        async def before_calling() -> None:
            if not stranger.done():
                stranger.set_result(None)
            await acknowledged.wait()

        async def rest() -> None:
            acknowledged.set()
            await asyncio.wait({answer})

        answer = asyncio.create_task(self._options(interaction, before_calling))
        await asyncio.wait({answer, stranger}, timeout=LOOKUP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not (answer.done() or stranger.done()):
            log.warning("a lookup took longer than %s s", LOOKUP_SECONDS)
        return render.options(answer.result() if answer.done() else Options(())), rest

    async def _options(self, interaction: Interaction, before_calling: BeforeCalling) -> Options:
        try:
            reply = await self._answering.attempt(interaction, before_calling)
        except DatabaseAway:
            return Options(())
        return reply if isinstance(reply, Options) else Options(())

    async def open_form(self, interaction: Interaction, handles: ReplyHandles) -> None:
        """Open the form of a press, or tell the person why there is none.

        The modal opens before its content is known: the trigger expires after 3 seconds, and the database may be slow.
        """
        view, reply = await asyncio.gather(self._delivery.open_modal(handles, render.placeholder_modal(TITLE)), self._answering.answer(interaction))
        instead = reply if isinstance(reply, Form | Notice) else _as_notice(reply)
        is_filled = bool(view) and await self._delivery.fill_modal(view, form_view(instead, interaction, handles))
        if not (is_filled and instead is reply):
            await self._bring(reply, interaction, replace(handles, trigger_id=""))

    async def _open_home(self, reply: Reply, interaction: Interaction) -> None:
        if isinstance(reply, Notice):
            await self._client.publish(interaction.person.subject, render.home_notice(reply))
        else:
            await self._delivery.bring(reply, interaction, ReplyHandles())

    async def _unfold(self, reply: Reply, interaction: Interaction) -> None:
        """Unfold links. Nobody asked, so nobody is told if there is nothing to unfold."""
        ts = interaction.place.message or ""
        if isinstance(reply, Unfolded) and reply.cards:
            await self._client.unfurl(interaction.place.channel, ts, {url: render.unfurl(card, nonce()) for url, card in reply.cards.items()})
            await self._answering.unfolded(interaction, {unfurl_id(ts, url): card for url, card in reply.cards.items()})

    async def _bring(self, reply: Reply, interaction: Interaction, handles: ReplyHandles) -> None:
        """Deliver a reply. On the App Home, read the page again and publish it with the result."""
        if not is_at_home(interaction) or isinstance(reply, Form):
            await self._delivery.bring(reply, interaction, handles)
            return
        if isinstance(reply, Notice):
            await self._delivery.bring(reply, interaction, handles)
            if reply.is_refusal:
                return
        await self._delivery.bring(await self._page_after(reply, interaction), interaction, replace(handles, trigger_id=""))

    async def _page_after(self, reply: Reply, interaction: Interaction) -> Reply:
        page = (
            reply
            if isinstance(reply, Home)
            else await self._answering.answer(replace(interaction, payload=HomeOpened(), request_id=f"{interaction.request_id}:home"))
        )
        if not isinstance(page, Home):
            return page
        match reply:
            case Board():
                return _with(page, reply)
            case Listing(heading, lines, footer):
                return _with(page, Board(heading, (), (), lines, footer))
        return page


def _as_notice(reply: Reply) -> Notice:
    """Return the sentence for a modal that was opened for a form that does not exist."""
    lines = reply.intro if isinstance(reply, Board) else ()
    spans = tuple(span for line in lines for span in (*line, "\n"))
    return Notice(spans or ("Done: there was nothing to ask.",))


def _with(page: Home, board: Board) -> Home:
    """Return the page with this board in place of the board with the same heading, or on top if there is none."""
    if all(other.heading != board.heading for other in page.boards):
        return Home((board, *page.boards))
    return Home(tuple(board if other.heading == board.heading else other for other in page.boards))
