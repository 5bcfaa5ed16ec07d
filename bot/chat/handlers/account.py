"""Commands about the person's own account: their user, the link to the chat account, and the login to the issue pages."""

from __future__ import annotations

from bot.chat import links
from bot.chat.commands import Command
from bot.chat.elements import Link, Notice, Reply
from bot.chat.handlers.context import OnlyForPeople, RequestContext
from bot.chat.identity import OnlyInChat, account_of


def whoami(context: RequestContext, _: Command) -> Reply:
    """Show name, role and time zone."""
    user = context.user
    email = f" ({user.email})" if user.email else ""
    return Notice((f"You are @{user.name}{email}, {user.role.name.lower()}, and your time zone is {context.asker.zone.key}.",))


def link(context: RequestContext, command: Command) -> Reply:
    """Link this chat account to the user that a one-time code was made for. Works without a user, because it provides one."""
    user = context.redeem(command.argument)
    return Notice((f"This chat account is yours now: you are @{user.name}, {user.role.name.lower()}.",))


def unlink(context: RequestContext, _: Command) -> Reply:
    """Unlink this chat account. Raises OnlyInChat in a shell, which has no chat account."""
    user = context.user
    if not context.interaction.person.tenant:
        raise OnlyInChat
    context.core.link_codes.unlink(account_of(context.interaction.person), request_id=context.interaction.request_id)
    return Notice((f"This chat account is no longer that of @{user.name}.",))


def login(context: RequestContext, _: Command) -> Reply:
    """Return a one-time link that opens the issue pages."""
    if not context.user.id:
        raise OnlyForPeople
    url = links.to_login(context.links, context.core.logins.make(context.user.id))
    return Notice(("This link opens the issue pages for you, once and within ten minutes; do not pass it on: ", Link(url, url)))
