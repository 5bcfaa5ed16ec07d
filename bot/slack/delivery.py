"""How a reply reaches the person in Slack: each kind has its place, and another where Slack does not take it there."""

from __future__ import annotations

import logging
import secrets

from bot.interactions import Interaction, Place, Press, Submission, Typed
from bot.platform import PlatformError
from bot.surface import Board, Card, Code, Form, Home, Listing, Notice, Reply, Text, is_private

from . import render
from .client import SlackClient
from .marks import Origin
from .parse import Reach

TITLE = "Quell"
"""Of modals that have none of their own."""

log = logging.getLogger(__name__)


class Delivery:
    """Brings replies. What Slack may do wrong on the way is gone around as long as there is another way.

    What is for one person (``surface.is_private``) goes by ``_tell`` alone, and each of its ways ends where only that person reads.
    """

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def bring(self, reply: Reply, did: Interaction, reach: Reach) -> None:
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
            case Home(boards) if isinstance(did.deed, Typed):
                for board in boards:
                    await show(render.board(board, nonce()), did, reach)
            case Home():
                await self._client.publish(did.person.subject, render.home(reply, nonce()))
            case Board() | Card():
                await self._draw(reply, did, reach)

    async def opened(self, reach: Reach, view: render.Payload) -> str:
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

    async def _draw(self, reply: Board | Card, did: Interaction, reach: Reach) -> None:
        """What can be pressed again: in place where it was pressed, else where it was asked for."""
        payload = render.content(reply, nonce())
        if isinstance(did.deed, Typed) and not is_private(reply):
            await self._show(payload, did, reach)
        elif reach.is_ephemeral:
            # Nobody but the press's own response_url can redraw a message that only one person sees.
            if not await self._client.respond(reach.response_url, did.place, payload, replaces=True):
                await self._tell(payload, did, Reach())
        elif isinstance(reply, Board):
            is_theirs = not is_private(reply) or _is_direct(did.place)
            if not (is_theirs and _is_on_board(did) and await self._redrawn(did.place, payload)):
                await self._tell(payload, did, reach)
        elif reach.is_notice:
            await self._tell(payload, did, reach)
        # Else it was pressed on a card: the sender redraws it, and every other copy with it.

    async def _redrawn(self, place: Place, payload: render.Payload) -> bool:
        if place.message is None:
            return False
        try:
            await self._client.update(place.channel, place.message, payload)
        except PlatformError as error:
            log.warning("Slack did not redraw a board: %s", error)
            return False
        return True

    async def _tell(self, payload: render.Payload, did: Interaction, reach: Reach) -> None:
        """To the one person."""
        if is_at_home(did):
            await self._client.tell(did.person, payload)
        elif _is_direct(did.place) and not reach.response_url:
            await self._client.say(did.place, payload)
        else:
            await self._client.whisper(did.place, did.person, payload, reach.response_url)

    async def _show(self, payload: render.Payload, did: Interaction, reach: Reach) -> None:
        """Where it was asked: a command's answer to the person alone, a mention's in its thread."""
        place = did.place
        if place.message is None or not isinstance(did.deed, Typed):
            await self._tell(payload, did, reach)
        elif _is_direct(place):
            await self._client.say(place, payload)
        else:
            await self._client.say(Place(place.channel, place.message, place.thread or place.message), payload)


def is_at_home(did: Interaction) -> bool:
    """Whether somebody did this on their App Home, which is in no channel."""
    return not did.place.channel


def form_view(reply: Form | Notice, did: Interaction, reach: Reach) -> render.Payload:
    """A form, or what is to be said in its place, as a modal that knows where it was asked for."""
    url = reach.response_url if reach.is_ephemeral else ""
    if isinstance(reply, Form):
        return render.modal(reply, Origin.at(did.place, reply, url).written())
    return render.notice_modal(reply, TITLE, Origin.at(did.place, reply, url).written(), nonce())


def nonce() -> str:
    """Never the same twice: see ``marks.block_id``."""
    return secrets.token_hex(4)


def _is_direct(place: Place) -> bool:
    """Whether a place is a direct message with the bot: nobody else reads there."""
    return place.channel.startswith("D")


def _is_on_board(did: Interaction) -> bool:
    """Whether it was done to what was ticked: a card's controls name their issue."""
    return isinstance(did.deed, Press | Submission) and not did.deed.issue_id


def _instead(form: Form) -> Text:
    """What to do where no modal could be opened; with what was wrong in the one before, where there was one."""
    wrong = tuple(f"{sentence}\n" for sentence in form.errors.values())
    again = "Press the button once more" if form.ids else "Press the button to open the form"
    return (*wrong, f"This needs an answer from you first. {again}, or see ", Code(f"/quell help {form.verb}"), " for the words to type.")
