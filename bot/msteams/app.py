"""Wires Teams up: one endpoint for activities, and the platform that the rest of the program posts through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from cachetools import TTLCache
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.interactions import ChatPerson, Interaction, Typed
from bot.msteams import render
from bot.msteams.account import TeamsAccount
from bot.msteams.client import Connector, Conversation
from bot.msteams.credentials import Credentials
from bot.msteams.door import Door, TurnedAway, Visit
from bot.msteams.parse import EXECUTE, Malformed, invoked, parse, service_url
from bot.msteams.people import People
from bot.msteams.replies import Replies
from bot.msteams.tokens import SigningKeys, TokenCheck
from bot.msteams.turns import Turn, Turns
from bot.msteams.web import Web
from bot.msteams.work import Work
from bot.platform import Address, Answering, PlatformError, Profile
from bot.surface import Card

__all__ = ["TeamsAccount", "TeamsPlatform"]

FIRST_CONTACT = "https://smba.trafficmanager.net/teams/"
"""Where Microsoft lets bots post before a tenant's own service URL is known."""
DRAIN_SECONDS = 4.0
REPEATS_SECONDS = 600
"""How long a message is known as answered. Teams repeats one within seconds, if at all."""


class TeamsPlatform:
    """Microsoft Teams, see ``bot.platform.ChatPlatform``."""

    name: ClassVar[str] = "msteams"

    def __init__(self, account: TeamsAccount, answering: Answering, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._web = Web()
        self._work = Work()
        self._connector = Connector(account, Credentials(account, self._web, clock), self._web)
        self._people = People(account, self._connector)
        self._replies = Replies(answering, self._people, self._work)
        self._turns = Turns(self._replies, self._connector)
        self._door = Door(account, TokenCheck(account, SigningKeys(account.openid_metadata, self._web, clock), clock))
        self._answered: TTLCache[str, bool] = TTLCache(10_000, REPEATS_SECONDS, timer=lambda: clock().timestamp())
        self.routes: Sequence[BaseRoute] = [Route("/api/messages", self._receive, methods=["POST"])]

    async def start(self) -> None:
        """Nothing to open: connections are made at first use."""

    async def close(self) -> None:
        """Finishes what is running, at most eight seconds, and closes connections."""
        await self._work.drain(DRAIN_SECONDS)
        await self._web.close()

    async def post(self, address: Address, card: Card, key: str) -> str:
        """Posts a card and returns its id. Teams lets a bot find no message again, so ``key`` is not sent. Raises PlatformError."""
        return await self._connector.send(self._conversation(address), render.activity_with(card))

    async def update(self, address: Address, external_id: str, card: Card) -> None:
        """Redraws a posted card. Raises PlatformError."""
        await self._connector.update(self._conversation(address), external_id, render.activity_with(card))

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        """What Teams says of somebody who took part, or was named, since the start. Raises PlatformError."""
        return await self._people.profile(person, service_url)

    def _conversation(self, address: Address) -> Conversation:
        if address.service_url:
            return Conversation(address.service_url, address.channel)
        if self._account.may_trust(FIRST_CONTACT):
            return Conversation(FIRST_CONTACT, address.channel)
        raise PlatformError("Teams has not said yet where this tenant's messages go")

    async def _receive(self, request: Request) -> Response:
        try:
            visit = await self._door.admit(request)
            interaction = parse(visit.activity, visit.tenant)
        except TurnedAway as refusal:
            return Response(status_code=refusal.status)
        except Malformed:
            return Response(status_code=400)
        if interaction is None:
            return self._unasked(visit)
        if self._is_repeated(interaction):
            return Response(status_code=202)
        return await self._answered_turn(Turn(visit.activity, interaction))

    def _unasked(self, visit: Visit) -> Response:
        """What asks for nothing still says where answers go. A card that refreshes itself may stay as it is."""
        noted = BackgroundTask(self._start, self._replies.note, visit.tenant, service_url(visit.activity))
        if visit.activity.get("type") != "invoke":
            return Response(status_code=202, background=noted)
        if invoked(visit.activity) == EXECUTE:
            up_to_date = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Up to date."}
            return JSONResponse(up_to_date, background=noted)
        return Response(status_code=400, background=noted)

    def _is_repeated(self, interaction: Interaction) -> bool:
        """A repeated invoke needs its answer again, and changes nothing; a repeated message must not be answered twice."""
        if not isinstance(interaction.deed, Typed):
            return False
        is_known = interaction.request_id in self._answered
        self._answered[interaction.request_id] = True
        return is_known

    async def _answered_turn(self, turn: Turn) -> Response:
        self._people.see(turn.interaction)
        body = await self._turns.take(turn)
        # Only now: nothing goes out before the request is answered.
        afterwards = BackgroundTask(self._start, turn.afterwards) if turn.afterwards else None
        return Response(status_code=202, background=afterwards) if body is None else JSONResponse(body, background=afterwards)

    async def _start(self, job: Callable[..., Any], *arguments: Any) -> None:
        self._work.start(job(*arguments))
