"""What follows a deed in Slack after it was acknowledged: the answer is fetched and brought to the person."""

from __future__ import annotations

import asyncio
import logging
import secrets

from bot.interactions import Interaction, Place, Press, Typed
from bot.platform import Answering, PlatformError
from bot.surface import Card, Code, Form, Listing, Notice, Options, Reply, Text

from . import render
from .client import SlackClient
from .marks import Origin
from .parse import Reach
from .typed import is_direct

LOOKUP_SECONDS = 1.5
"""How long a person who types waits for what fits: Slack gives up after 3 seconds, and we have promised never to take 2."""

_TITLE = "Quell"

log = logging.getLogger(__name__)


class Flows:
    """One method for each kind of deed. None raises what the platform may do wrong; the person is told another way instead."""

    def __init__(self, client: SlackClient, answering: Answering) -> None:
        self._client = client
        self._answering = answering

    async def pressed(self, did: Interaction, reach: Reach) -> None:
        """A control was pressed: asks first where the verb asks, else carries it out."""
        if isinstance(did.deed, Press) and self._answering.asks(did.deed.verb):
            await self._ask(did, reach)
        else:
            await self.answered(did, reach)

    async def answered(self, did: Interaction, reach: Reach) -> None:
        """Carries out what was asked and brings the reply to the person."""
        await self._bring(await self._answering.answer(did), did, reach)

    async def looked_up(self, did: Interaction) -> render.Payload:
        """What fits what was typed, or nothing when that takes too long."""
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                reply = await self._answering.answer(did)
        except TimeoutError:
            log.warning("a lookup took longer than %s s", LOOKUP_SECONDS)
            reply = Options(())
        return render.options(reply if isinstance(reply, Options) else Options(()))

    async def _ask(self, did: Interaction, reach: Reach) -> None:
        """The modal is opened before it is known what it asks: the trigger lives for 3 seconds, and the database may be slow."""
        view, reply = await asyncio.gather(self._opened(reach, render.placeholder_modal(_TITLE)), self._answering.answer(did))
        if not (view and await self._filled(view, reply, did)):
            await self._bring(reply, did, Reach(response_url=reach.response_url))

    async def _filled(self, view: str, reply: Reply, did: Interaction) -> bool:
        try:
            await self._client.update_view(view, _view(reply, did))
        except PlatformError as error:
            log.warning("Slack did not fill a modal: %s", error)
            return False
        return True

    async def _opened(self, reach: Reach, view: render.Payload) -> str:
        """The id of the modal, empty where Slack opens none: the trigger is too old, was used before, or Slack is away."""
        if not reach.trigger_id:
            return ""
        try:
            return await self._client.open_view(reach.trigger_id, view)
        except PlatformError as error:
            log.warning("Slack did not open a modal: %s", error)
            return ""

    async def _bring(self, reply: Reply, did: Interaction, reach: Reach) -> None:
        match reply:
            case Form() if not await self._opened(reach, _view(reply, did)):
                await self._tell(render.opener(_instead(reply), reply, _nonce()), did, reach)
            case Notice():
                await self._tell(render.notice(reply), did, reach)
            case Listing():
                await self._show(render.listing(reply), did, reach)
            case Card() if isinstance(did.deed, Typed):
                await self._show(render.alert(reply, _nonce()), did, reach)
            case Card() if reach.is_ephemeral:
                # Nobody but the press's own response_url can redraw a message that only one person sees.
                await self._client.respond(reach.response_url, did.place, render.alert(reply, _nonce()), replaces=True)
            case _:
                pass  # the sender redraws the pressed message, and every other copy with it

    async def _tell(self, payload: render.Payload, did: Interaction, reach: Reach) -> None:
        """To the one person."""
        if is_direct(did.place) and not reach.response_url:
            await self._client.say(did.place, payload)
        else:
            await self._client.whisper(did.place, did.person, payload, reach.response_url)

    async def _show(self, payload: render.Payload, did: Interaction, reach: Reach) -> None:
        """Where it was asked: a command's answer to the person alone, a mention's in its thread."""
        if did.place.message is None or not isinstance(did.deed, Typed):
            await self._tell(payload, did, reach)
        elif is_direct(did.place):
            await self._client.say(did.place, payload)
        else:
            await self._client.say(_thread_of(did), payload)


def _thread_of(did: Interaction) -> Place:
    return Place(did.place.channel, did.place.message, did.place.thread or did.place.message)


def _view(reply: Reply, did: Interaction) -> render.Payload:
    match reply:
        case Form():
            origin = Origin(reply.issue_id, reply.version, did.place.channel, did.place.message or "")
            return render.modal(reply, origin.written())
        case Notice():
            return render.notice_modal(reply, _TITLE)
        case _:
            return render.notice_modal(Notice(("Done: there was nothing to ask.",)), _TITLE)


def _instead(form: Form) -> Text:
    """What to do where no modal could be opened; with what was wrong in the one before, where there was one."""
    wrong = tuple(f"{sentence}\n" for sentence in form.errors.values())
    command = Code(f"/quell help {form.verb}")
    return (*wrong, "This needs an answer from you first. Press the button to open the form, or see ", command, " for the words to type.")


def _nonce() -> str:
    return secrets.token_hex(4)
