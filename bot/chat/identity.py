"""Identify people in a chat: the user behind a chat account, with the role that counts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from bot.chat.interactions import ChatPerson, Interaction
from bot.chat.platform import ChatPlatform, PlatformError, Profile
from bot.workers import Workers
from core.accounts.directory import ChatAccount, Newcomer
from core.accounts.memberships import Membership
from core.bootstrap import Core
from core.errors import NotAllowed, TriageError
from core.types import Actor, Role
from core.views import UserView

RECHECK_AFTER = timedelta(seconds=45)
"""How long a platform's answer about membership is valid. A person who becomes a guest or is deactivated loses access within a minute."""
TRUSTED_FOR = timedelta(hours=1)
"""How long an old answer is accepted while the platform does not answer; after that, its people are refused until it does."""
ASK_SECONDS = 2.0
"""The timeout of a question to a platform, in seconds."""
_MAX_REMEMBERED_FAILURES = 10_000


class UnknownAccount(Exception):
    """Somebody whom we have not met, or not asked about for a while: their platform has to be asked first."""

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
class JoinPolicy:
    """The rules of admission: the organization, whether members join automatically, and who becomes an admin."""

    organization: str
    is_automatic: bool
    admins: frozenset[str]


class Knows(Protocol):
    """Identifies people."""

    def user(self, person: ChatPerson) -> UserView:
        """Return the user of a chat account. Raises UnknownAccount if there is no user yet."""

    def redeem(self, person: ChatPerson, code: str, request_id: str) -> UserView:
        """Link the person's chat account to the user of a one-time code; return the user. Raises the errors of ``core.accounts.link_codes``."""


@dataclass(frozen=True)
class FixedUser:
    """The person at the shell: always the same user."""

    fixed: UserView

    def user(self, person: ChatPerson) -> UserView:
        """Return the user of the shell."""
        return self.fixed

    def redeem(self, person: ChatPerson, code: str, request_id: str) -> UserView:
        """Raise OnlyInChat, because a shell has no chat account."""
        raise OnlyInChat


