"""The Slack platform as the rest of Quell sees it. Our own ingress or a socket in front, Bolt behind it, replies in the background."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from starlette.routing import BaseRoute, Route

from bot.chat.elements import Content
from bot.chat.interaction_queue import InteractionQueue
from bot.chat.interactions import ChatPerson, Place
from bot.chat.platform import Address, Answering, ChannelState, OutgoingNote, PlatformError, Profile, Received
from bot.delivery.retry import retry_forever
from bot.monitoring.rejections import RejectionLog
from bot.slack import render
from bot.slack.background import Background
from bot.slack.bolt import Bolt
from bot.slack.client import OwnTeam, SlackClient
from bot.slack.codec import read_unfurl_id
from bot.slack.ingress import SlackIngress, WorkspaceCheck
from bot.slack.parse import read_interaction, reply_handles, workspace
from bot.slack.payload import Json, MalformedPayload
from bot.slack.responses import InteractionFlow
from bot.slack.socket import Socket, SocketTimings

DRAIN_SECONDS = 4
"""How long ``close`` waits for running replies: the whole program has 10 seconds to stop."""


@dataclass(frozen=True)
class SlackAccount:
    """One workspace. During a rotation two signing secrets are accepted; with an app token everything comes by Socket Mode, unsigned."""

    signing_secrets: tuple[str, ...] = field(repr=False)
    bot_token: str = field(repr=False)
    api_url: str
    app_token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse empty secrets: anyone could sign with an empty secret."""
        if not self.app_token and not (self.signing_secrets and all(self.signing_secrets)):
            raise ValueError("Slack needs a signing secret that is not empty, or an app token")


class SlackPlatform:
    """Slack, as a chat platform (see ``bot.chat.platform.ChatPlatform``)."""

    name: ClassVar[str] = "slack"
    routes: Sequence[BaseRoute]

    def __init__(
        self,
        account: SlackAccount,
        answering: Answering,
        queue: InteractionQueue,
        clock: Callable[[], datetime],
        rejections: RejectionLog | None = None,
        socket_timings: SocketTimings | None = None,
    ) -> None:
        self._client = SlackClient(account.bot_token, account.api_url)
        self._work = Background()
        self._own: OwnTeam | None = None
        self._learning_task: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._flow = InteractionFlow(self._client, answering)
        bolt = Bolt(self._client.web, lambda: self._own, self._flow, queue, self._work)
        rejections = rejections or RejectionLog()
        admission = WorkspaceCheck(lambda: self._own, bolt.dispatch, answering.channel_changed, rejections)
        ingress = SlackIngress(account.signing_secrets, clock, admission.admit, rejections)
        self._socket = Socket(self._client, account.app_token, admission.admit, socket_timings or SocketTimings()) if account.app_token else None
        self.routes = [] if self._socket else [Route("/slack/events", ingress.receive, methods=["POST"])]

    async def start(self) -> None:
        """Open the connections and ask Slack for the workspace; while Slack is slow or down, keep asking in the background."""
        await self._client.open()
        self._learning_task = asyncio.create_task(self._learn())
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._tried.wait()

    async def listen(self) -> None:
        """Open the socket for Socket Mode, once the workspace is known."""
        if self._socket:
            self._listening = asyncio.create_task(self._keep_listening(self._socket))

    async def close(self) -> None:
        """Finish running replies, for at most DRAIN_SECONDS, and close the connections."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + DRAIN_SECONDS
        going_on = [task for task in (self._learning_task, self._listening) if task]
        for task in going_on:
            task.cancel()
        await asyncio.gather(*going_on, return_exceptions=True)
        if self._socket:
            # Close it first, because its last payloads still start replies.
            await self._socket.close()
        await self._work.drain(ends - loop.time())
        await self._client.close()

    async def post(self, address: Address, content: Content, key: str) -> str:
        """Post a message and return its ``ts``. Raises PlatformError."""
        return await self._client.post(address.channel, render.content(content, _nonce()), key)

    async def update(self, address: Address, external_id: str, content: Content) -> None:
        """Redraw the message whose ``ts`` is ``external_id``, or what a pasted link unfolded into. Raises PlatformError."""
        channel, unfolded = await self._channel(address), read_unfurl_id(external_id)
        if unfolded:
            await self._client.unfurl(channel, unfolded[0], {unfolded[1]: render.unfurl(content, _nonce())})
        else:
            await self._client.update(channel, external_id, render.content(content, _nonce()))

    async def reply(self, address: Address, external_id: str, line: OutgoingNote, key: str) -> str:
        """Post a note in the thread of a message and return its ``ts``. Raises PlatformError."""
        thread = Place(await self._channel(address), thread=_ts(external_id))
        return await self._client.reply(thread, render.thread_note(line, _nonce()), key, is_broadcast=line.is_broadcast)

    async def find(self, address: Address, key: str, near: datetime) -> str | None:
        """Return the ``ts`` of the message posted with this key at about that time; None also without access to the channel. Raises PlatformError."""
        thread = _ts(address.thread) if address.thread else None
        return await self._client.find(Place(await self._channel(address), thread=thread), key, near, self._known().bot)

    async def channel_state(self, address: Address) -> ChannelState:
        """Return the name of a channel, and whether the bot can post there. Raises PlatformError."""
        return await self._client.channel_state(address.channel)

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        """Return a person's profile. Raises PlatformError, also while our own workspace is unknown."""
        del service_url  # Teams' own
        return await self._client.profile(person.subject, self._known().team)

    async def read_again(self, payload: Json) -> Received | None:
        """Return an interaction received before a restart, or None if another workspace sent it. Raises PlatformError while our own is unknown."""
        own = self._known()
        try:
            interaction = read_interaction(payload, own.bot_user) if workspace(payload) == own.team else None
            # The trigger has expired after three seconds.
            return self._flow.received(payload, interaction, replace(reply_handles(payload), trigger_id="")) if interaction else None
        except MalformedPayload:
            return None

    async def _channel(self, address: Address) -> str:
        """Return the channel to call. Slack accepts a person's id as the channel of a new message, but nowhere else."""
        return await self._client.direct(address.channel) if address.is_direct else address.channel

    def _known(self) -> OwnTeam:
        if self._own is None:
            raise PlatformError("Slack has not told yet which workspace this is")
        return self._own

    async def _keep_listening(self, socket: Socket) -> None:
        if self._learning_task:
            await self._learning_task
        await socket.keep_open()

    async def _learn(self) -> None:
        self._own = await retry_forever(self._asked, "Slack does not say which workspace this is")

    async def _asked(self) -> OwnTeam:
        try:
            return await self._client.own_team()
        finally:
            self._tried.set()


def _nonce() -> str:
    return secrets.token_hex(4)


def _ts(external_id: str) -> str:
    """Return the message that a thread belongs to: for an unfolded link, the message that contains the link."""
    unfolded = read_unfurl_id(external_id)
    return unfolded[0] if unfolded else external_id
