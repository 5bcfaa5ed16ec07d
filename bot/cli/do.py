"""``quell do``: runs a chat command from the shell, with the same code as in chat."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.elements import Board, Card, Changed, Form, Home, Listing, Notice, Reply, plain
from bot.chat.handlers import Answers
from bot.chat.identity import FixedUser
from bot.chat.interactions import ChatPerson, FormSubmitted, Interaction, Place, TypedCommand
from bot.security.invisible import one_line, visible
from core.bootstrap import Core
from core.types import Role
from core.views import UserView


@dataclass(frozen=True)
class ShellCommand:
    """A typed command, the user's e-mail if any, and the organization."""

    command: str
    email: str | None
    organization: str
    links_begin_with: str


@dataclass(frozen=True)
class ShellAnswer:
    """The answer to a command, as plain text."""

    text: str
    is_refusal: bool = False


def do(core: Core, order: ShellCommand, confirm: Callable[[str], bool] | None) -> ShellAnswer:
    """Run a command and return its answer. ``confirm`` asks before anything is destroyed; without it, nothing is asked. Raises TriageError."""
    interaction = Interaction(ChatPerson("cli", "", order.email or ""), Place(""), TypedCommand(order.command), f"cli:{uuid.uuid4().hex}")
    answers = Answers(core, FixedUser(_user(core, order)), interaction, order.links_begin_with)
    reply = answers.reply_to(interaction.payload)
    if isinstance(reply, Form) and not reply.fields:
        if confirm and not confirm(visible(f"{plain(reply.intro)}\n{reply.submit}?")):
            return ShellAnswer("Nothing was changed.")
        reply = answers.reply_to(FormSubmitted(reply.verb, reply.targets))
    return _as_text(answers.card(reply) if isinstance(reply, Changed) else reply)


def _user(core: Core, order: ShellCommand) -> UserView:
    organization = core.directory.organization(order.organization or None)
    if order.email:
        return core.directory.user_of_email(order.email, organization.id if order.organization else None)
    # Whoever has the shell has the database, so nothing is gained by allowing them less.
    return UserView(0, "the command line", None, organization.id, Role.ADMIN, None)


def _as_text(reply: Reply) -> ShellAnswer:
    match reply:
        case Notice(text, is_refusal):
            return ShellAnswer(plain(text), is_refusal)
        case Listing(heading, lines, footer):
            return ShellAnswer("\n".join([heading, *(f"  {_indented(plain(line))}" for line in lines), *([plain(footer)] if footer else [])]))
        case Card():
            return ShellAnswer(one_line(f"{reply.short_id} {reply.title}: {plain(reply.state)}."))
        case Board() | Home():
            return ShellAnswer("\n\n".join(_board(board) for board in (reply.boards if isinstance(reply, Home) else (reply,))))
        case Form():
            return ShellAnswer("\n".join(reply.errors.values()) or "This asks for more than a shell can answer.", is_refusal=True)
        case _:
            return ShellAnswer("Done.")


def _board(board: Board) -> str:
    """Return a list as text, without its buttons and tick boxes."""
    lines = [f"  {one_line(f'{row.title} · {row.details}')}" for row in board.rows]
    return "\n".join([board.heading, *(lines or ["  There is nothing here."])])


def _indented(text: str) -> str:
    """Return an entry of a list. Its further lines are indented, so that they do not look like entries."""
    return visible(text).replace("\n", "\n  ")