class IdentityResolver:
    """Finds the user of a chat account, and admits people who may join."""

    def __init__(self, core: Core, policy: JoinPolicy, platforms: Mapping[str, ChatPlatform], ask_seconds: float = ASK_SECONDS) -> None:
        self._core = core
        self._policy = policy
        self._platforms = platforms
        self._ask_seconds = ask_seconds
        self._failed_at: dict[ChatAccount, datetime] = {}
        """When a platform last failed to answer about an account."""

    def user(self, person: ChatPerson) -> UserView:
        """Return the user of a chat account. Raises UnknownAccount if there is no user yet, or if the membership must be checked again.

        Raises NotWelcome for a person of another organization.
        """
        found = self._core.memberships.of_account(account_of(person))
        if found is None:
            raise UnknownAccount(person)
        if found.user.organization_id != self._organization_id:
            raise NotWelcome
        if not self._is_vouched(found):
            raise UnknownAccount(person)
        return self._with_role(found.user)

    def redeem(self, person: ChatPerson, code: str, request_id: str) -> UserView:
        """Link the person's chat account to the user of a one-time code; return the user. Raises the errors of ``core.accounts.link_codes``."""
        return self._with_role(self._core.link_codes.redeem(code, account_of(person), self._organization_id, request_id=request_id))

    async def admit(self, person: ChatPerson, interaction: Interaction, workers: Workers) -> None:
        """Create a user for a member whom we do not know (the person who asks, or a person they named); check again a person whom we know.

        Raises NotWelcome, NotLinked, OtherNotLinked or NobodyToAsk.
        """
        known = await workers.read(self._core.memberships.of_account, account_of(person))
        if known is not None:
            await self._ask_again(replace(known, service_url=interaction.place.service_url), person, workers)
            return
        if not self._policy.is_automatic:
            raise NotLinked if person == interaction.person else OtherNotLinked(name=f"@{person.name or person.subject}")
        profile = await self.vouched(person, interaction.place.service_url)
        organization_id = await workers.read(lambda: self._organization_id)
        newcomer = Newcomer(profile.name or person.name or person.subject, profile.email, profile.time_zone or person.time_zone)
        await workers.write(self._core.directory.join, organization_id, account_of(person), newcomer)

    async def is_member(self, user: UserView, workers: Workers) -> bool:
        """Return whether a user outside of a chat still has access: through any of their chat accounts, or because they never had one.

        Raises NobodyToAsk if no platform that may know can be asked.
        """
        accounts = await workers.read(self._core.memberships.of_user, user.id)
        if not accounts or any(self._is_vouched(account) for account in accounts):
            return True
        unanswered = None
        for known in accounts:
            account = known.account
            try:
                await self._ask_again(known, ChatPerson(account.platform, account.tenant, account.subject), workers)
            except NotWelcome:
                continue
            except NobodyToAsk as error:
                unanswered = error
            else:
                return True
        if unanswered:
            raise unanswered
        return False

    async def _ask_again(self, known: Membership, person: ChatPerson, workers: Workers) -> None:
        """Check whether a known person is still a member. Raises NotWelcome, or NobodyToAsk if no answer came for too long."""
        now = self._core.clock()
        try:
            async with asyncio.timeout(self._ask_seconds):
                await self.vouched(person, known.service_url)
        except NotWelcome:
            await workers.write(self._core.memberships.note, known.account, None)
            raise
        except (NobodyToAsk, TimeoutError) as error:
            if known.vouched_at is None or now - known.vouched_at >= TRUSTED_FOR:
                raise error if isinstance(error, NobodyToAsk) else NobodyToAsk(reason="no answer in time") from error
            if len(self._failed_at) >= _MAX_REMEMBERED_FAILURES:
                self._failed_at.clear()
            self._failed_at[known.account] = now
        else:
            await workers.write(self._core.memberships.note, known.account, now)

    def _is_vouched(self, known: Membership) -> bool:
        """Return whether the platform's answer is fresh, or old while the platform does not answer."""
        if known.vouched_at is None:
            return False
        now = self._core.clock()
        age = now - known.vouched_at
        asked_at = self._failed_at.get(known.account)
        return age < RECHECK_AFTER or (age < TRUSTED_FOR and asked_at is not None and now - asked_at < RECHECK_AFTER)

    async def vouched(self, person: ChatPerson, service_url: str | None) -> Profile:
        """Return the profile of a person whom the platform calls a member. Raises NotWelcome or NobodyToAsk."""
        platform = self._platforms.get(person.platform)
        if platform is None:
            raise NobodyToAsk(reason=f"{person.platform} is switched off")
        try:
            profile = await platform.profile(person, service_url)
        except PlatformError as error:
            raise NobodyToAsk(reason=error) from error
        if not profile.is_member:
            raise NotWelcome
        return profile

    def _with_role(self, user: UserView) -> UserView:
        # A user's e-mail comes only from an admin or from a platform that confirmed it (see Profile.email), so it can be trusted.
        return replace(user, role=Role.ADMIN) if user.email in self._policy.admins else user

    @cached_property
    def _organization_id(self) -> int:
        """Return the organization's id. It never changes while the program runs."""
        return self._core.directory.organization(self._policy.organization or None).id


def allowed(user: UserView, needed: Role) -> Actor | None:
    """Return the actor for a request that needs this role; None for a shell without a user. Raises NotAllowed."""
    if user.role < needed:
        raise NotAllowed(needed=needed.name.lower(), role=user.role.name.lower())
    return Actor(user.id, user.role) if user.id else None


def account_of(person: ChatPerson) -> ChatAccount:
    """Return the chat account of a person in the core's form."""
    return ChatAccount(person.platform, person.tenant, person.subject)
