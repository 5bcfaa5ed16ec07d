"""Who is let in, by whichever way Slack brings it: a payload of our own workspace goes on to ``dispatch``, no other does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import PlainTextResponse, Response

from bot.door_log import DoorLog
from bot.interactions import ChannelChanged, Interaction
from core.errors import DatabaseAway

from .channel_events import channel_change
from .client import OwnTeam
from .parse import Reach, interaction, reach, workspace
from .shapes import Json

Dispatch = Callable[[Json, Interaction, Reach], Awaitable[Response]]
Admit = Callable[[Json], Awaitable[Response]]
"""``Admission.admit``, as the ways in know it."""
Noted = Callable[[ChannelChanged], Awaitable[None]]
DOOR = "slack"
NOTE_SECONDS = 1.5
"""How long noting what happened to a channel may hold up the answer; Slack says again what was not acknowledged within three."""


class Admission:
    """Looks at what is known to come from Slack. ``own`` says which workspace is ours, as soon as that is known.

    ``note`` is told what happens to channels.
    """

    def __init__(self, own: Callable[[], OwnTeam | None], dispatch: Dispatch, note: Noted, door_log: DoorLog) -> None:
        self._own = own
        self._dispatch = dispatch
        self._note = note
        self._door_log = door_log

    async def admit(self, payload: Json) -> Response:
        """What ``dispatch`` answers; 403 another workspace, 503 our own not known yet. Raises Malformed."""
        own = self._own()
        if own is None:
            return refused("Slack has not told yet which workspace this is; try again", 503)
        did = interaction(payload, own.bot_user)
        if workspace(payload) != own.team:
            self._door_log.rejected(DOOR, "another_workspace")
            return refused("another workspace", 403)
        self._door_log.accepted(DOOR)
        if change := channel_change(payload, own.bot_user):
            return await self._noted(change)
        return await self._dispatch(payload, did, reach(payload)) if did else Response()

    async def _noted(self, change: ChannelChanged) -> Response:
        """Acknowledged once it is committed; what was not in time is, when Slack says it again."""
        noting = asyncio.ensure_future(self._note(change))
        try:
            await asyncio.wait_for(asyncio.shield(noting), NOTE_SECONDS)
        except (TimeoutError, DatabaseAway):
            noting.add_done_callback(_read)
            return refused("the database does not answer; try again", 503)
        return Response()


def _read(noting: asyncio.Future[None]) -> None:
    """A failure that comes too late has been answered already."""
    if not noting.cancelled():
        noting.exception()


def refused(reason: str, status: int) -> Response:
    """An answer that says no, in one line."""
    return PlainTextResponse(f"{reason}\n", status)
