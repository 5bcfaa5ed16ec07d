"""Who somebody is to us: their chat account, and the way to the issue pages."""

from __future__ import annotations

from bot.chat import links
from bot.chat.commands import Command
from bot.chat.elements import Link, Notice, Reply
from bot.chat.handlers.context import OnlyForPeople, RequestContext
from bot.chat.identity import OnlyInChat, account_of


def whoami(context: RequestContext, _: Command) -> Reply:
    """Name, role and time zone."""
    user = context.user
    email = f" ({user.email})" if user.email else ""
    return Notice((f"You are @{user.name}{email}, {user.role.name.lower()}, and your time zone is {context.asker.zone.key}.",))


def link(context: RequestContext, command: Command) -> Reply:
    """Joins this chat account to the user that a one-time code was made for. Needs no user: that is what it is for."""
    user = context.redeem(command.argument)
    return Notice((f"This chat account is yours now: you are @{user.name}, {user.role.name.lower()}.",))


def unlink(context: RequestContext, _: Command) -> Reply:
    """Lets go of this chat account. Raises OnlyInChat in a shell, which is none."""
    user = context.user
    if not context.interaction.person.tenant:
        raise OnlyInChat
    context.core.link_codes.unlink(account_of(context.interaction.person), request_id=context.interaction.request_id)
    return Notice((f"This chat account is no longer that of @{user.name}.",))


def login(context: RequestContext, _: Command) -> Reply:
    """A link that opens the issue pages, once."""
    if not context.user.id:
        raise OnlyForPeople
    url = links.to_login(context.links, context.core.logins.make(context.user.id))
    return Notice(("This link opens the issue pages for you, once and within ten minutes; do not pass it on: ", Link(url, url)))
