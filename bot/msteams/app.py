"""Set up Teams: one endpoint for activities, and the platform through which the rest of the program posts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from cachetools import TTLCache
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.chat.elements import Content
from bot.chat.interaction_queue import InteractionQueue
from bot.chat.interactions import ChatPerson, Interaction, ThreadReply, TypedCommand
from bot.chat.platform import Address, Answering, ChannelState, OutgoingNote, Profile, Received
from bot.monitoring.rejections import RejectionLog
from bot.msteams import render
from bot.msteams.account import TeamsAccount
from bot.msteams.background import Work
from bot.msteams.botframework import Turn, Turns
from bot.msteams.client import Connector, TeamsClient
from bot.msteams.events import ChannelNews
from bot.msteams.http import Credentials, HttpSession
from bot.msteams.ingress import AdmittedActivity, NotAdmitted, TeamsIngress
from bot.msteams.notices import notice
from bot.msteams.parse import EXECUTE, MalformedActivity, invoked, parse, pressed_on, service_url
from bot.msteams.payload import Json
from bot.msteams.people import TeamsPeople
from bot.msteams.responses import TeamsResponses
from bot.msteams.tokens import SigningKeys, TokenCheck

__all__ = ["TeamsAccount", "TeamsPlatform"]

DRAIN_SECONDS = 4.0
REPEATS_SECONDS = 600
"""How long a message is remembered as answered. Teams repeats a message within seconds, if at all."""


class TeamsPlatform:
    """Microsoft Teams, see ``bot.chat.platform.ChatPlatform``."""

    name: ClassVar[str] = "msteams"

    def __init__(
        self,
        account: TeamsAccount,
        answering: Answering,
        queue: InteractionQueue,
        clock: Callable[[], datetime],
        rejections: RejectionLog | None = None,
    ) -> None:
        self._account = account
        self._web = HttpSession()
        self._background = Work()
        connector = Connector(account, Credentials(account, self._web, clock), self._web)
        self._chats = TeamsClient(account, connector)
        self._people = TeamsPeople(account, connector)
        self._replies = TeamsResponses(answering, queue, self._people, self._chats, self._background)
        self._turns = Turns(self._replies, connector)
        tokens = TokenCheck(account, SigningKeys(account.openid_metadata, self._web, clock), clock)
        self._ingress = TeamsIngress(account, tokens, rejections or RejectionLog())
        self._channels = ChannelNews(answering, self._background)
        self._answered: TTLCache[str, bool] = TTLCache(10_000, REPEATS_SECONDS, timer=lambda: clock().timestamp())
        self.routes: Sequence[BaseRoute] = [Route("/api/messages", self._receive, methods=["POST"])]

    async def start(self) -> None:
        """Do nothing: connections open at first use."""

    async def listen(self) -> None:
        """Do nothing: everything comes by the route."""

    async def close(self) -> None:
        """Finish running work, for at most eight seconds, and close the connections."""
        await self._background.drain(DRAIN_SECONDS)
        await self._web.close()

    async def post(self, address: Address, content: Content, key: str) -> str:
        """Post a message and return its id. ``key`` is not sent, because Teams lets a bot search no messages. Raises PlatformError."""
        return await self._chats.post(address, render.activity_with(content))

    async def update(self, address: Address, external_id: str, content: Content) -> None:
        """Redraw a posted message. An unfolded link is not a message of ours: its card refreshes itself. Raises PlatformError."""
        await self._chats.update(address, external_id, render.activity_with(content))

    async def reply(self, address: Address, external_id: str, line: OutgoingNote, key: str) -> str:
        """Post a note below a message. ``is_broadcast`` has no effect: Teams shows no reply in the channel too.

        Raises PlatformError.
        """
        thread = await self._chats.thread(address, external_id)
        named = await self._people.named(thread, line.mentions)
        return await self._chats.say(thread, notice(line.text, named))

    async def find(self, address: Address, key: str, near: datetime) -> str | None:
        """Return None: the Bot Connector lists no messages, and a message has no place for a key."""
        return None

    async def channel_state(self, address: Address) -> ChannelState:
        """Return whether the bot can post there, without a name, which Teams does not tell. Raises PlatformError."""
        return await self._chats.state(address)

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        """Return the profile of a person who took part, or was named, since the start. Raises PlatformError."""
        return await self._people.profile(person, service_url)

    async def read_again(self, payload: Json) -> Received | None:
        """Return an interaction received before a restart, or None if it has another tenant or a service URL that we may not reach."""
        activity, tenant = payload["activity"], payload["tenant"]
        try:
            interaction = parse(activity, tenant, is_always_addressed=self._account.is_anonymous)
            is_ours = tenant == (self._account.tenant_id or tenant) and self._account.may_reach(service_url(activity))
            origin = pressed_on(activity)
        except MalformedActivity:
            return None
        if interaction is None or not is_ours:
            return None
        self._people.see(interaction)
        turn = Turn(activity, tenant, interaction, origin, is_again=True)
        await self._turns.take(turn)
        return turn.received

    async def _receive(self, request: Request) -> Response:
        try:
            admitted = await self._ingress.admit(request)
            interaction = parse(admitted.activity, admitted.tenant, is_always_addressed=self._account.is_anonymous)
            origin = pressed_on(admitted.activity)
            await self._channels.note(admitted.activity)
        except NotAdmitted as refusal:
            return Response(status_code=refusal.status)
        except MalformedActivity:
            return Response(status_code=400)
        if interaction is None:
            return self._without_interaction(admitted)
        if self._is_repeated(interaction):
            return Response(status_code=202)
        return await self._answered_turn(Turn(admitted.activity, admitted.tenant, interaction, origin))

    def _without_interaction(self, admitted: AdmittedActivity) -> Response:
        """Handle an activity without an interaction: store its service URL. A card that refreshes itself may stay as it is."""
        if admitted.activity.get("type") == "message":
            # Talk among people, which an app with permission to read everything receives: there may be a lot.
            return Response(status_code=202)
        noted = BackgroundTask(self._start, self._replies.note_service_url, admitted.tenant, service_url(admitted.activity))
        if admitted.activity.get("type") != "invoke":
            return Response(status_code=202, background=noted)
        if invoked(admitted.activity) == EXECUTE:
            up_to_date = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Up to date."}
            return JSONResponse(up_to_date, background=noted)
        return Response(status_code=400, background=noted)

    def _is_repeated(self, interaction: Interaction) -> bool:
        """Return whether a message is a repetition. A repeated invoke needs its response again; a repeated message must not be answered twice."""
        if not isinstance(interaction.payload, TypedCommand | ThreadReply):
            return False
        is_known = interaction.request_id in self._answered
        self._answered[interaction.request_id] = True
        return is_known

    async def _answered_turn(self, turn: Turn) -> Response:
        self._people.see(turn.interaction)
        body = await self._turns.take(turn)
        # Start only now, because nothing may be sent before the response.
        afterwards = BackgroundTask(self._start, turn.afterwards) if turn.afterwards else None
        if turn.is_refused:
            # Teams may send it again: it was not answered.
            self._answered.pop(turn.interaction.request_id, None)
            return Response(status_code=503, background=afterwards)
        return Response(status_code=202, background=afterwards) if body is None else JSONResponse(body, background=afterwards)

    async def _start(self, job: Callable[..., Any], *arguments: Any) -> None:
        self._background.start(job(*arguments))
