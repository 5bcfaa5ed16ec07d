"""Who somebody is to us: their chat account, and the way to the issue pages."""

from __future__ import annotations

from bot.chat import links
from bot.chat.commands import Command
from bot.chat.elements import Link, Notice, Reply
from bot.chat.handlers.context import OnlyForPeople, RequestContext
from bot.chat.identity import OnlyInChat, account_of


def whoami(desk: RequestContext, _: Command) -> Reply:
    """Name, role and time zone."""
    user = desk.user
    email = f" ({user.email})" if user.email else ""
    return Notice((f"You are @{user.name}{email}, {user.role.name.lower()}, and your time zone is {desk.asker.zone.key}.",))


def link(desk: RequestContext, command: Command) -> Reply:
    """Joins this chat account to the user that a one-time code was made for. Needs no user: that is what it is for."""
    user = desk.redeem(command.argument)
    return Notice((f"This chat account is yours now: you are @{user.name}, {user.role.name.lower()}.",))


def unlink(desk: RequestContext, _: Command) -> Reply:
    """Lets go of this chat account. Raises OnlyInChat in a shell, which is none."""
    user = desk.user
    if not desk.interaction.person.tenant:
        raise OnlyInChat
    desk.core.link_codes.unlink(account_of(desk.interaction.person), request_id=desk.interaction.request_id)
    return Notice((f"This chat account is no longer that of @{user.name}.",))


def login(desk: RequestContext, _: Command) -> Reply:
    """A link that opens the issue pages, once."""
    if not desk.user.id:
        raise OnlyForPeople
    url = links.to_login(desk.links, desk.core.logins.make(desk.user.id))
    return Notice(("This link opens the issue pages for you, once and within ten minutes; do not pass it on: ", Link(url, url)))
