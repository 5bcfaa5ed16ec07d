"""``quell do``: a chat command from the shell, answered by the same code as in chat."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from bot.answers import Answers
from bot.identity import Seat
from bot.interactions import ChatPerson, Interaction, Place, Submission, Typed
from bot.invisible import one_line, visible
from bot.surface import Board, Card, Form, Home, Listing, Notice, Reply, plain
from core.bootstrap import Core
from core.types import Role
from core.views import UserView


@dataclass(frozen=True)
class Order:
    """What was typed, by whom (an e-mail, or nobody in particular) and for which organisation."""

    command: str
    email: str | None
    organisation: str
    links_begin_with: str


@dataclass(frozen=True)
class Told:
    """What came of it, as plain text."""

    text: str
    is_refusal: bool = False


def do(core: Core, order: Order, confirm: Callable[[str], bool] | None) -> Told:
    """Carries a command out. ``confirm`` is asked before something is destroyed. Raises TriageError."""
    interaction = Interaction(ChatPerson("cli", "", order.email or ""), Place(""), Typed(order.command), f"cli:{uuid.uuid4().hex}")
    answers = Answers(core, Seat(_user(core, order)), interaction, order.links_begin_with)
    reply = answers.to(interaction.deed)
    if isinstance(reply, Form) and not reply.fields:
        if confirm and not confirm(visible(f"{plain(reply.intro)}\n{reply.submit}?")):
            return Told("Nothing was changed.")
        reply = answers.to(Submission(reply.verb, reply.issue_id, reply.version, ids=reply.ids))
    return _told(reply)


def _user(core: Core, order: Order) -> UserView:
    organisation = core.directory.organisation(order.organisation or None)
    if order.email:
        return core.directory.user_of_email(order.email, organisation.id if order.organisation else None)
    # Whoever has the shell has the database, so nothing is gained by allowing them less.
    return UserView(0, "the command line", None, organisation.id, Role.ADMIN, None)


def _told(reply: Reply) -> Told:
    match reply:
        case Notice(text, is_refusal):
            return Told(plain(text), is_refusal)
        case Listing(heading, lines, footer):
            return Told("\n".join([heading, *(f"  {_indented(plain(line))}" for line in lines), *([plain(footer)] if footer else [])]))
        case Card():
            return Told(one_line(f"{reply.short_id} {reply.title}: {plain(reply.state)}."))
        case Board() | Home():
            return Told("\n\n".join(_board(board) for board in (reply.boards if isinstance(reply, Home) else (reply,))))
        case Form():
            return Told("\n".join(reply.errors.values()) or "This asks for more than a shell can answer.", is_refusal=True)
        case _:
            return Told("Done.")


def _board(board: Board) -> str:
    """The rows without what only a mouse can do."""
    lines = [f"  {one_line(f'{row.title} · {row.details}')}" for row in board.rows]
    return "\n".join([board.heading, *(lines or ["  There is nothing here."])])


def _indented(text: str) -> str:
    """An entry of a list. Further lines of its own are indented, so that none looks like another entry."""
    return visible(text).replace("\n", "\n  ")
