"""What answers an invoke: a reply in the shape that Teams wants for each kind of it."""

from __future__ import annotations

from collections.abc import Callable

from bot.msteams import notices, render
from bot.msteams.boards import board_card, home_card
from bot.msteams.cards import CARD_TYPE, JsonObject
from bot.msteams.parse import EXECUTE, FETCH, PASTE, SEARCH, SUBMIT, invoked
from bot.msteams.turns import Turn
from bot.surface import Board, Card, Form, Home, Listing, Notice, Options, Reply, Unfolded

TOAST = "application/vnd.microsoft.activity.message"


def body(reply: Reply, turn: Turn) -> JsonObject:
    """The body of the answer."""
    return _BODIES[invoked(turn.activity)](reply, turn)


def _executed(reply: Reply, turn: Turn) -> JsonObject:
    card = _card(reply, turn)
    return {"statusCode": 200, "type": CARD_TYPE if card else TOAST, "value": card or _sentence(reply)}


def _card(reply: Reply, turn: Turn) -> JsonObject | None:
    """What takes the place of the pressed card."""
    match reply:
        case Card() if turn.origin.on == "unfolded":
            return render.unfolded(reply, turn.interaction.person.handle)
        case Card():
            return render.alert(reply)
        case Board():
            return board_card(reply)
        case Home():
            return home_card(reply)
        case _:
            return None


def _fetched(reply: Reply, turn: Turn) -> JsonObject:
    if isinstance(reply, Form):
        return render.dialog(reply, turn.interaction.person.time_zone, turn.origin)
    if isinstance(reply, Notice) and reply.buttons:
        return notices.notice_dialog(reply)
    return {"task": {"type": "message", "value": _sentence(reply)}}


def _submitted(reply: Reply, turn: Turn) -> JsonObject:
    """An answer without a task closes the dialog; the message behind it is redrawn, unless it is none of ours."""
    is_redrawn = isinstance(reply, Card | Board | Home) and turn.origin.on != "unfolded" and turn.interaction.place.message is not None
    return {} if is_redrawn else _fetched(reply, turn)


def _searched(reply: Reply, _turn: Turn) -> JsonObject:
    return notices.search_results(reply if isinstance(reply, Options) else Options(()))


def _pasted(reply: Reply, turn: Turn) -> JsonObject:
    """What is not theirs to see is not unfolded, and nothing is said of it."""
    return render.unfolded_result(list(reply.cards.values()) if isinstance(reply, Unfolded) else (), turn.interaction.person.handle)


def _sentence(reply: Reply) -> str:
    """A reply where Teams shows only a line of text."""
    match reply:
        case Notice():
            return notices.one_line(reply.text)
        case Card():
            return notices.outcome(reply)
        case Listing():
            return notices.one_line((f"{reply.heading}: ", *(span for line in reply.lines for span in (*line, "; "))))
        case Board():
            return notices.one_line(tuple(span for line in reply.intro for span in (*line, " ")) or (reply.heading,))
        case Form() | Options():
            return "Please press the button again."
        case _:
            return "Nothing to do."


_BODIES: dict[str, Callable[[Reply, Turn], JsonObject]] = {
    EXECUTE: _executed,
    FETCH: _fetched,
    SUBMIT: _submitted,
    SEARCH: _searched,
    PASTE: _pasted,
}
