"""Who somebody in a chat is to us: the user behind a chat account, with the role that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from bot.interactions import ChatPerson, Interaction
from bot.platform import ChatPlatform, PlatformError, Profile
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


class OtherNotLinked(TriageError):
    """Quell does not know {name} yet: they have to type link CODE themselves, with a one-time code. Nothing was changed."""


class OnlyInChat(TriageError):
    """Only a chat account can be linked. Type it in Slack or Teams: link CODE"""


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

    def redeem(self, person: ChatPerson, code: str) -> UserView:
        """The user whose the person's chat account is from now on, by a one-time code. Raises what ``core.links`` raises."""


@dataclass(frozen=True)
class Seat:
    """Whoever sits at the shell: always the same user."""

    occupant: UserView

    def user(self, person: ChatPerson) -> UserView:
        """The occupant."""
        return self.occupant

    def redeem(self, person: ChatPerson, code: str) -> UserView:
        """A shell is no chat account. Raises OnlyInChat."""
        raise OnlyInChat


class Identity:
    """Finds the user behind a chat account, and lets people in who may join (chat.md §6)."""

    def __init__(self, core: Core, house: House, platforms: Mapping[str, ChatPlatform]) -> None:
        self._core = core
        self._house = house
        self._platforms = platforms

    def user(self, person: ChatPerson) -> UserView:
        """The user behind a chat account. Raises Stranger if there is none yet, NotWelcome for another organisation's."""
        user = self._core.directory.user_of_account(account_of(person))
        if user is None:
            raise Stranger(person)
        if user.organisation_id != self._organisation_id:
            raise NotWelcome
        return self._with_role(user)

    def redeem(self, person: ChatPerson, code: str) -> UserView:
        """The user whose the person's chat account is from now on, by a one-time code. Raises what ``core.links`` raises."""
        return self._with_role(self._core.links.redeem(code, account_of(person), self._organisation_id))

    async def admit(self, person: ChatPerson, interaction: Interaction, workers: Workers) -> None:
        """Makes a user of a stranger whom the platform calls a member, be it who asks or whom they named.

        Raises NotWelcome, NotLinked, OtherNotLinked or NobodyToAsk.
        """
        if not self._house.is_open:
            raise NotLinked if person == interaction.person else OtherNotLinked(name=f"@{person.name or person.subject}")
        profile = await self.vouched(person, interaction.place.service_url)
        organisation_id = await workers.read(lambda: self._organisation_id)
        newcomer = Newcomer(profile.name or person.name or person.subject, profile.email, profile.time_zone or person.time_zone)
        await workers.write(self._core.directory.join, organisation_id, account_of(person), newcomer)

    async def vouched(self, person: ChatPerson, service_url: str | None) -> Profile:
        """What the platform says of somebody whom it calls a member. Raises NotWelcome or NobodyToAsk."""
        try:
            profile = await self._platforms[person.platform].profile(person, service_url)
        except PlatformError as error:
            raise NobodyToAsk(reason=error) from error
        if not profile.is_member:
            raise NotWelcome
        return profile

    def _with_role(self, user: UserView) -> UserView:
        # An e-mail got to a user only by an admin's hand or a platform's word (see Profile.email), so it can be trusted here.
        return replace(user, role=Role.ADMIN) if user.email in self._house.admins else user

    @cached_property
    def _organisation_id(self) -> int:
        """Whose house it is. That never changes while the program runs."""
        return self._core.directory.organisation(self._house.organisation or None).id


def allowed(user: UserView, needed: Role) -> Actor | None:
    """The actor for a request that needs this role; None for the shell, which is nobody in particular. Raises NotAllowed."""
    if user.role < needed:
        raise NotAllowed(needed=needed.name.lower(), role=user.role.name.lower())
    return Actor(user.id, user.role) if user.id else None


def account_of(person: ChatPerson) -> ChatAccount:
    """The chat account of a person, as the core knows it."""
    return ChatAccount(person.platform, person.tenant, person.subject)
