"""Who somebody in a chat is to us: the user behind a chat account, with the role that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from bot.interactions import ChatPerson
from bot.platform import ChatPlatform, PlatformError
from bot.workers import Workers
from core.bootstrap import Core
from core.directory import ChatAccount, Newcomer
from core.errors import NotAllowed, TriageError
from core.types import Actor, Role
from core.views import UserView


class Stranger(Exception):
    """Somebody whom we have not met: their platform has to be asked first."""

    def __init__(self, person: ChatPerson) -> None:
        super().__init__(person.subject)
        self.person = person


class NotWelcome(TriageError):
    """Guests, bots and people of other workspaces cannot use Quell here. Nothing was changed."""


class NotLinked(TriageError):
    """Quell does not know you yet. Ask an admin for a one-time code (quell user link-code EMAIL) and type: link CODE"""


class NobodyToAsk(TriageError):
    """Who you are could not be found out just now ({reason}). Nothing was changed; try again in a moment."""


@dataclass(frozen=True)
class House:
    """The rules of admission: whose house it is, whether members come in by themselves, and who is an admin."""

    organisation: str
    is_open: bool
    admins: frozenset[str]


class Knows(Protocol):
    """Tells who somebody is."""

    def user(self, person: ChatPerson) -> UserView:
        """The user behind a chat account. Raises Stranger if there is none yet."""


@dataclass(frozen=True)
class Seat:
    """Whoever sits at the shell: always the same user."""

    occupant: UserView

    def user(self, person: ChatPerson) -> UserView:
        """The occupant."""
        return self.occupant


class Identity:
    """Finds the user behind a chat account, and lets people in who may join (chat.md §6)."""

    def __init__(self, core: Core, house: House, platforms: Mapping[str, ChatPlatform]) -> None:
        self._core = core
        self._house = house
        self._platforms = platforms

    def user(self, person: ChatPerson) -> UserView:
        """The user behind a chat account. Raises Stranger if there is none yet."""
        user = self._core.directory.user_of_account(_account(person))
        if user is None:
            raise Stranger(person)
        is_admin = bool(user.email) and user.email in self._house.admins
        return replace(user, role=Role.ADMIN) if is_admin else user

    async def admit(self, person: ChatPerson, service_url: str | None, workers: Workers) -> None:
        """Makes a user of a stranger whom the platform calls a member. Raises NotWelcome, NotLinked or NobodyToAsk."""
        if not self._house.is_open:
            raise NotLinked
        try:
            profile = await self._platforms[person.platform].profile(person, service_url)
        except PlatformError as error:
            raise NobodyToAsk(reason=error) from error
        if not profile.is_member:
            raise NotWelcome
        organisation = await workers.read(self._core.directory.organisation, self._house.organisation or None)
        newcomer = Newcomer(profile.name or person.name or person.subject, profile.email, profile.time_zone or person.time_zone)
        await workers.write(self._core.directory.join, organisation.id, _account(person), newcomer)


def allowed(user: UserView, needed: Role) -> Actor | None:
    """The actor for a request that needs this role; None for the shell, which is nobody in particular. Raises NotAllowed."""
    if user.role < needed:
        raise NotAllowed(needed=needed.name.lower(), role=user.role.name.lower())
    return Actor(user.id, user.role) if user.id else None


def _account(person: ChatPerson) -> ChatAccount:
    return ChatAccount(person.platform, person.tenant, person.subject)
