"""Socket Mode: instead of knocking at a door of ours, Slack sends everything down a WebSocket that we open.

Slack's SDK speaks the protocol: handshake, pings, envelopes. What follows the end of a connection is not left to it: it tries an address
for ever that Slack takes only once, hangs up before it has called again, and keeps no hold of the tasks it begins. So one client of the
SDK is one connection here, and where it would connect again it tells us instead.
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
"""How long a connection that is given up stays open for answers under way; Slack waits 3 seconds for one, and we never take 2."""

_HANG_UP_SECONDS = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SocketTimings:
    """How long things take with a socket, in seconds."""

    opening: float = 10
    """How long opening a connection may take."""
    ping: float = 5
    """How often it is looked whether somebody is still there."""
    between: float = 1
    """Between two connections, so that one that ends at once is no endless hurry."""


class Connection(SocketModeClient):
    """One connection. What comes by it is answered on it, for as long as it lasts."""

    def __init__(self, url: str, web: AsyncWebClient, admit: Admit, timings: SocketTimings) -> None:
        # It would log payloads, and the address, which lets in whoever has it.
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
        """Calls Slack. Raises PlatformError."""
        try:
            async with asyncio.timeout(self._seconds):
                await self.connect()  # type: ignore[no-untyped-call]
        except TimeoutError:
            raise PlatformError(f"no connection within {self._seconds:g} s") from None

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - the SDK's own
        """What the SDK calls when Slack has said that it will hang up, or has."""
        self.has_ended.set()

    async def close(self) -> None:
        """Answers what has come, for at most ACK_SECONDS, and hangs up."""
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
        """What is to be done is done even where this does not reach Slack: it sends events again, and those are known by their ids."""
        payload = json.loads(bytes(response.body)) if response.body else None
        try:
            await self.send_socket_mode_response(SocketModeResponse(envelope.envelope_id, payload))
        except (aiohttp.ClientError, OSError) as error:
            log.warning("an acknowledgement did not reach Slack: %s", type(error).__name__)


class Socket:
    """Always one connection, and two for a moment where one takes over from another."""

    def __init__(self, client: SlackClient, app_token: str, admit: Admit, timings: SocketTimings) -> None:
        self._client = client
        self._timings = timings
        self._app_token = app_token
        self._admit = admit
        self._connections: list[Connection] = []

    async def keep_open(self) -> None:
        """Opens a connection, and the next one whenever it ends; runs until cancelled. Where Slack is away it goes on trying."""
        while True:
            current = await retry_forever(self._connected, "Slack opens no socket")
            log.info("Slack's socket is open")
            await self._hang_up(but=current)
            await current.has_ended.wait()
            await asyncio.sleep(self._timings.between)

    async def close(self) -> None:
        """Answers what has come and hangs up."""
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
