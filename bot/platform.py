"""What a chat platform must be able to do: the one protocol that Slack and Teams both fulfil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from starlette.routing import BaseRoute

from bot.interactions import ChatPerson, Interaction
from bot.surface import Card, Reply


@dataclass(frozen=True)
class Address:
    """A channel to post to. ``service_url`` is Teams' own: where its messages go."""

    tenant: str
    channel: str
    service_url: str | None = None


@dataclass(frozen=True)
class Profile:
    """What the platform says of a person.

    ``is_member`` is false for guests, bots and people of other workspaces or tenants. ``email`` is empty unless the platform itself
    vouches for it (confirmed, and not a guest's), see chat.md §6.
    """

    name: str
    email: str | None
    time_zone: str | None
    is_member: bool


class PlatformError(Exception):
    """The platform did not do what it was asked to.

    ``permanent`` means that trying again will not help; ``retry_after`` is the platform's own wish, in seconds.
    """

    def __init__(self, reason: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.retry_after = retry_after


class Answering(Protocol):
    """Who answers interactions: ``bot.dispatch``. Platforms know only this much of it."""

    async def answer(self, interaction: Interaction) -> Reply:
        """Carries out what was asked and says what came of it; never raises."""

    def faults(self, interaction: Interaction) -> dict[str, str]:
        """What is wrong with a submitted form, by field, as far as it can be told without the database."""

    def asks(self, verb: str) -> bool:
        """Whether pressing this verb opens a form."""

    async def reachable_at(self, platform: str, tenant: str, service_url: str) -> None:
        """Notes where a tenant's messages go from now on (Teams says it with every activity)."""


class ChatPlatform(Protocol):
    """A chat service that Quell lives in."""

    name: ClassVar[str]
    """Also the source of every change asked for there: ``slack`` or ``msteams``."""

    routes: Sequence[BaseRoute]
    """The doors the platform knocks at."""

    async def start(self) -> None:
        """Opens connections; runs on the event loop that serves."""

    async def close(self) -> None:
        """Finishes what is running and closes connections."""

    async def post(self, address: Address, card: Card, key: str) -> str:
        """Posts a card and returns the platform's id of the message. ``key`` is stored with it, to find it again. Raises PlatformError."""

    async def update(self, address: Address, external_id: str, card: Card) -> None:
        """Redraws a posted card. Raises PlatformError."""

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        """What the platform says of a person. Raises PlatformError."""
