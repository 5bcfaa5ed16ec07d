"""What a deed in Slack comes to: how it is carried out, and how the reply is brought to the person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

from bot.interactions import Interaction, Opened, Pasted, Press
from bot.platform import Answering, BeforeCalling, Received
from bot.surface import Board, Form, Home, Listing, Notice, Options, Reply, Unfolded
from core.errors import DatabaseAway

from . import render
from .client import SlackClient
from .delivery import TITLE, Delivery, form_view, is_at_home, nonce
from .marks import unfurl_id
from .parse import Reach
from .shapes import Json

LOOKUP_SECONDS = 1.5
"""How long a person who types waits for what fits: Slack gives up after 3 seconds, and we have promised never to take 2."""

log = logging.getLogger(__name__)


class Flows:
    """One way for each kind of deed. Where the platform fails, the person is told another way."""

    def __init__(self, client: SlackClient, answering: Answering) -> None:
        self._client = client
        self._answering = answering
        self._delivery = Delivery(client)

    def received(self, payload: Json, did: Interaction, reach: Reach) -> Received:
        """The deed as it came in, and how it is carried out and answered."""
        return Received(did, payload, partial(self._answering.attempt, did), lambda reply: self.bring(reply, did, reach))

    def faults(self, did: Interaction) -> Mapping[str, str]:
        """What is wrong with a submitted form, by field, as far as it can be told without the database."""
        return self._answering.faults(did)

    def only_asks(self, did: Interaction) -> bool:
        """Whether it is a press that opens a form, and changes nothing. One that brings its choice along needs no form, but on a board."""
        deed = did.deed
        return isinstance(deed, Press) and self._answering.asks(deed.verb) and not (deed.issue_id and deed.choice)

    async def bring(self, reply: Reply, did: Interaction, reach: Reach) -> None:
        """The person hears what came of it. Raises PlatformError."""
        match did.deed:
            case Opened():
                await self._open_home(reply, did)
            case Pasted():
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

    async def ask(self, did: Interaction, reach: Reach) -> None:
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
            await self._delivery.bring(reply, did, Reach())

    async def _unfold(self, reply: Reply, did: Interaction) -> None:
        """Nobody asked us anything, so nobody is told where there is nothing to unfold."""
        ts = did.place.message or ""
        if isinstance(reply, Unfolded) and reply.cards:
            await self._client.unfurl(did.place.channel, ts, {url: render.unfurl(card, nonce()) for url, card in reply.cards.items()})
            await self._answering.unfolded(did, {unfurl_id(ts, url): card for url, card in reply.cards.items()})

    async def _bring(self, reply: Reply, did: Interaction, reach: Reach) -> None:
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
        page = reply if isinstance(reply, Home) else await self._answering.answer(replace(did, deed=Opened(), request_id=f"{did.request_id}:home"))
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
