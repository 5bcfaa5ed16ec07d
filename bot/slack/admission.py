"""Who is let in, by whichever way Slack brings it: a payload of our own workspace goes on to ``dispatch``, no other does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import PlainTextResponse, Response

from bot.interactions import Interaction

from .client import OwnTeam
from .parse import Reach, interaction, reach, workspace
from .shapes import Json

Dispatch = Callable[[Json, Interaction, Reach], Awaitable[Response]]
Admit = Callable[[Json], Awaitable[Response]]
"""``Admission.admit``, as the ways in know it."""


class Admission:
    """Looks at what is known to come from Slack. ``own`` says which workspace is ours, as soon as that is known."""

    def __init__(self, own: Callable[[], OwnTeam | None], dispatch: Dispatch) -> None:
        self._own = own
        self._dispatch = dispatch

    async def admit(self, payload: Json) -> Response:
        """What ``dispatch`` answers; 403 another workspace, 503 our own not known yet. Raises Malformed."""
        own = self._own()
        if own is None:
            return refused("Slack has not told yet which workspace this is; try again", 503)
        did = interaction(payload, own.bot_user)
        if workspace(payload) != own.team:
            return refused("another workspace", 403)
        return await self._dispatch(payload, did, reach(payload)) if did else Response()


def refused(reason: str, status: int) -> Response:
    """An answer that says no, in one line."""
    return PlainTextResponse(f"{reason}\n", status)
