"""What follows a deed in Slack after it was acknowledged: the answer is fetched and brought to the person."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from bot.interactions import Interaction, Opened, Pasted, Press
from bot.platform import Answering
from bot.surface import Board, Form, Home, Listing, Notice, Options, Reply, Unfolded

from . import render
from .client import SlackClient
from .delivery import TITLE, Delivery, form_view, is_at_home, nonce
from .marks import unfurl_id
from .parse import Reach

LOOKUP_SECONDS = 1.5
"""How long a person who types waits for what fits: Slack gives up after 3 seconds, and we have promised never to take 2."""

log = logging.getLogger(__name__)


class Flows:
    """One way for each kind of deed. Where the platform fails, the person is told another way."""

    def __init__(self, client: SlackClient, answering: Answering) -> None:
        self._client = client
        self._answering = answering
        self._delivery = Delivery(client)

    async def follow(self, did: Interaction, reach: Reach) -> None:
        """What was done is carried out, and the person hears of it."""
        match did.deed:
            case Press(verb) if self._answering.asks(verb):
                await self._ask(did, reach)
            case Opened():
                await self._open_home(did)
            case Pasted():
                await self._unfold(did)
            case _:
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
        view, reply = await asyncio.gather(self._delivery.opened(reach, render.placeholder_modal(TITLE)), self._answering.answer(did))
        instead = reply if isinstance(reply, Form | Notice) else _said_by(reply)
        is_filled = bool(view) and await self._delivery.filled(view, form_view(instead, did, reach))
        if not (is_filled and instead is reply):
            await self._bring(reply, did, replace(reach, trigger_id=""))

    async def _open_home(self, did: Interaction) -> None:
        reply = await self._answering.answer(did)
        if isinstance(reply, Notice):
            await self._client.publish(did.person.subject, render.home_notice(reply))
        else:
            await self._delivery.bring(reply, did, Reach())

    async def _unfold(self, did: Interaction) -> None:
        """Nobody asked us anything, so nobody is told where there is nothing to unfold."""
        reply, ts = await self._answering.answer(did), did.place.message or ""
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
