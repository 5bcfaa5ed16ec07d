"""The one chat platform in memory: it keeps what was sent, and misbehaves when a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from starlette.routing import BaseRoute

from bot.chat.elements import Board, Card, Content, plain
from bot.chat.interactions import ChatPerson
from bot.chat.platform import Address, ChannelState, OutgoingNote, PlatformError, Profile, Received
from tests.support.people import PROFILES

Trouble = Callable[[str, str], Exception | None]
"""What goes wrong with something that is about this, in a channel."""


def none(_: str, __: str) -> None:
    """All is well."""


def always(error: Exception) -> Trouble:
    return lambda _, __: error


@dataclass
class FakeMessage:
    """A message as it stands in a channel, all that it showed so far."""

    channel: str
    key: str
    contents: list[Content]
    thread: str | None = None

    @property
    def cards(self) -> list[Card]:
        return [one for one in self.contents if isinstance(one, Card)]

    @property
    def state(self) -> str:
        return plain(self.cards[-1].state)


@dataclass(frozen=True)
class FakeRequest:
    """Something that the platform was asked to send: ``post``, ``update`` or ``reply``. ``at`` is in the seconds of the test's own clock."""

    what: Literal["post", "update", "reply"]
    address: Address
    content: Content | OutgoingNote
    key: str = ""
    external_id: str = ""
    at: float = 0

    @property
    def shown(self) -> Content:
        """What people see of it."""
        return self.content.text if isinstance(self.content, OutgoingNote) else self.content

    def __str__(self) -> str:
        return " ".join(word for word in (self.what, self.address.channel, self.external_id, self.key) if word)


@dataclass
class FakeChat:
    """A chat service. Sending the same thing again makes another message, as it does in Slack and in Teams."""

    name: ClassVar[str] = "slack"
    can_find: bool = True
    """Slack finds messages by their metadata, Teams does not."""
    routes: Sequence[BaseRoute] = ()
    messages: list[FakeMessage] = field(default_factory=list)
    """Their places are their ids."""
    requests: list[FakeRequest] = field(default_factory=list)
    """Each attempt to send something, also those that failed."""
    clock: Callable[[], datetime] | None = None
    looks: int = 0
    trouble: Trouble = field(default_factory=lambda: none)
    loses: tuple[str, ...] = ()
    """Kinds of requests that do their work and whose answers are lost."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Answers wait for it."""
    opens: dict[str, asyncio.Event] = field(default_factory=dict)
    """Answers of one channel wait for its own."""
    asked: list[str] = field(default_factory=list)
    """The people who were asked about."""
    is_away: bool = False
    """Whether questions about people fail."""
    is_silent: bool = False
    """Whether they are never answered."""
    read: Callable[[Mapping[str, Any]], Received | None] = lambda _: None
    """Reads what was received before a restart."""

    def __post_init__(self) -> None:
        self.gate.set()

    async def start(self) -> None:
        """Always there."""

    async def listen(self) -> None:
        """Nothing comes by itself."""

    async def close(self) -> None:
        """Never gone."""

    async def post(self, address: Address, content: Content, key: str) -> str:
        return await self._send(FakeRequest("post", address, content, key, at=self._now()))

    async def reply(self, address: Address, external_id: str, line: OutgoingNote, key: str) -> str:
        return await self._send(FakeRequest("reply", address, line, key, external_id, self._now()))

    async def update(self, address: Address, external_id: str, content: Content) -> None:
        await self._send(FakeRequest("update", address, content, "", external_id, self._now()))

    async def find(self, address: Address, key: str, near: datetime) -> str | None:
        self.looks += 1
        found = (number for number, one in enumerate(self.messages) if (one.channel, one.key, one.thread) == (address.channel, key, address.thread))
        return next(map(str, found), None) if self.can_find else None

    async def channel_state(self, address: Address) -> ChannelState:
        return ChannelState()

    async def read_again(self, payload: Mapping[str, Any]) -> Received | None:
        return self.read(payload)

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        self.asked.append(person.subject)
        if self.is_away:
            raise PlatformError("no answer in 3 s")
        if self.is_silent:
            await asyncio.Event().wait()
        if person.subject not in PROFILES:
            raise PlatformError("user_not_found", permanent=True)
        return PROFILES[person.subject]

    # What tests look at ---------------------------------------------------------------------------------------------

    @property
    def calls(self) -> list[tuple[str, str, str]]:
        """Each attempt: what, where, and what it is about."""
        return [(one.what, one.address.channel, about(one.shown)) for one in self.requests]

    @property
    def at(self) -> list[float]:
        """When each attempt was made, in the seconds of the test's own clock."""
        return [one.at for one in self.requests]

    def in_channel(self, channel: str) -> list[str]:
        """The short ids of the copies in a channel, in order."""
        return [one.cards[0].short_id for one in self.messages if one.channel == channel and one.cards]

    def attempts(self, channel: str) -> int:
        return sum(1 for one in self.requests if one.address.channel == channel)

    def when(self, what: str, about: str, channel: str = "C1") -> float:
        """When it was last done."""
        return max(at for call, at in zip(self.calls, self.at, strict=True) if call == (what, channel, about))

    def forgets(self) -> None:
        """What was asked until now does not count."""
        self.requests.clear()

    # What it does ---------------------------------------------------------------------------------------------------

    async def _send(self, request: FakeRequest) -> str:
        self.requests.append(request)
        channel = request.address.channel
        if trouble := self.trouble(channel, about(request.shown)):
            raise trouble
        external_id = self._keep(request)
        await self.gate.wait()
        if channel in self.opens:
            await self.opens[channel].wait()
        if request.what in self.loses:
            raise PlatformError("the answer was lost")
        return external_id

    def _keep(self, request: FakeRequest) -> str:
        if request.what == "update":
            self._message(request.external_id).contents.append(request.shown)
            return request.external_id
        self.messages.append(FakeMessage(request.address.channel, request.key, [request.shown], request.external_id or None))
        return str(len(self.messages) - 1)

    def _message(self, external_id: str) -> FakeMessage:
        if not external_id.isdecimal() or int(external_id) >= len(self.messages):
            raise PlatformError("message_not_found", permanent=True)
        return self.messages[int(external_id)]

    def _now(self) -> float:
        return self.clock().timestamp() if self.clock else 0


@dataclass
class FakeTeams(FakeChat):
    """The same, but it can tell nobody what was posted."""

    name: ClassVar[str] = "msteams"
    can_find: bool = False


def about(content: Content) -> str:
    """What a message is about, in short: an issue's short id, a heading, or the sentence that is said."""
    match content:
        case Card():
            return content.short_id
        case Board():
            return content.heading
        case _:
            return plain(content.text)
