"""What a chat platform must be able to do: the one protocol that Slack and Teams both fulfil."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from starlette.routing import BaseRoute

from bot.chat.elements import Card, Changed, Content, Notice, Reply
from bot.chat.interactions import ChannelChanged, ChatPerson, Interaction


@dataclass(frozen=True)
class Address:
    """A channel to post to. ``service_url`` is Teams' own: where its messages go.

    ``is_direct`` says that ``channel`` is a person's own id and the message is for them alone. ``thread`` is the external id of the
    message in whose thread ``find`` is to look.
    """

    tenant: str
    channel: str
    service_url: str | None = None
    is_direct: bool = False
    thread: str | None = None


@dataclass(frozen=True)
class OutgoingNote:
    """What is said in a thread. ``mentions`` are the platform's ids of people whom it shall ping; ``is_broadcast`` shows it in the channel too."""

    text: Notice
    mentions: tuple[str, ...] = ()
    is_broadcast: bool = False


@dataclass(frozen=True)
class ChannelState:
    """What the platform says of a channel: what people call it, if it tells, and why the bot cannot post there, empty where it can."""

    name: str | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Profile:
    """What the platform says of a person.

    ``is_member`` is false for guests, bots and people of other workspaces or tenants. ``email`` is empty unless the platform itself
    vouches for it (confirmed, and not a guest's).
    """

    name: str
    email: str | None
    time_zone: str | None
    is_member: bool


class PlatformError(Exception):
    """The platform did not do what it was asked to.

    ``permanent`` means that trying again will not help; ``retry_after`` is the platform's own wish, in seconds. ``is_channel`` says that
    nothing else works there either, until somebody repairs it, ``is_account`` that nothing does anywhere on the platform, as with a token that
    was revoked; ``is_refused`` that the platform said no, so that nothing was done: without it nobody knows. ``is_outage`` says that there was
    no answer, or one that the platform itself is out of order; by default that is what no other reason is given for.
    """

    def __init__(  # noqa: PLR0913 - one word for each thing that can be known of a failure
        self,
        reason: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        is_channel: bool = False,
        is_account: bool = False,
        is_refused: bool = False,
        is_outage: bool | None = None,
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.retry_after = retry_after
        self.is_channel = is_channel or is_account
        self.is_account = is_account
        self.is_refused = is_refused
        is_explained = permanent or is_refused or self.is_channel or retry_after is not None
        self.is_outage = not is_explained if is_outage is None else is_outage


BeforeCalling = Callable[[], Awaitable[None]]
"""Awaited before the first call to a platform's API: it returns when such calls may be made."""


async def at_once() -> None:
    """Lets calls to a platform be made without waiting for anything."""


@dataclass(frozen=True)
class Received:
    """An interaction as it came in, and how it is carried out and answered.

    ``payload`` is what the platform sent, as JSON: ``ChatPlatform.read_again`` makes the same of it after a restart. ``answer`` carries the
    interaction out and raises DatabaseAway where it could not; ``bring`` brings the reply to the person.
    """

    interaction: Interaction
    payload: Mapping[str, Any]
    answer: Callable[[BeforeCalling], Awaitable[Reply]]
    bring: Callable[[Reply], Awaitable[None]]


class Answering(Protocol):
    """Who answers interactions: ``bot.chat.dispatch``. Platforms know only this much of it."""

    async def answer(self, interaction: Interaction) -> Reply:
        """Carries out what was asked and says what came of it; never raises."""

    async def attempt(self, interaction: Interaction, before_calling: BeforeCalling = at_once) -> Reply:
        """The same, but raises DatabaseAway where the database does not answer. No platform is called before ``before_calling`` returns."""

    async def card(self, interaction: Interaction, changed: Changed) -> Reply:
        """The card of an issue that an interaction changed, as it is now, or a sentence where it cannot be shown; never raises."""

    async def earlier(self, interaction: Interaction) -> Reply | None:
        """What there is to say of an interaction that was carried out before a restart; None where it was not. Raises DatabaseAway."""

    def faults(self, interaction: Interaction) -> dict[str, str]:
        """What is wrong with a submitted form, by field, as far as it can be told without the database."""

    def asks(self, verb: str) -> bool:
        """Whether pressing this verb opens a form."""

    def makes_secret(self, interaction: Interaction) -> bool:
        """Whether the answer will hold a secret that is made for it. It is asked for only once it is certain that nobody else reads it."""

    async def unfolded(self, interaction: Interaction, copies: Mapping[str, Card]) -> None:
        """Notes what pasted links unfolded into: the cards as they are shown, by the external ids that ``update`` takes."""

    async def set_service_url(self, platform: str, tenant: str, service_url: str) -> None:
        """Notes where a tenant's messages go from now on (Teams says it with every activity)."""

    async def channel_changed(self, change: ChannelChanged) -> None:
        """Notes what a channel is called, and that the bot can post there again."""


class ChatPlatform(Protocol):
    """A chat service that Quell lives in."""

    name: ClassVar[str]
    """Also the source of every change asked for there: ``slack`` or ``msteams``."""

    routes: Sequence[BaseRoute]
    """The doors the platform knocks at."""

    async def start(self) -> None:
        """Opens connections; runs on the event loop that serves."""

    async def listen(self) -> None:
        """Begins to take what comes by another way than the routes; after ``start``, and only in processes that answer people."""

    async def close(self) -> None:
        """Finishes what is running and closes connections."""

    async def post(self, address: Address, content: Content, key: str) -> str:
        """Posts something and returns the platform's id of the message. ``key`` is stored with it, to find it again. Raises PlatformError."""

    async def update(self, address: Address, external_id: str, content: Content) -> None:
        """Redraws what was posted, or unfolded from a link. Raises PlatformError."""

    async def reply(self, address: Address, external_id: str, line: OutgoingNote, key: str) -> str:
        """Says something in the thread of a posted message and returns its id. Raises PlatformError."""

    async def find(self, address: Address, key: str, near: datetime) -> str | None:
        """The id of what was posted with this key at about that time; None where there is none, or the platform cannot tell. Raises PlatformError."""

    async def channel_state(self, address: Address) -> ChannelState:
        """What the platform says of a channel. Raises PlatformError where it does not say."""

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        """What the platform says of a person. Raises PlatformError."""

    async def read_again(self, payload: Mapping[str, Any]) -> Received | None:
        """What was received before a restart; None where it is not ours to answer any more. Raises PlatformError where that cannot be told yet."""
