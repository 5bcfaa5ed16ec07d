"""The protocol of a chat platform, which Slack and Teams both implement."""

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
    """A channel to post to. ``service_url`` is used by Teams only: the destination of its messages.

    ``is_direct`` is true if ``channel`` is a person's own id and the message is for them alone. ``thread`` is the external id of the message in
    whose thread ``find`` looks.
    """

    tenant: str
    channel: str
    service_url: str | None = None
    is_direct: bool = False
    thread: str | None = None


@dataclass(frozen=True)
class OutgoingNote:
    """A note for a thread. ``mentions`` are the platform ids of the people to ping; ``is_broadcast`` shows it in the channel too."""

    text: Notice
    mentions: tuple[str, ...] = ()
    is_broadcast: bool = False


@dataclass(frozen=True)
class ChannelState:
    """The state of a channel: its name, if the platform tells it, and why the bot cannot post there (empty if it can)."""

    name: str | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Profile:
    """A person's profile on the platform.

    ``is_member`` is false for guests, bots and people of other workspaces or tenants. ``email`` is empty unless the platform itself guarantees it
    (confirmed, and not a guest's).
    """

    name: str
    email: str | None
    time_zone: str | None
    is_member: bool


class PlatformError(Exception):
    """The platform did not do what was requested.

    ``permanent`` means that a retry will not help; ``retry_after`` is the wait that the platform asked for, in seconds. ``is_channel`` says that
    nothing else works in the channel either, until somebody repairs it; ``is_account`` that nothing works anywhere on the platform, as with a
    revoked token; ``is_refused`` that the platform refused, so nothing was done (without it, that is unknown). ``is_outage`` says that the platform
    did not answer, or reported a failure of its own; by default it is true if no other reason is given.
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
"""Awaited before the first call to a platform's API: it returns when such calls are allowed."""


async def at_once() -> None:
    """Allow calls to a platform without waiting."""


@dataclass(frozen=True)
class Received:
    """An incoming interaction, with the functions that carry it out and answer it.

    ``payload`` is the platform's JSON: ``ChatPlatform.read_again`` builds the same object from it after a restart. ``answer`` carries the
    interaction out and raises DatabaseAway if it could not; ``bring`` sends the reply to the person.
    """

    interaction: Interaction
    payload: Mapping[str, Any]
    answer: Callable[[BeforeCalling], Awaitable[Reply]]
    bring: Callable[[Reply], Awaitable[None]]


class Answering(Protocol):
    """Answers interactions; implemented by ``bot.chat.dispatch``. Platforms know only this interface."""

    async def answer(self, interaction: Interaction) -> Reply:
        """Carry out an interaction and return the reply; never raises."""

    async def attempt(self, interaction: Interaction, before_calling: BeforeCalling = at_once) -> Reply:
        """Carry out an interaction and return the reply. Raises DatabaseAway if the database does not answer. Calls no platform before
        ``before_calling`` returns.
        """

    async def card(self, interaction: Interaction, changed: Changed) -> Reply:
        """Return the current card of an issue that an interaction changed, or a sentence if it cannot be shown; never raises."""

    async def earlier(self, interaction: Interaction) -> Reply | None:
        """Return the reply to an interaction that was carried out before a restart, or None if it was not. Raises DatabaseAway."""

    def faults(self, interaction: Interaction) -> dict[str, str]:
        """Return the errors of a submitted form, by field, as far as they can be found without the database."""

    def asks(self, verb: str) -> bool:
        """Return whether pressing this verb opens a form."""

    def makes_secret(self, interaction: Interaction) -> bool:
        """Return whether the reply will contain a new secret. Such a reply is requested only if certainly nobody else reads it."""

    async def unfolded(self, interaction: Interaction, copies: Mapping[str, Card]) -> None:
        """Store the copies that pasted links unfolded into: the cards as shown, by the external ids that ``update`` takes."""

    async def set_service_url(self, platform: str, tenant: str, service_url: str) -> None:
        """Store the service URL of a tenant's messages (Teams sends it with every activity)."""

    async def channel_changed(self, change: ChannelChanged) -> None:
        """Store a channel's name, and that the bot can post there again."""


class ChatPlatform(Protocol):
    """A chat platform that Quell works in."""

    name: ClassVar[str]
    """The name, ``slack`` or ``msteams``; also the source of every change requested there."""

    routes: Sequence[BaseRoute]
    """Return the routes that the platform sends requests to."""

    async def start(self) -> None:
        """Open connections; runs on the event loop that serves."""

    async def listen(self) -> None:
        """Start to receive what does not come by the routes; after ``start``, and only in processes that answer people."""

    async def close(self) -> None:
        """Finish running work and close connections."""

    async def post(self, address: Address, content: Content, key: str) -> str:
        """Post a message and return its platform id. ``key`` is stored with it, to find it again. Raises PlatformError."""

    async def update(self, address: Address, external_id: str, content: Content) -> None:
        """Redraw a message that was posted, or unfolded from a link. Raises PlatformError."""

    async def reply(self, address: Address, external_id: str, line: OutgoingNote, key: str) -> str:
        """Post a note in the thread of a message and return its id. Raises PlatformError."""

    async def find(self, address: Address, key: str, near: datetime) -> str | None:
        """Return the id of the message posted with this key at about that time, or None if there is no such message or the platform cannot tell.
        Raises PlatformError.
        """

    async def channel_state(self, address: Address) -> ChannelState:
        """Return the state of a channel. Raises PlatformError if the platform does not tell."""

    async def profile(self, person: ChatPerson, service_url: str | None) -> Profile:
        """Return a person's profile. Raises PlatformError."""

    async def read_again(self, payload: Mapping[str, Any]) -> Received | None:
        """Return an interaction received before a restart, or None if it is no longer ours to answer. Raises PlatformError while that is unknown."""
