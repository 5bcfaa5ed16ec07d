"""Socket Mode: Slack sends everything through a WebSocket that we open, not to a URL of ours.

Slack's SDK handles the protocol: handshake, pings, envelopes. It does not handle reconnects here: it retries a one-time URL forever, disconnects
before it has a new connection, and loses the tasks that it starts. So one SDK client is one connection here, and instead of reconnecting it
notifies us.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import aiohttp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import Response

from bot.chat.platform import PlatformError
from bot.delivery.retry import retry_forever
from bot.slack.background import Background
from bot.slack.client import SlackClient, follow_no_redirect
from bot.slack.ingress import Admit, refused
from bot.slack.payload import Json, MalformedPayload

ACK_SECONDS = 2
"""How long a closing connection stays open for running replies; Slack waits 3 seconds for a reply, and ours take less than 2."""

_HANG_UP_SECONDS = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SocketTimings:
    """The timings of a socket, in seconds."""

    opening: float = 10
    """The timeout for opening a connection."""
    ping: float = 5
    """The time between two pings."""
    between: float = 1
    """The pause between two connections, so that connections that end at once do not cause a busy loop."""


class Connection(SocketModeClient):
    """One connection. Interactions are acknowledged on the connection they arrived on, while it lasts."""

    def __init__(self, url: str, web: AsyncWebClient, admit: Admit, timings: SocketTimings) -> None:
        # It would log payloads, and the URL, which is a secret.
        quiet = logging.getLogger("bot.slack.socket.sdk")
        quiet.setLevel(logging.CRITICAL + 1)
        super().__init__(app_token="", logger=quiet, web_client=web, ping_interval=timings.ping)
        follow_no_redirect(self.aiohttp_client_session)
        self.proxy = web.proxy  # it reads HTTPS_PROXY by itself, for what is on this machine too
        self.wss_uri = url
        self.has_ended = asyncio.Event()
        self._admit = admit
        self._seconds = timings.opening
        self._answers = Background()
        self.socket_mode_request_listeners.append(self._receive)

    async def open(self) -> None:
        """Connect to Slack. Raises PlatformError."""
        try:
            async with asyncio.timeout(self._seconds):
                await self.connect()  # type: ignore[no-untyped-call]
        except TimeoutError:
            raise PlatformError(f"no connection within {self._seconds:g} s") from None

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - the SDK's own
        """Called by the SDK when Slack announces the end of the connection, or has ended it."""
        self.has_ended.set()

    async def close(self) -> None:
        """Answer what has arrived, for at most ACK_SECONDS, and disconnect."""
        await self._answers.drain(ACK_SECONDS)
        self.socket_mode_request_listeners.clear()
        with suppress(TimeoutError):
            # aiohttp waits 10 seconds for the other side to say goodbye as well.
            async with asyncio.timeout(_HANG_UP_SECONDS):
                await self.disconnect()  # type: ignore[no-untyped-call]
        await super().close()  # type: ignore[no-untyped-call]
        tasks = (self.message_processor, self.message_receiver, self.current_session_monitor)
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)

    async def _receive(self, _: AsyncBaseSocketModeClient, envelope: SocketModeRequest) -> None:
        await self._answers.start([partial(self._answer, envelope)])

    async def _answer(self, envelope: SocketModeRequest) -> None:
        response = await self._admitted(envelope.payload)
        if response.status_code == 200:
            await self._acknowledge(envelope, response)
        else:
            log.info("left unanswered what Slack sent: %s", bytes(response.body).decode().strip())
        if response.background:
            await response.background()

    async def _admitted(self, payload: Json) -> Response:
        try:
            return await self._admit(payload)
        except MalformedPayload:
            return refused("malformed", 400)

    async def _acknowledge(self, envelope: SocketModeRequest, response: Response) -> None:
        """Acknowledge. The work is done even if the acknowledgement is lost: Slack resends events, and we recognize their ids."""
        payload = json.loads(bytes(response.body)) if response.body else None
        try:
            await self.send_socket_mode_response(SocketModeResponse(envelope.envelope_id, payload))
        except (aiohttp.ClientError, OSError) as error:
            log.warning("an acknowledgement did not reach Slack: %s", type(error).__name__)


class Socket:
    """Keeps one connection open, and two for a moment when one replaces another."""

    def __init__(self, client: SlackClient, app_token: str, admit: Admit, timings: SocketTimings) -> None:
        self._client = client
        self._timings = timings
        self._app_token = app_token
        self._admit = admit
        self._connections: list[Connection] = []

    async def keep_open(self) -> None:
        """Open a connection, and the next one whenever it ends; runs until cancelled. Keeps trying while Slack is down."""
        while True:
            current = await retry_forever(self._connected, "Slack opens no socket")
            log.info("Slack's socket is open")
            await self._hang_up(but=current)
            await current.has_ended.wait()
            await asyncio.sleep(self._timings.between)

    async def close(self) -> None:
        """Answer what has arrived and disconnect."""
        await self._hang_up()

    async def _connected(self) -> Connection:
        connection = Connection(await self._client.socket_url(self._app_token), self._client.web, self._admit, self._timings)
        self._connections.append(connection)
        try:
            await connection.open()
        except PlatformError:
            await connection.close()
            self._connections.remove(connection)
            raise
        return connection

    async def _hang_up(self, but: Connection | None = None) -> None:
        closing = [connection for connection in self._connections if connection is not but]
        await asyncio.gather(*(connection.close() for connection in closing), return_exceptions=True)
        self._connections = [connection for connection in self._connections if connection is but]
