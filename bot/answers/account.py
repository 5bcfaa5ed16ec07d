"""Who somebody is to us: their chat account, and the way to the issue pages."""

from __future__ import annotations

from bot import links
from bot.answers.desk import Desk, OnlyForPeople
from bot.commands import Command
from bot.identity import OnlyInChat, account_of
from bot.surface import Link, Notice, Reply


def whoami(desk: Desk, _: Command) -> Reply:
    """Name, role and time zone."""
    user = desk.user
    email = f" ({user.email})" if user.email else ""
    return Notice((f"You are @{user.name}{email}, {user.role.name.lower()}, and your time zone is {desk.asker.zone.key}.",))


def link(desk: Desk, command: Command) -> Reply:
    """Joins this chat account to the user that a one-time code was made for. Needs no user: that is what it is for."""
    user = desk.redeem(command.argument)
    return Notice((f"This chat account is yours now: you are @{user.name}, {user.role.name.lower()}.",))


def unlink(desk: Desk, _: Command) -> Reply:
    """Lets go of this chat account. Raises OnlyInChat in a shell, which is none."""
    user = desk.user
    if not desk.interaction.person.tenant:
        raise OnlyInChat
    desk.core.links.unlink(account_of(desk.interaction.person), request_id=desk.interaction.request_id)
    return Notice((f"This chat account is no longer that of @{user.name}.",))


def login(desk: Desk, _: Command) -> Reply:
    """A link that opens the issue pages, once."""
    if not desk.user.id:
        raise OnlyForPeople
    url = links.to_login(desk.links, desk.core.logins.make(desk.user.id))
    return Notice(("This link opens the issue pages for you, once and within ten minutes; do not pass it on: ", Link(url, url)))
