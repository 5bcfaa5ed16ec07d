"""Slack: wiring. Our own door in front, Bolt as the dispatcher behind it, answers in the background."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.interactions import ChatPerson, Interaction
from bot.platform import Address, Answering, PlatformError, Profile
from bot.surface import Card

from . import render
from .client import OwnTeam, SlackClient
from .flows import Flows
from .ingress import Ingress
from .parse import Reach
from .shapes import Json, Malformed
from .work import Background, Job

DRAIN_SECONDS = 4
"""How long ``close`` waits for answers under way: the whole program has 10 seconds to stop."""

_OURS = re.compile(r"^v1:")
_LONGEST_PAUSE = 30.0  # seconds between two tries to learn which workspace this is

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SlackAccount:
    """One workspace. Two signing secrets are accepted while one replaces the other."""

    signing_secrets: tuple[str, ...] = field(repr=False)
    bot_token: str = field(repr=False)
    api_url: str

    def __post_init__(self) -> None:
        """An empty secret would sign anything for anybody."""
        if not self.signing_secrets or not all(self.signing_secrets):
            raise ValueError("Slack needs a signing secret that is not empty")


@dataclass(frozen=True)
class _Arrival:
    """What travels through Bolt beside the payload: what it was read as, and what its listener wants done after the acknowledgement."""

    did: Interaction
    reach: Reach
    later: list[Job]


class SlackPlatform:
    """The Slack side of Quell (see ``bot.platform.ChatPlatform``)."""

    name: ClassVar[str] = "slack"
    routes: Sequence[BaseRoute]

    def __init__(self, account: SlackAccount, answering: Answering, clock: Callable[[], datetime]) -> None:
        self._client = SlackClient(account.bot_token, account.api_url)
        self._answering = answering
        self._flows = Flows(self._client, answering)
        self._work = Background()
        self._own: OwnTeam | None = None
        self._learning: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._bolt = self._wired()
        ingress = Ingress(account.signing_secrets, clock, lambda: self._own, self._dispatch)
        self.routes = [Route("/slack/events", ingress.receive, methods=["POST"])]

    async def start(self) -> None:
        """Opens the connections and asks Slack which workspace this is; where Slack is slow or away, that goes on in the background."""
        await self._client.open()
        self._learning = asyncio.create_task(self._learn())
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._tried.wait()

    async def close(self) -> None:
        """Finishes the answers under way, for at most DRAIN_SECONDS, and closes the connections."""
        if self._learning:
            self._learning.cancel()
            await asyncio.gather(self._learning, return_exceptions=True)
        await self._work.drain(DRAIN_SECONDS)
        await self._client.close()

    async def post(self, address: Address, card: Card, key: str) -> str:
        """Posts a card and returns its ``ts``. Raises PlatformError."""
        return await self._client.post(address.channel, render.alert(card, secrets.token_hex(4)), key)

    async def update(self, address: Address, external_id: str, card: Card) -> None:
        """Redraws the card whose ``ts`` is ``external_id``. Raises PlatformError."""
        await self._client.update(address.channel, external_id, render.alert(card, secrets.token_hex(4)))

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        """What Slack says of a person. Raises PlatformError, also as long as our own workspace is not known."""
        del service_url  # Teams' own
        if self._own is None:
            raise PlatformError("Slack has not told yet which workspace this is")
        return await self._client.profile(person.subject, self._own.team)

    async def _learn(self) -> None:
        pause = 0.1
        while self._own is None:
            try:
                self._own = await self._client.own_team()
            except PlatformError as error:
                # The playground starts after us, which is nothing to be warned of; what lasts is.
                level = logging.WARNING if error.permanent or pause > 1 else logging.INFO
                log.log(level, "Slack does not say which workspace this is: %s", error)
                self._tried.set()
                await asyncio.sleep(max(pause, error.retry_after or 0))
                pause = min(pause * 2, _LONGEST_PAUSE)
        self._tried.set()

    def _wired(self) -> AsyncApp:
        async def authorized() -> AuthorizeResult:  # no method: Bolt would count `self` among its arguments
            """From what is known already: no request to Slack for a request from Slack."""
            if self._own is None:
                raise Malformed  # the door lets nothing through before it is known
            return AuthorizeResult(enterprise_id=None, team_id=self._own.team, bot_user_id=self._own.bot_user, bot_id=self._own.bot)

        # Its warnings quote bodies, so Bolt only ever speaks through `_failed`.
        quiet = logging.getLogger("bot.slack.bolt")
        quiet.setLevel(logging.CRITICAL)
        bolt = AsyncApp(
            name="quell",  # else Bolt searches the stack for one
            signing_secret="unused",  # noqa: S106 - the door has verified already
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            process_before_response=True,  # else Bolt polls for the acknowledgement and keeps no hold of its tasks
            authorize=authorized,
            client=self._client.web,
            logger=quiet,
        )
        bolt.action(_OURS)(self._on_press)
        bolt.view(_OURS)(self._on_submission)
        bolt.options(_OURS)(self._on_lookup)
        bolt.command(re.compile(r"^/"))(self._on_words)
        bolt.event("app_mention")(self._on_words)
        bolt.event("message")(self._on_words)
        bolt.error(_failed)
        return bolt

    async def _dispatch(self, payload: Json, did: Interaction, reach: Reach) -> Response:
        arrival = _Arrival(did, reach, [])
        try:
            request = AsyncBoltRequest(body=dict(payload), mode="socket_mode", context={"arrival": arrival})
        except Exception:  # noqa: BLE001 - Bolt reads more of the payload than we do, and trusts all of it
            raise Malformed from None
        said = await self._bolt.async_dispatch(request)
        # What is slow begins when the acknowledgement is on its way, so nothing can hold that up.
        later = BackgroundTask(self._work.start, arrival.later)
        return Response(said.body, said.status, headers=said.first_headers_without_set_cookie(), background=later)

    async def _on_press(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        arrival: _Arrival = context["arrival"]
        await ack()
        arrival.later.append(partial(self._flows.pressed, arrival.did, arrival.reach))

    async def _on_words(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        arrival: _Arrival = context["arrival"]
        await ack()
        arrival.later.append(partial(self._flows.answered, arrival.did, arrival.reach))

    async def _on_submission(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        arrival: _Arrival = context["arrival"]
        faults = self._answering.faults(arrival.did)
        if faults:
            # The modal stays open, with what was typed and each sentence beside its field.
            await ack(response_action="errors", errors=faults)
            return
        await ack()
        arrival.later.append(partial(self._flows.answered, arrival.did, arrival.reach))

    async def _on_lookup(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        arrival: _Arrival = context["arrival"]
        await ack(await self._flows.looked_up(arrival.did))


async def _failed(error: Exception) -> Any:
    """Where in the code it failed, but not the message: that may quote what a person wrote.

    All that Bolt gets was read by ``parse`` before, so what fails here is a payload shaped as Slack shapes none, or our own mistake.
    """
    log.error("Bolt could not dispatch a request: %s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return BoltResponse(status=400, body="malformed")
