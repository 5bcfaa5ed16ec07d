"""Read the choices that a card itself offers: a priority, a change to undo."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.forms.base import Asker, number
from core.errors import Invalid
from core.issues.actions import SetPriority, Undo
from core.types import Priority


def read_priority(answers: Mapping[str, str], _: Asker) -> SetPriority:
    """Return the action for the choice. Raises Invalid."""
    try:
        return SetPriority(Priority[answers.get("priority", "").upper()])
    except KeyError:
        raise Invalid("priority", "A priority is high, medium or low.") from None


def read_undo(answers: Mapping[str, str], _: Asker) -> Undo:
    """Return the action for the choice. Raises Invalid."""
    return Undo(number(answers.get("change", ""), "change", "There is nothing to undo."))
